import pytest
from sklearn.naive_bayes import GaussianNB

from keras_rlgen.metrics.vector_classifiers import vector_classifier


@pytest.mark.parametrize(("count", "neighbors"), [(1, 1), (5, 3), (100, 11)])
def test_the_number_of_neighbors_is_odd(count, neighbors):
    assert vector_classifier("nearest_neighbors", count).n_neighbors == neighbors


def test_an_instance_is_copied_unfitted():
    given = GaussianNB(var_smoothing=1e-3).fit([[0.0], [1.0]], [0, 1])
    copy = vector_classifier(given, 2)
    assert copy.var_smoothing == 1e-3
    assert not hasattr(copy, "classes_")


def test_others_are_refused():
    with pytest.raises(ValueError, match="Unknown classifier: 'forest'. Expected one"):
        vector_classifier("forest", 2)
    with pytest.raises(TypeError, match="Received: 3 of type int"):
        vector_classifier(3, 2)
