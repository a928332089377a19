import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents import EnvironmentSpecs, Reinforce, tf_agents
from keras_rlgen.environments import CartPole
from tests.agents.frames import StepType, stream
from tests.agents.on_policy import cart_pole_agent, compile_agent, fit
from tests.agents.toys import BoundedTensorSpec, mlp
from tests.networks import assert_same, differ, values

ENVIRONMENTS, STEPS, GAMMA = 3, 30, 0.9
SPECS = EnvironmentSpecs(tf.TensorSpec((2,)), BoundedTensorSpec((), tf.int32, 0, 1))
NEXT = tf.constant([[0.5, 0.1], [0.6, 0.2], [0.7, 0.3]])


def some_agent(critic):
    return compile_agent(
        Reinforce(
            mlp(2, 2),
            mlp(1, 2, seed=5) if critic else None,
            environment=SPECS,
            num_environments=ENVIRONMENTS,
            steps_per_update=STEPS,
            gamma=GAMMA,
        )
    )


def some_frames():
    frames = stream(ENVIRONMENTS, STEPS)
    return frames.replace(observation=0.1 * frames.observation)


def slow_return(frames, values, environment, time):
    """Returns the return of a step, and whether it is known without a critic."""
    total, weight = 0.0, 1.0
    for t in range(time, STEPS):
        total += weight * float(frames.reward[environment, t])
        weight *= GAMMA * float(frames.discount[environment, t])
        if frames.next_step_type[environment, t] == StepType.LAST:
            return total + weight * values[environment, t + 1], True
    return total + weight * values[environment, STEPS], False


@pytest.mark.parametrize("critic", [False, True])
def test_returns(critic):
    agent, frames = some_agent(critic), some_frames()
    values = np.zeros((ENVIRONMENTS, STEPS + 1))
    if critic:
        observations = np.concatenate([frames.observation, NEXT[:, None]], axis=1)
        values = agent.critic(observations.reshape(-1, 2)).numpy().reshape(values.shape)
    returns, weights = agent.returns(frames, NEXT)
    counted = np.zeros((ENVIRONMENTS, STEPS))
    for environment in range(ENVIRONMENTS):
        for time in range(STEPS):
            expected, is_known = slow_return(frames, values, environment, time)
            is_step = frames.step_type[environment, time] != StepType.LAST
            counted[environment, time] = is_step and (is_known or critic)
            if counted[environment, time]:
                np.testing.assert_allclose(
                    returns[environment, time], expected, rtol=1e-4, atol=1e-5
                )
    np.testing.assert_allclose(weights, counted / counted.mean(), rtol=1e-5)
    assert 0.3 < counted.mean() < 1.0


def test_without_an_end_in_sight_nothing_is_learned():
    agent, frames = some_agent(critic=False), some_frames()
    frames = tf.nest.map_structure(lambda x: x[:, :2], frames)
    step_type = tf.fill((ENVIRONMENTS, 2), StepType.MID)
    frames = frames.replace(step_type=step_type, next_step_type=step_type)
    before = values(agent.actor)
    logs = agent._improve(frames, NEXT, (), ())
    assert_same(values(agent.actor), before)
    assert logs["policy_loss"] == 0.0


def test_without_a_critic():
    agent = some_agent(critic=False)
    assert isinstance(agent.tf_agent, tf_agents.agents.ReinforceAgent)
    before = values(agent.actor)
    logs = agent._improve(some_frames(), NEXT, (), ())
    assert list(logs) == ["policy_loss", "entropy"]
    assert differ(values(agent.actor), before)


def test_it_goes_on_without_a_critic(tmp_path):
    agent = compile_agent(
        Reinforce(
            mlp(2, 4),
            environment=CartPole(7),
            num_environments=3,
            steps_per_update=12,
            seed=0,
        )
    )
    fit(agent)
    agent.save(tmp_path / "agent.keras")
    loaded = Reinforce.load(tmp_path / "agent.keras")
    assert loaded.critic is None
    for each in (agent, loaded):
        fit(each)
    assert_same(values(agent.actor), values(loaded.actor))


def test_it_learns():
    agent = Reinforce(
        mlp(2, 4, units=32),
        environment=CartPole(max_episode_steps=100),
        steps_per_update=256,
        seed=0,
    )
    agent.compile(keras.optimizers.Adam(1e-2), jit_compile=False)
    before = agent.evaluate(64, seed=1, verbose=0)["mean_return"]
    agent.fit(steps_per_epoch=30 * 256, verbose=0)
    after = agent.evaluate(64, seed=1, verbose=0)["mean_return"]
    assert before < 60.0 < 90.0 < after


def test_config():
    agent = cart_pole_agent(Reinforce, normalize_advantages=False, compiled=False)
    again = Reinforce.from_config(agent.get_config())
    assert again.get_config() == agent.get_config()
    assert not again.normalize_advantages
