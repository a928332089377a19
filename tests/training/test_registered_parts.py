import keras
import pytest

from keras_rlgen import rewards
from keras_rlgen.rl_models import ReinforceGAN
from tests.networks import closeness, discriminator, generator


def plain(samples):
    return samples[:, 0]


class PlainReward(rewards.Reward):
    def call(self, samples, condition=None, training=None):
        return samples[:, 0]


def compiled(reward):
    gan = ReinforceGAN(generator(), discriminator(), latent_dim=2)
    gan.compile(reward=reward, jit_compile=False)
    return gan


@pytest.mark.parametrize(
    "reward, name",
    [
        (plain, "plain"),
        (0.5 * rewards.Discriminator() + 0.1 * rewards.FunctionReward(plain), "plain"),
        (lambda samples: samples[:, 0], "lambda"),
        (PlainReward(), "PlainReward"),
    ],
)
def test_an_unregistered_reward_is_refused_at_save(tmp_path, reward, name):
    path = tmp_path / "gan.keras"
    path.write_text("old")
    with pytest.raises(ValueError, match=f"{name}.*register_keras_serializable"):
        compiled(reward).save(path)
    assert path.read_text() == "old"


def test_registered_rewards_are_saved_and_loaded(tmp_path):
    path = tmp_path / "gan.keras"
    compiled(closeness).save(path)
    assert keras.saving.load_model(path).reward.function is closeness


def test_a_scope_of_custom_objects_registers(tmp_path):
    path = tmp_path / "gan.keras"
    with keras.saving.custom_object_scope({"plain": plain}):
        compiled(plain).save(path)
    loaded = keras.saving.load_model(path, custom_objects={"plain": plain})
    assert loaded.reward.function is plain
