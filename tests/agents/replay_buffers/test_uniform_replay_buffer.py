import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents.replay_buffers.uniform_replay_buffer import UniformReplayBuffer
from tests.agents.frames import SPEC, StepType, stream, tf_agents


def filled(num_environments=3, capacity=24, num_steps=20, chunk=4):
    """Returns a buffer, and all frames that were added to it."""
    buffer = UniformReplayBuffer(SPEC, num_environments, capacity)
    frames = stream(num_environments, num_steps)
    add = tf.function(buffer.add_frames)
    for start in range(0, num_steps, chunk):
        add(tf.nest.map_structure(lambda x, s=start: x[:, s : s + chunk], frames))
    return buffer, frames


def environments_and_times(observation):
    """Returns what the observations of `stream` say."""
    return np.moveaxis(np.asarray(observation).astype(int), -1, 0)


@pytest.mark.parametrize("num_steps", [4, 8, 20])
def test_it_keeps_the_newest_frames(num_steps):
    buffer, frames = filled(num_steps=num_steps)
    held = min(num_steps, 8)
    assert int(buffer.num_frames()) == 3 * held and buffer.capacity == 24
    kept = buffer.gather_all()
    expected = tf.nest.map_structure(lambda x: x[:, -held:], frames)
    tf.nest.map_structure(np.testing.assert_array_equal, kept, expected)


@pytest.mark.parametrize("run_length", [1, 2, 4])
@pytest.mark.parametrize("num_steps", [4, 20])
def test_runs_are_consecutive_and_of_one_environment(run_length, num_steps):
    buffer, frames = filled(num_steps=num_steps)
    sample = tf.function(lambda seed: buffer.sample(5, 400, run_length, seed))
    runs = sample(tf.constant([1, 2]))
    assert runs.reward.shape == (5, 400, run_length)
    environment, time = environments_and_times(runs.observation)
    assert np.all(environment == environment[..., :1])
    np.testing.assert_array_equal(time, time[..., :1] + np.arange(run_length))
    # Frames come whole.
    for field in ("reward", "action", "discount", "step_type", "next_step_type"):
        values = getattr(frames, field).numpy()
        np.testing.assert_array_equal(getattr(runs, field), values[environment, time])
    # All that are held, and none that is not.
    held = min(num_steps, 8)
    starts = np.unique(
        np.stack([environment[..., 0], time[..., 0]]).reshape(2, -1), axis=1
    )
    assert starts.shape[1] == 3 * (held - run_length + 1)
    assert starts[1].min() == num_steps - held


def test_each_run_is_as_likely():
    buffer, _ = filled()
    runs = buffer.sample(1, 42_000, 2, (3, 4))
    environment, time = environments_and_times(runs.observation[0, :, 0])
    counts = np.bincount(environment * 20 + time)
    counts = counts[counts > 0]
    assert len(counts) == 21
    # 2000 are expected of each, with a standard deviation below 45.
    assert np.all(np.abs(counts - 2000) < 5 * 45)


