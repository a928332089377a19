import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents import tf_agents
from keras_rlgen.agents.environments import TensorTFEnvironment
from keras_rlgen.environments import CartPole, EpisodeState, Pendulum
from tests.environments.numbered import Decaying, Numbered, check_next_step_stream


def stream(environment, steps):
    """The first observation and what each step leads to, as arrays."""
    policy = tf_agents.policies.random_tf_policy.RandomTFPolicy(
        environment.time_step_spec(), environment.action_spec()
    )

    @tf.function(autograph=False)
    def step():
        action = policy.action(environment.current_time_step()).action
        return action, environment.step(action)

    first = environment.reset()
    actions, time_steps = zip(*[step() for _ in range(steps)], strict=True)
    stacked = tf.nest.map_structure(lambda *x: np.stack(x), *time_steps)
    return first, np.stack(actions), stacked


def test_no_transition_joins_two_episodes():
    first, _, following = stream(TensorTFEnvironment(Numbered(), 8), 60)
    last, starts = following.is_last(), following.is_first()
    terminated = following.discount == 0.0
    assert np.all(first.is_first()) and np.all(last[terminated])
    began = check_next_step_stream(
        np.concatenate([first.observation[np.newaxis], following.observation]),
        following.reward,
        terminated,
        last & ~terminated,
    )
    np.testing.assert_array_equal(starts, began)


@pytest.mark.parametrize("kind", [CartPole, Pendulum])
def test_steps_as_the_tensor_environment_does(kind):
    inner = kind(max_episode_steps=30)
    first, actions, following = stream(TensorTFEnvironment(inner, 3), 70)
    assert following.is_last().sum() >= 6
    if kind is Pendulum:
        return_to_state = lambda o: np.stack(  # noqa: E731
            [np.arctan2(o[:, 1], o[:, 0]), o[:, 2]], axis=-1
        )
    else:
        return_to_state = lambda o: o  # noqa: E731
    seen = np.concatenate([first.observation[np.newaxis], following.observation])
    for step, action in enumerate(actions):
        state = EpisodeState(
            tf.constant(return_to_state(seen[step])), tf.zeros(3, tf.int32)
        )
        _, expected = inner.step(state, action, (0, 1))
        active = ~following.is_first()[step]
        for ours, theirs in (
            (seen[step + 1], expected.observation),
            (following.reward[step], expected.reward),
            (following.discount[step] == 0.0, expected.terminated),
        ):
            np.testing.assert_allclose(
                ours[active], theirs.numpy()[active], rtol=1e-4, atol=1e-4
            )


def test_discounts_are_the_environments():
    _, _, following = stream(TensorTFEnvironment(Decaying(), 2), 8)
    expected = [0.5, 0.25, 0.0, 1.0] * 2
    np.testing.assert_array_equal(following.discount[:, 0], expected)
    np.testing.assert_array_equal(following.is_last()[:, 0], np.equal(expected, 0.0))


def test_a_step_driver_of_tf_agents():
    environment = TensorTFEnvironment(CartPole(max_episode_steps=20), 4, seed=1)
    policy = tf_agents.policies.random_tf_policy.RandomTFPolicy(
        environment.time_step_spec(), environment.action_spec()
    )
    buffer = tf_agents.replay_buffers.tf_uniform_replay_buffer.TFUniformReplayBuffer(
        policy.trajectory_spec, batch_size=4, max_length=300
    )
    steps = tf_agents.metrics.tf_metrics.EnvironmentSteps()
    driver = tf_agents.drivers.dynamic_step_driver.DynamicStepDriver(
        environment, policy, [buffer.add_batch, steps], num_steps=400
    )
    tf.function(driver.run, autograph=False)()
    assert 400 <= int(steps.result()) < 404
    frames = buffer.gather_all()
    first, last = frames.is_first().numpy(), frames.is_last().numpy()
    is_end = frames.step_type.numpy() == 2
    assert is_end.sum() >= 12
    # An episode's last frame is followed by a first one, and nothing else is.
    np.testing.assert_array_equal(first[:, 1:], is_end[:, :-1])
    assert np.all(last[:, :-1][is_end[:, 1:]])


def test_checks_of_tf_agents():
    for inner in (CartPole(), Pendulum()):
        environment = TensorTFEnvironment(inner, 2)
        spec = environment.time_step_spec()
        for time_step in (environment.reset(), environment.current_time_step()):
            assert tf_agents.utils.nest_utils.is_batched_nested_tensors(
                time_step, spec, num_outer_dims=1, check_dtypes=True
            )


def test_the_seed_decides():
    def episodes(seed):
        environment = TensorTFEnvironment(CartPole(), 2, seed)
        rows = [environment.reset()]
        rows += [environment.step(tf.constant([0, 1])) for _ in range(15)]
        return np.stack([row.observation for row in rows])

    np.testing.assert_array_equal(episodes(3), episodes(3))
    assert not np.array_equal(episodes(3), episodes(4))
    environment = TensorTFEnvironment(CartPole(), 2)
    assert not np.array_equal(
        environment.reset().observation, environment.reset().observation
    )


def test_episodes_go_on_from_their_variables():
    first, second = (TensorTFEnvironment(CartPole(), 2, seed=5) for _ in range(2))
    action = tf.constant([1, 0])
    for _ in range(3):
        first.step(action)
    for ours, theirs in zip(second.variables, first.variables, strict=True):
        ours.assign(theirs)
    for _ in range(12):
        tf.nest.map_structure(
            np.testing.assert_array_equal, first.step(action), second.step(action)
        )
