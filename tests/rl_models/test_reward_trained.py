import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import rewards
from keras_rlgen.distributions import Normal
from keras_rlgen.layers.random_mask import RandomMask
from keras_rlgen.models import ConditionalGAN, StochasticGenerator
from keras_rlgen.rl_models import RestoringGAN, RestoringVAE, RewardTuner
from tests import networks, restoring
from tests.networks import closeness, values
from tests.rl_models.autoencoders import compiled, rl_vae
from tests.rl_models.policies import Die, stochastic_gan


class Uncompilable(rewards.Reward):
    """A reward with a gradient that XLA cannot compile."""

    def __init__(self):
        super().__init__()
        self.supports_jit = False

    def call(self, samples, training=None):
        return -tf.reduce_sum(samples**2, axis=list(range(1, samples.shape.rank)))


def masked():
    return RandomMask("square", 0.75, seed=0)


def restoring_vae():
    return RestoringVAE(restoring.encoder(), restoring.generator(), 2, masked(), seed=0)


def restoring_gan():
    players = restoring.generator(), restoring.discriminator()
    return RestoringGAN(*players, 2, masked(), seed=0)


MODELS = {
    "reinforce_gan": networks.reinforce_gan,
    "reward_tuner": lambda: RewardTuner(Die(), seed=0),
    "rl_vae": rl_vae,
    "restoring_vae": restoring_vae,
    "restoring_gan": restoring_gan,
}


@pytest.fixture
def with_gpu(monkeypatch):
    """On a machine with a GPU Keras' "auto" is XLA, where all layers allow it."""
    gpu = tf.config.PhysicalDevice("/physical_device:GPU:0", "GPU")
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind=None: [gpu])


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_xla_is_left_out_for_a_reward_that_it_cannot_compile(make, with_gpu):
    model, constant = make(), rewards.Constant()
    model.compile(reward=constant)
    assert model.jit_compile
    model.compile(reward=0.5 * (constant + Uncompilable()))
    assert not model.jit_compile
    # The former reward is forgotten.
    model.compile(reward=constant, jit_compile=True)
    assert model.jit_compile


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_xla_is_refused_for_a_reward_that_it_cannot_compile(make):
    model, reward = make(), rewards.Constant() * Uncompilable()
    with pytest.raises(ValueError, match="'uncompilable', a part of `reward`. Receiv"):
        model.compile(reward=reward, jit_compile=True)
    assert not model.compiled and model.reward is None
    model.compile(reward=reward, jit_compile=True, run_eagerly=True)


def test_xla_is_left_out_for_a_held_out_reward_too(with_gpu):
    tuner = MODELS["reward_tuner"]()
    tuner.compile(reward="constant", held_out_reward=Uncompilable())
    assert not tuner.jit_compile


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_a_replaced_reward_leaves_no_weights_behind(make):
    model, reward = make(), rewards.Normalized(rewards.Constant())
    model.compile(reward=reward)
    count = len(model.weights)
    model.compile(reward="constant")
    assert len(model.weights) == count - len(reward.weights) < count


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_the_training_state_is_all_but_the_rewards(make):
    model, reward = make(), rewards.Normalized(rewards.UniformRandom(0))
    model.compile(reward=reward)
    state = {id(v) for v in model.training_state}
    assert len(state) == len(model.training_state)
    assert not state & {id(v) for v in reward.variables}
    kept = [*model.variables, *model.optimizer.variables, *reward.variables]
    assert {id(v) for v in kept} == state | {id(v) for v in reward.variables}


def test_a_critics_optimizer_is_of_the_training_state():
    model = compiled(estimator="score_function", baseline="critic")
    state = {id(v) for v in model.training_state}
    assert state >= {id(v) for v in model.estimator.baseline.optimizer.variables}