def test_the_seed_says_what_is_drawn():
    buffer, _ = filled()
    first, again, other = (
        buffer.sample(2, 50, 2, seed).observation.numpy()
        for seed in [(1, 2), (1, 2), (1, 3)]
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any() and (first[0] != first[1]).any()


def test_frames_that_do_not_follow_on_the_newest():
    buffer, frames = filled(num_steps=6)
    buffer.end_episodes()
    buffer.add_frames(stream(3, 2, first=100))
    kept = buffer.gather_all()
    assert np.all(kept.step_type[:, 5] == StepType.LAST)
    np.testing.assert_array_equal(kept.step_type[:, :5], frames.step_type[:, :5])
    np.testing.assert_array_equal(kept.observation[:, :6], frames.observation)
    np.testing.assert_array_equal(kept.reward[:, :6], frames.reward)


def test_ending_episodes_of_an_empty_buffer():
    buffer = UniformReplayBuffer(SPEC, 3, 24)
    buffer.end_episodes()
    assert int(buffer.num_frames()) == 0


def test_state():
    buffer, frames = filled(num_steps=20)
    other = UniformReplayBuffer(SPEC, 3, 24)
    other.load_state(buffer.state())
    for each in (buffer, other):
        each.add_frames(stream(3, 3, first=20))
    tf.nest.map_structure(
        np.testing.assert_array_equal, buffer.gather_all(), other.gather_all()
    )
    np.testing.assert_array_equal(
        buffer.sample(1, 9, 2, (1, 1)).reward, other.sample(1, 9, 2, (1, 1)).reward
    )


def test_state_of_an_empty_buffer():
    other, _ = filled()
    other.load_state(UniformReplayBuffer(SPEC, 3, 24).state())
    assert int(other.num_frames()) == 0


def test_capacity_is_rounded_up_to_rows_and_holds_two():
    assert UniformReplayBuffer(SPEC, 3, 10).capacity == 12
    with pytest.raises(ValueError, match="capacity=3"):
        UniformReplayBuffer(SPEC, 3, 3)


class TestInterfaceOfTFAgents:
    """What code that is written for TF-Agents' buffers does with one."""

    def test_a_frame_of_each_environment_at_a_time(self):
        buffer = UniformReplayBuffer(SPEC, 3, 24)
        frames = stream(3, 5)
        for time in range(5):
            buffer.add_batch(tf.nest.map_structure(lambda x, t=time: x[:, t], frames))
        tf.nest.map_structure(
            np.testing.assert_array_equal, buffer.gather_all(), frames
        )

    @pytest.mark.parametrize(
        ("batch_size", "num_steps", "shape"),
        [(None, None, ()), (5, None, (5,)), (None, 2, (2,)), (5, 2, (5, 2))],
    )
    def test_get_next(self, batch_size, num_steps, shape):
        buffer, _ = filled()
        frames, _ = buffer.get_next(batch_size, num_steps)
        assert frames.reward.shape == shape and frames.observation.shape == (*shape, 2)
        draws = {float(buffer.get_next(1, 1)[0].reward[0, 0]) for _ in range(20)}
        assert len(draws) > 5

    def test_get_next_step_by_step(self):
        buffer, _ = filled()
        (first, second), _ = buffer.get_next(5, 2, time_stacked=False)
        environment, time = environments_and_times(first.observation)
        np.testing.assert_array_equal(
            environments_and_times(second.observation), [environment, time + 1]
        )

    def test_get_next_of_too_few_frames(self):
        buffer, _ = filled(num_steps=4)
        with pytest.raises(tf.errors.InvalidArgumentError, match="too few frames"):
            buffer.get_next(2, 5)

    def test_as_dataset(self):
        buffer, _ = filled()
        dataset = buffer.as_dataset(sample_batch_size=6, num_steps=2)
        batches = [frames for frames, _ in dataset.take(3)]
        assert all(frames.reward.shape == (6, 2) for frames in batches)
        assert (batches[0].reward.numpy() != batches[1].reward.numpy()).any()

    def test_a_single_pass(self):
        buffer, frames = filled()
        dataset = buffer.as_dataset(4, 2, single_deterministic_pass=True)
        runs = [run for run, _ in dataset]
        seen = np.concatenate([run.observation for run in runs])
        assert seen.shape == (12, 2, 2)
        expected = frames.observation[:, -8:].numpy().reshape(12, 2, 2)
        np.testing.assert_array_equal(seen, expected)
        one_by_one = buffer.as_dataset(single_deterministic_pass=True)
        assert len([frame for frame, _ in one_by_one]) == 24

    def test_clear(self):
        buffer, _ = filled()
        buffer.clear()
        assert int(buffer.num_frames()) == 0

    def test_a_driver_of_tf_agents_fills_it(self):
        from keras_rlgen.agents.environments import TensorTFEnvironment
        from keras_rlgen.environments import CartPole

        environment = TensorTFEnvironment(CartPole(), num_environments=2)
        policy = tf_agents.policies.random_tf_policy.RandomTFPolicy(
            environment.time_step_spec(), environment.action_spec()
        )
        buffer = UniformReplayBuffer(policy.trajectory_spec, 2, 100)
        driver = tf_agents.drivers.dynamic_step_driver.DynamicStepDriver(
            environment, policy, [buffer.add_batch], num_steps=20
        )
        driver.run()
        assert int(buffer.num_frames()) >= 20


@pytest.mark.parametrize("rows_added", [-1, 3, 10**12, 2.5])
def test_a_count_of_rows_that_is_not_that_of_the_frames(rows_added):
    buffer, _ = filled(num_steps=4)
    state = {**buffer.state(), "rows_added": np.array(rows_added)}
    if rows_added == 10**12:
        state["rows_added"] = np.array(10**12)
    with pytest.raises(ValueError, match="as many as `rows_added` says"):
        UniformReplayBuffer(SPEC, 3, 24).load_state(state)
