import keras
import pytest

from keras_rlgen import baselines


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("none", baselines.Baseline),
        (None, baselines.Baseline),
        ("moving_average", baselines.MovingAverage),
        ("rloo", baselines.LeaveOneOut),
        ("critic", baselines.Critic),
    ],
)
def test_names(name, expected):
    assert type(baselines.get(name)) is expected


def test_instance_and_config():
    baseline = baselines.MovingAverage(0.3)
    assert baselines.get(baseline) is baseline
    config = keras.saving.serialize_keras_object(baseline)
    assert baselines.get(config).momentum == 0.3


def test_unknown_name():
    with pytest.raises(
        ValueError, match="Unknown baseline: 'value'. Expected"
    ) as error:
        baselines.get("value")
    assert "['critic', 'moving_average', 'none', 'rloo']" in str(error.value)


def test_unknown_type():
    with pytest.raises(TypeError, match="Received: 0.5 of type float"):
        baselines.get(0.5)
