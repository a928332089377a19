"""Advantages of streams of episodes, and what is normalised."""

import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents import ActorCritic, EnvironmentSpecs
from keras_rlgen.environments import CartPole
from tests.agents.frames import StepType, stream
from tests.agents.on_policy import cart_pole_agent, collect, compile_agent, fit
from tests.agents.toys import BoundedTensorSpec, mlp

ENVIRONMENTS, STEPS = 3, 30
SPECS = EnvironmentSpecs(tf.TensorSpec((2,)), BoundedTensorSpec((), tf.int32, 0, 1))
NEXT = tf.constant([[0.5, 0.1], [0.6, 0.2], [0.7, 0.3]])


def some_agent(**kwargs):
    return compile_agent(
        ActorCritic(
            mlp(2, 2),
            mlp(1, 2, seed=5),
            environment=SPECS,
            num_environments=ENVIRONMENTS,
            steps_per_update=STEPS,
            **kwargs,
        )
    )


def some_frames():
    frames = stream(ENVIRONMENTS, STEPS)
    return frames.replace(observation=0.1 * frames.observation)


def slow_advantage(frames, values, environment, time, gamma, gae_lambda):
    """Schulman et al., 2016, equation 16, of one step, to where its episode ends."""
    advantage, weight = 0.0, 1.0
    for t in range(time, STEPS):
        discount = gamma * float(frames.discount[environment, t])
        error = float(frames.reward[environment, t]) - values[environment, t]
        error += discount * values[environment, t + 1]
        advantage += weight * error
        weight *= discount * gae_lambda
        if frames.next_step_type[environment, t] == StepType.LAST:
            break
    return advantage


@pytest.mark.parametrize("gamma, gae_lambda", [(0.9, 0.8), (1.0, 1.0), (0.9, 0.0)])
def test_advantages_and_returns(gamma, gae_lambda):
    agent, frames = some_agent(gamma=gamma, gae_lambda=gae_lambda), some_frames()
    experience = agent.with_advantages(frames, NEXT)
    observations = np.concatenate([frames.observation, NEXT[:, None]], axis=1)
    values = agent.critic(observations.reshape(-1, 2)).numpy()
    values = values.reshape(ENVIRONMENTS, STEPS + 1)
    info = experience.policy_info
    np.testing.assert_allclose(info["value_prediction"], values[:, :-1], rtol=1e-5)
    ends = {"terminated": 0, "truncated": 0, "under way": 0}
    for environment in range(ENVIRONMENTS):
        for time in range(STEPS):
            if frames.step_type[environment, time] == StepType.LAST:
                continue
            if frames.next_step_type[environment, time] == StepType.LAST:
                truncated = frames.discount[environment, time] == 1.0
                ends["truncated" if truncated else "terminated"] += 1
            elif time == STEPS - 1:
                ends["under way"] += 1
            expected = slow_advantage(
                frames, values, environment, time, gamma, gae_lambda
            )
            np.testing.assert_allclose(
                info["advantage"][environment, time], expected, rtol=1e-4, atol=1e-5
            )
            np.testing.assert_allclose(
                info["return"][environment, time],
                expected + values[environment, time],
                rtol=1e-4,
                atol=1e-5,
            )
    assert min(ends.values()) > 0


def test_the_last_frames_of_episodes_count_for_nothing():
    """Neither their action nor what their reward says has a part in the update."""
    frames = some_frames()
    is_last = frames.step_type == StepType.LAST
    others = frames.replace(
        action=tf.where(is_last, 1 - frames.action, frames.action),
        reward=tf.where(is_last, 100.0, frames.reward),
    )
    results = []
    for each in (frames, others):
        agent = some_agent(entropy_weight=0.1, normalize_advantages=True)
        logs = agent._improve(each, NEXT, (), ())
        results.append([*logs.values(), *agent.actor.weights, *agent.critic.weights])
    for first, second in zip(*results, strict=True):
        np.testing.assert_array_equal(first, second)


def test_explained_variance():
    agent, frames = some_agent(), some_frames()
    info = agent.with_advantages(frames, NEXT).policy_info
    steps = frames.step_type != StepType.LAST
    returns, values = info["return"][steps], info["value_prediction"][steps]
    expected = 1.0 - np.var(returns - values) / np.var(returns)
    logs = agent._improve(frames, NEXT, (), ())
    np.testing.assert_allclose(logs["explained_variance"], expected, rtol=1e-4)


def test_observations_are_normalised_by_the_steps_before():
    options = {"cls": ActorCritic, "normalize_observations": True, "seed": 3}
    agent = cart_pole_agent(**options)
    frames, _ = collect(cart_pole_agent(**options))
    normalizer = agent.tf_agent._observation_normalizer
    np.testing.assert_allclose(
        normalizer.normalize(frames.observation), frames.observation, rtol=1e-3
    )
    fit(agent)
    observations = frames.observation[frames.step_type != StepType.LAST].numpy()
    count, mean, squares, _ = normalizer.variables
    np.testing.assert_allclose(count, len(observations), rtol=1e-6)
    np.testing.assert_allclose(mean, observations.mean(axis=0), rtol=1e-3, atol=1e-5)
    variance = observations.var(axis=0)
    np.testing.assert_allclose(squares / count, variance, rtol=1e-3, atol=1e-5)
    assert np.abs(normalizer.normalize(100.0 * observations)).max() == 5.0


def test_rewards_are_normalised_and_logged_as_they_were():
    agent = cart_pole_agent(ActorCritic, normalize_rewards=True)
    history = fit(agent)
    # The returns that are logged are those of the environment: 1 a step.
    np.testing.assert_allclose(history["mean_return"], history["episode_length"])
    assert agent._reward_normalizer.variables["reward_normalizer_count"] > 20.0


def test_integers_are_not_normalised():
    specs = EnvironmentSpecs(
        tf.TensorSpec((2,), tf.uint8), BoundedTensorSpec((), tf.int32, 0, 1)
    )
    with pytest.raises(ValueError, match="uint8.*Rescaling"):
        ActorCritic(
            mlp(2, 2), mlp(1, 2), environment=specs, normalize_observations=True
        )


def test_a_critic_is_required():
    with pytest.raises(ValueError, match="`ActorCritic` expected a `critic`"):
        ActorCritic(mlp(2, 4), environment=CartPole())


def test_lambda_out_of_range():
    with pytest.raises(ValueError, match=r"`gae_lambda` in \[0, 1\]. Received: 1.1"):
        some_agent(gae_lambda=1.1)
