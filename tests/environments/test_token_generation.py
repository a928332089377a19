import doctest
import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents import DQN
from keras_rlgen.environments import (
    ObservedLogPrior,
    TokenGeneration,
    observed_log_prior,
    token_generation,
)
from keras_rlgen.models import (
    CausalLMBackbone,
    Prompts,
    RecurrentBackbone,
    SequenceGenerator,
    TransformerBackbone,
)
from tests.models.token_model import TokenModel

VOCABULARY, LENGTH, WEIGHT = 3, 3, 0.5
ALL = np.array(list(itertools.product(range(VOCABULARY), repeat=LENGTH)), "int32")
PAYS = np.random.default_rng(0).normal(size=(LENGTH, VOCABULARY)).astype("float32")


def pays(samples):
    by_token = tf.one_hot(samples, VOCABULARY) * PAYS[: samples.shape[1]]
    return tf.reduce_sum(by_token, axis=(1, 2))


def prior_of(backbone=None, **arguments):
    keras.utils.set_random_seed(0)
    if backbone is None:
        backbone = RecurrentBackbone(VOCABULARY, units=4, cell="gru")
    # Further from uniform than a new network is.
    backbone.set_weights([3.0 * weight for weight in backbone.get_weights()])
    return SequenceGenerator(backbone, LENGTH, seed=0, **arguments)


@pytest.fixture(scope="module")
def prior():
    return prior_of()


def play(environment, sequences, jit_compile=False):
    """Returns the final state, and what every step gave, `(steps, batch)`."""
    state = environment.reset((0, 1), len(sequences))
    observations, results = [environment.observe(state).numpy()], []
    step = tf.function(environment.step, jit_compile=jit_compile)
    for action in sequences.T:
        state, result = step(state, tf.constant(action), tf.constant((0, 2)))
        observations.append(result.observation.numpy())
        results.append((result.reward.numpy(), result.terminated.numpy()))
    rewards, ends = zip(*results, strict=True)
    return state, np.array(observations), np.array(rewards), np.array(ends)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_rewards_are_those_of_the_objective(prior, jit_compile):
    environment = TokenGeneration(LENGTH, pays, prior, kl_weight=WEIGHT)
    state, observations, rewards, ends = play(environment, ALL, jit_compile)
    log_probs = prior.step_log_probs(ALL).numpy()
    assert log_probs.std() > 0.1
    expected = WEIGHT * log_probs.T
    expected[-1] += pays(ALL)
    np.testing.assert_allclose(rewards, expected, rtol=1e-4, atol=1e-5)
    assert not ends[:-1].any() and ends[-1].all()
    np.testing.assert_array_equal(environment.samples(state), ALL)
    np.testing.assert_array_equal(environment.samples_of(observations[-1]), ALL)
    for step in range(LENGTH):
        seen = np.where(np.arange(LENGTH) < step, ALL, VOCABULARY)
        np.testing.assert_array_equal(observations[step, :, :LENGTH], seen)
        log_prior = environment.log_prior(observations[step])
        chosen = np.take_along_axis(log_prior, ALL[:, step : step + 1], axis=1)
        np.testing.assert_allclose(chosen[:, 0], log_probs[:, step], rtol=1e-3)


def test_the_optimum_is_the_prior_times_the_reward(prior):
    """Soft values, backwards through the environment, give `p(x) exp(r(x) / c)`."""
    environment = TokenGeneration(LENGTH, pays, prior, kl_weight=WEIGHT)
    _, _, rewards, _ = play(environment, ALL)
    total = rewards.sum(axis=0) / WEIGHT
    log_policy = total - np.logaddexp.reduce(total)
    expected = prior.log_prob(ALL).numpy() + pays(ALL).numpy() / WEIGHT
    expected -= np.logaddexp.reduce(expected)
    np.testing.assert_allclose(log_policy, expected, rtol=1e-4, atol=1e-4)


def test_an_end_token_ends_the_episode():
    environment = TokenGeneration(4, lambda x: x[:, 3], vocabulary_size=3, end_token=2)
    sequences = np.array([[2, 0, 0, 0], [0, 1, 2, 0], [0, 1, 1, 0]], "int32")
    state = environment.reset((0, 1), 3)
    assert environment.observe(state).numpy().tolist() == [[3.0] * 4] * 3
    ends = []
    for action in sequences.T[:3]:
        state, result = environment.step(state, tf.constant(action), (0, 2))
        ends.append(result.terminated.numpy().tolist())
    assert ends == [[True, False, False], [False] * 3, [False, True, False]]
    assert environment.samples(state)[1].numpy().tolist() == [0, 1, 2, 2]
    # The end token in the last place is that of the padding.
    assert result.reward.numpy().tolist() == [0.0, 2.0, 0.0]


