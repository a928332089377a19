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