def test_a_model_without_discriminator_leaves_a_reward_bound():
    reward = rewards.Discriminator()
    networks.reinforce_gan().bind_reward(reward)
    model, samples = rl_vae(), np.zeros((2, 2), "float32")
    before = reward(samples)
    model.bind_reward(reward)
    model.release_reward(reward)
    np.testing.assert_array_equal(reward(samples), before)


def test_a_tuned_gan_hands_over_its_discriminator():
    reward, gan = rewards.Discriminator("logit"), stochastic_gan()
    tuner = RewardTuner(gan)
    tuner.bind_reward(reward)
    samples = np.ones((2, 2), "float32")
    np.testing.assert_array_equal(reward(samples), gan.discriminator(samples)[:, 0])
    tuner.release_reward(reward)
    with pytest.raises(ValueError, match="has no discriminator"):
        reward(samples)


def conditional_tuner():
    players = networks.with_labels(2, 2, seed=1), networks.with_labels(2, 1, seed=2)
    generator = StochasticGenerator(players[0], Normal(0.2), seed=0)
    return RewardTuner(ConditionalGAN(generator, players[1], 2, 3, seed=0), seed=0)


@pytest.mark.parametrize(
    ("make", "condition"),
    [
        (conditional_tuner, np.array([2, 0, 1], "int32")),
        (restoring_gan, np.ones((3, *restoring.MASKED), "float32")),
    ],
)
def test_a_conditional_discriminator_judges_under_the_condition(make, condition):
    model, reward = make(), rewards.Discriminator("logit")
    gan = model.generator if isinstance(model, RewardTuner) else model
    model.bind_reward(reward)
    samples = np.random.default_rng(0).normal(size=(3, *model.sample_shape))
    samples = samples.astype("float32")
    expected = gan.discriminator([samples, condition])[:, 0]
    value, _ = (2.0 * reward).terms(samples, condition, training=False)
    np.testing.assert_allclose(value, 2.0 * expected, rtol=1e-6)
    assert np.any(expected != gan.discriminator([samples, 0 * condition])[:, 0])
    model.release_reward(reward)
    with pytest.raises(ValueError, match="has no discriminator"):
        reward(samples, condition)


def test_the_loss_of_a_tuned_gan_tells_what_its_discriminator_says():
    gan = stochastic_gan()
    gan.compile(loss="wasserstein", run_eagerly=True)
    tuner = RewardTuner(gan)
    with pytest.raises(ValueError, match="kind 'error', and a .* by `Wasserstein` has"):
        tuner.compile(reward=rewards.Discriminator("error"))
    tuner.compile(reward=rewards.Discriminator("logit"))
    gan.compile(loss="least_squares", run_eagerly=True)
    reward = rewards.Discriminator("error")
    tuner.compile(reward=reward)
    samples = np.random.default_rng(0).normal(size=(50, 2)).astype("float32")
    logits = gan.discriminator(samples)[:, 0]
    gan.discriminator.layers[-1].bias.assign_add([0.4 - np.mean(logits)])
    logits = gan.discriminator(samples)[:, 0]
    expected = np.greater(logits, 0.5)
    assert np.any(expected != np.greater(logits, 0.0))
    np.testing.assert_array_equal(reward(samples), expected)


@pytest.mark.parametrize("null", ["constant", "uniform_random", "shuffled"])
def test_a_null_reward_is_no_reward_to_what_climbs_by_gradient(null):
    """Shuffled, the mean reward of a batch would be what it was, and its gradient."""
    data = np.array([[0.0, 1.0], [1.0, 1.0], [1.0, 0.0]], "float32")
    reward = rewards.Shuffled(closeness, 0) if null == "shuffled" else null
    trained = []
    for given in (None, reward, closeness):
        model = compiled(
            estimator="reparameterized",
            reward=given,
            optimizer=keras.optimizers.SGD(0.1),
        )
        model.fit(data, shuffle=False, verbose=0)
        trained.append(values(model.encoder, model.decoder))
    without, under_null, under_reward = trained
    networks.assert_same(under_null, without)
    assert networks.differ(under_reward, without)