def test_a_prior_of_no_longer_context_goes_on_after_episodes_end():
    """Its cache holds the start token and all tokens but the last."""
    backbone = TransformerBackbone(
        VOCABULARY, LENGTH, width=4, num_layers=1, num_heads=1
    )
    environment = TokenGeneration(LENGTH, pays, prior_of(backbone, end_token=0))
    assert environment.end_token == 0
    state = environment.reset((0, 1), 2)
    for _ in range(LENGTH + 2):
        state, result = environment.step(state, tf.constant([0, 1]), (0, 2))
    assert np.isfinite(result.observation).all()


@pytest.mark.parametrize("variant", ["psi", "g"])
def test_a_soft_dqn_learns_the_optimum(prior, variant):
    weight = 0.0 if variant == "g" else WEIGHT
    environment = TokenGeneration(2, pays, prior, kl_weight=weight)
    inputs = keras.Input((2 + VOCABULARY,))
    tokens = keras.ops.one_hot(keras.ops.cast(inputs[:, :2], "int32"), VOCABULARY + 1)
    x = keras.layers.Flatten()(tokens)
    both = keras.ops.expand_dims(tokens[:, 0], 2) * keras.ops.expand_dims(
        tokens[:, 1], 1
    )
    x = keras.layers.Concatenate()([x, keras.layers.Flatten()(both)])
    # A table: a row for each sequence so far.
    values = keras.layers.Dense(VOCABULARY, kernel_initializer="zeros")(x)
    agent = DQN(
        keras.Model(inputs, values),
        environment,
        num_environments=32,
        n_step=1,
        gamma=1.0,
        temperature=WEIGHT,
        log_prior=environment.log_prior if variant == "g" else None,
        target_update_period=20,
        warm_up_steps=200,
        updates_per_step=0.125,
        seed=0,
    )
    agent.compile(keras.optimizers.Adam(0.05), jit_compile=False)
    agent.fit(steps_per_epoch=800, verbose=0)
    sequences = np.array(list(itertools.product(range(VOCABULARY), repeat=2)), "int32")
    _, observations, _, _ = play(environment, sequences)
    log_policy = np.zeros(len(sequences))
    for step in range(2):
        steps = agent.policy.time_step_spec._replace(
            step_type=tf.ones(9, tf.int32),
            reward=tf.zeros(9),
            discount=tf.ones(9),
            observation=tf.constant(observations[step]),
        )
        chosen = tf.constant(sequences[:, step])
        policy = agent.collect_policy.distribution(steps).action
        log_policy += policy.log_prob(chosen).numpy()
    padded = np.pad(sequences, [(0, 0), (0, 1)])
    start = prior.step_log_probs(padded).numpy()[:, :2].sum(axis=1)
    expected = start + pays(sequences).numpy() / WEIGHT
    expected -= np.logaddexp.reduce(expected)
    divergence = np.exp(log_policy) @ (log_policy - expected)
    assert divergence < 0.02 < 0.2 < np.exp(start) @ (start - expected)


def test_the_observed_prior_comes_back_from_its_configuration():
    config = keras.saving.serialize_keras_object(ObservedLogPrior(4))
    assert keras.saving.deserialize_keras_object(config).num_actions == 4


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"length": 0}, "`length` to be a positive integer"),
        ({"vocabulary_size": None}, "`vocabulary_size` to be an integer of at least 2"),
        ({"end_token": 3}, "`end_token` to be a token from 0 to 2"),
        ({"kl_weight": 0.1}, "zero without a `prior`"),
        ({"reward": lambda x: x}, r"to return shape \(batch,\)"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    arguments = {"length": 3, "reward": pays, "vocabulary_size": 3, **arguments}
    with pytest.raises(ValueError, match=message):
        TokenGeneration(**arguments)


def test_priors_that_do_not_fit_are_refused(prior):
    with pytest.raises(TypeError, match="Expected `prior` to be a `SequenceGenerator`"):
        TokenGeneration(3, pays, TokenModel())
    with pytest.raises(ValueError, match="at least 4 tokens"):
        TokenGeneration(4, pays, prior)
    with pytest.raises(ValueError, match="prior's vocabulary of 3"):
        TokenGeneration(3, pays, prior, vocabulary_size=4)
    with pytest.raises(ValueError, match="`kl_weight` of zero or above"):
        TokenGeneration(3, pays, prior, kl_weight=-1.0)
    prompted = prior_of(conditions=Prompts(1, VOCABULARY))
    with pytest.raises(ValueError, match="one voice and without prompts"):
        TokenGeneration(3, pays, prompted)
    assert CausalLMBackbone.is_synchronous


def test_examples_in_docstrings_run():
    for module in (token_generation, observed_log_prior):
        result = doctest.testmod(module, extraglobs={"tf": tf})
        assert result.attempted > 0 and result.failed == 0
