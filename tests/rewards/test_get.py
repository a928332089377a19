import keras
import pytest

from keras_rlgen import rewards


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("discriminator", rewards.Discriminator),
        ("sharpness", rewards.Sharpness),
        ("contrast", rewards.Contrast),
        ("compressibility", rewards.Compressibility),
        ("boundary_smoothness", rewards.BoundarySmoothness),
        ("constant", rewards.Constant),
        ("uniform_random", rewards.UniformRandom),
        ("environment", rewards.Environment),
    ],
)
def test_names(name, expected):
    assert type(rewards.get(name)) is expected
    assert rewards.get(name).name == name


def test_the_discriminator_is_asked_for_its_log_score():
    assert rewards.get("discriminator").kind == "log_score"


def test_instance_function_and_config():
    reward = rewards.Scaled(rewards.Sharpness(), 0.5)
    assert rewards.get(reward) is reward
    assert rewards.get(len).function is len
    restored = rewards.get(keras.saving.serialize_keras_object(reward))
    assert type(restored) is rewards.Scaled and restored.factor == 0.5


def test_unknown_name():
    with pytest.raises(
        ValueError, match="Unknown reward: 'sharp'. Expected one of"
    ) as e:
        rewards.get("sharp")
    assert "'sharpness'" in str(e.value)


def test_unknown_type():
    with pytest.raises(TypeError, match="Received: None of type NoneType"):
        rewards.get(None)
