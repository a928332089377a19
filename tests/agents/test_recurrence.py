"""On-policy agents whose models carry a state from step to step."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents import PPO, SAC, ActorCritic, Reinforce
from keras_rlgen.agents.algorithms.weighted_ppo import time_steps
from keras_rlgen.environments import CartPole, DiscreteAction, Pendulum
from keras_rlgen.environments.tensor_environment import TensorEnvironment
from keras_rlgen.training.stateless_random import integers
from tests.agents.on_policy import compile_agent, fit
from tests.agents.rounds import collected
from tests.agents.toys import StepType, mlp, recurrent
from tests.networks import assert_same, differ, values

NUM_ENVIRONMENTS, STEPS = 3, 12


class Recall(TensorEnvironment):
    """Shows one of two signs at first, and asks for it two steps later."""

    def __init__(self):
        super().__init__((2,), DiscreteAction(2), max_episode_steps=3)

    def initial_state(self, seed, num_environments):
        sign = integers((num_environments,), seed, 2)
        return sign, tf.zeros((num_environments,), tf.int32)

    def transition(self, inner_state, action, seed):
        sign, step = inner_state
        is_answer = step == 2
        reward = tf.where(is_answer & (action == sign), 1.0, 0.0)
        return (sign, step + 1), reward, is_answer

    def observation(self, inner_state):
        sign, step = inner_state
        shown = tf.where(step == 0, 2.0 * tf.cast(sign, tf.float32) - 1.0, 0.0)
        return tf.stack([shown, tf.cast(step, tf.float32) / 2.0], axis=-1)


def some_agent(cls=PPO, critic=None, **kwargs):
    options = {"epochs": 2, "minibatch_size": 12} if cls is PPO else {}
    return compile_agent(
        cls(
            recurrent(2, 4),
            recurrent(1, 4, seed=5) if critic is None else critic,
            environment=CartPole(7),
            num_environments=NUM_ENVIRONMENTS,
            steps_per_update=STEPS,
            seed=0,
            **options,
            **kwargs,
        )
    )


def stepwise(model, frames, state):
    """Returns the outputs of a model, step by step, and the state after them."""
    outputs = []
    for time in range(STEPS):
        begins = frames.step_type[:, time, None] == StepType.FIRST
        output, state = model([frames.observation[:, time], tf.where(begins, 0, state)])
        outputs.append(output)
    return np.stack(outputs, axis=1), state


def test_what_is_learned_from_is_what_acted():
    agent = some_agent()
    collected(agent)
    frames, observation, state = collected(agent)
    assert np.any(state["value_network_state"][0] != 0.0)
    logits, _ = stepwise(agent.actor, frames, state["actor_network_state"][0])
    expected, end = stepwise(agent.critic, frames, state["value_network_state"][0])
    info = agent.with_advantages(frames, observation, state).policy_info
    np.testing.assert_allclose(info["dist_params"]["logits"], logits, rtol=1e-4)
    np.testing.assert_allclose(
        info["value_prediction"], expected[..., 0], rtol=1e-4, atol=1e-6
    )
    # The driver, which acted step by step, came to the same state.
    carried = agent._stream.policy_state["value_network_state"][0]
    np.testing.assert_allclose(carried, end, rtol=1e-4, atol=1e-6)
    # The last step of the frames bootstraps from it.
    value_after, _ = agent.critic([observation, end])
    for i in np.flatnonzero(frames.step_type[:, -1] != StepType.LAST):
        if frames.next_step_type[i, -1] != StepType.LAST:
            error = frames.reward[i, -1] + 0.99 * value_after[i, 0] - expected[i, -1, 0]
            np.testing.assert_allclose(info["advantage"][i, -1], error, rtol=1e-3)


def test_sequences_begin_with_the_state_that_was_carried():
    agent = some_agent()
    collected(agent)
    frames, observation, state = collected(agent)
    experience = agent.with_advantages(frames, observation, state)
    distribution = agent.tf_agent.collect_policy._distribution
    log_probs = [
        distribution(time_steps(frames), s).action.log_prob(frames.action)
        for s in (state, ())
    ]
    assert np.abs(log_probs[0] - log_probs[1]).max() > 1e-4
    weights = tf.cast(frames.step_type != StepType.LAST, tf.float32)
    update = agent.tf_agent.train(experience, weights, policy_state=state).extra
    # The probabilities are still those with which it acted.
    np.testing.assert_allclose(update.approximate_kl, 0.0, atol=1e-6)


def test_environments_are_dealt_whole():
    agent = some_agent()
    # 36 frames in minibatches of 12 are a sequence each.
    minibatches = agent._minibatch_indices(NUM_ENVIRONMENTS, STEPS).numpy()
    assert minibatches.shape == (2 * 3, 1)
    assert sorted(minibatches[:3, 0]) == sorted(minibatches[3:, 0]) == [0, 1, 2]
    agent.minibatch_size = 5
    assert agent._minibatch_indices(NUM_ENVIRONMENTS, STEPS).shape == (2 * 3, 1)
    agent.minibatch_size = 24
    minibatches = agent._minibatch_indices(NUM_ENVIRONMENTS, STEPS).numpy()
    assert minibatches.shape == (2 * 2, 2)
    assert sorted(minibatches[:2].ravel()) == [0, 1, 2, 3]


def test_goes_on_exactly(tmp_path):
    agent = some_agent(ActorCritic)
    before = values(agent.actor)
    fit(agent)
    assert differ(values(agent.actor), before)
    agent.save(tmp_path / "agent.keras")
    loaded = ActorCritic.load(tmp_path / "agent.keras")
    for each in (agent, loaded):
        fit(each)
    assert_same(values(agent.actor), values(loaded.actor))
    assert_same(values(agent.critic), values(loaded.critic))


def test_a_critic_without_a_state_and_the_penalty():
    agent = some_agent(critic=mlp(1, 4), kl_penalty_target=0.01)
    before = values(agent.critic)
    history = fit(agent)
    assert np.isfinite(history["policy_loss"]).all()
    assert differ(values(agent.critic), before)


def test_remembers_what_it_saw():
    """Without a memory, half of the answers are right."""
    agent = PPO(
        recurrent(2, 2, units=16),
        recurrent(1, 2, units=16, seed=5),
        environment=Recall(),
        num_environments=32,
        steps_per_update=16,
        minibatch_size=128,
        seed=0,
    )
    agent.compile(keras.optimizers.Adam(1e-2), jit_compile=False)
    assert agent.evaluate(200, seed=1, verbose=0)["mean_return"] < 0.7
    agent.fit(steps_per_epoch=25 * 16, verbose=0)
    assert agent.evaluate(200, seed=1, verbose=0)["mean_return"] > 0.95


def test_agents_that_learn_from_single_steps():
    with pytest.raises(ValueError, match="`Reinforce` expected models that are not"):
        Reinforce(recurrent(2, 4), environment=CartPole())
    critic = keras.Sequential([keras.layers.Concatenate(), keras.layers.Dense(1)])
    critic([np.zeros((1, 3)), np.zeros((1, 1))])
    with pytest.raises(ValueError, match="`SAC` expected models that are not"):
        SAC(recurrent(2, 3), critic, environment=Pendulum())
