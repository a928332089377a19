import pytest

from keras_rlgen import estimators


@pytest.mark.parametrize("name", estimators.NAMES)
def test_names(name):
    assert type(estimators.get(name)) is estimators.NAMES[name]


def test_errors():
    with pytest.raises(ValueError, match="Unknown gradient estimator: 'reinforce'"):
        estimators.get("reinforce")
    with pytest.raises(TypeError, match="a `GradientEstimator`. Received: 3"):
        estimators.get(3)


def test_options_of_a_name():
    estimator = estimators.get("score_function", baseline="critic", num_samples=2)
    assert estimator.label == "score_function (critic)"
    assert estimator.num_samples == 2
    assert estimators.get("gumbel_softmax", baseline=None).label == "gumbel_softmax"
    with pytest.raises(ValueError, match=r"takes no \['baseline'\]"):
        estimators.get("gumbel_softmax", baseline="rloo")
    with pytest.raises(ValueError, match="has arguments of its own"):
        estimators.get(estimator, num_samples=3)
