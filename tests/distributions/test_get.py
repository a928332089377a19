import keras
import pytest

from keras_rlgen import distributions


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("normal", distributions.Normal),
        ("bernoulli", distributions.Bernoulli),
        ("categorical", distributions.Categorical),
        ("discretized_logistic", distributions.DiscretizedLogistic),
    ],
)
def test_names(name, expected):
    assert type(distributions.get(name)) is expected


def test_instance_and_config():
    normal = distributions.Normal(0.25)
    assert distributions.get(normal) is normal
    config = keras.saving.serialize_keras_object(normal)
    assert distributions.get(config).scale == 0.25


def test_unknown_name():
    with pytest.raises(ValueError, match="Unknown output distribution: 'gauss'") as e:
        distributions.get("gauss")
    assert "['bernoulli', 'categorical', 'discretized_logistic', 'normal']" in str(
        e.value
    )


@pytest.mark.parametrize("value", [0.1, None])
def test_unknown_type(value):
    message = f"Received: {value} of type {type(value).__name__}"
    with pytest.raises(TypeError, match=message):
        distributions.get(value)
