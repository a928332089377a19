import doctest
import importlib

import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.experience import ArraySpec, Experience

LENGTHS, TERMINATED = [3, 1, 4], [True, False, False]


def make_experience(lengths=LENGTHS, terminated=TERMINATED, seed=0):
    """Returns episodes whose first observation counts the rows, and random rest."""
    random = np.random.default_rng(seed)
    steps, rows = sum(lengths), sum(lengths) + len(lengths)
    return Experience(
        observations={
            "row": np.arange(rows, dtype="int64"),
            "rest": (random.normal(size=(rows, 2, 3)), random.normal(size=(rows, 1))),
        },
        actions=(random.integers(0, 3, steps), random.uniform(-1, 1, (steps, 2))),
        rewards=random.normal(size=steps),
        lengths=lengths,
        terminated=terminated,
    )


def slow_transitions(experience):
    """Yields one step after the other: row before, step, row after, terminated."""
    row = step = 0
    for length, ends in zip(experience.lengths, experience.terminated, strict=True):
        for place in range(length):
            yield (
                row + place,
                step + place,
                row + place + 1,
                ends and (place == length - 1),
            )
        row, step = row + length + 1, step + length


def assert_equal(first, second):
    tf.nest.assert_same_structure(first, second)
    for a, b in zip(tf.nest.flatten(first), tf.nest.flatten(second), strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    "module",
    [
        "array_spec",
        "columns",
        "episode_steps",
        "experience",
        "from_frames",
        "windows",
    ],
)
def test_examples_run(module):
    module = importlib.import_module(f"keras_rlgen.experience.{module}")
    assert doctest.testmod(module, extraglobs={"np": np, "tf": tf}).failed == 0


def test_sizes_and_returns():
    experience = make_experience()
    assert len(experience) == 8 and experience.num_episodes == 3
    np.testing.assert_array_equal(experience.lengths, LENGTHS)
    rewards = experience.rewards.astype("float64")
    expected = [rewards[:3].sum(), rewards[3], rewards[4:].sum()]
    np.testing.assert_allclose(experience.returns, expected)
    assert experience.mean_return == pytest.approx(np.mean(expected))
    assert "steps=8, episodes=3" in repr(experience)


def test_columns_are_neither_copied_nor_written_to():
    observations = np.zeros((4, 2), "float32")
    experience = Experience(observations, np.zeros(3), np.zeros(3), [3], [True])
    assert np.shares_memory(experience.observations, observations)
    with pytest.raises(ValueError, match="read-only"):
        experience.observations[0] = 1.0
    observations[0] = 1.0  # The caller's own array stays as it was.


def test_float64_becomes_float32_and_other_dtypes_stay():
    experience = make_experience()
    assert experience.observations["rest"][0].dtype == "float32"
    assert experience.observations["row"].dtype == "int64"
    assert experience.rewards.dtype == "float32"
    assert experience.terminated.dtype == bool


def test_transitions_agree_with_a_loop():
    experience = make_experience()
    transitions = experience.transitions()
    before, steps, after, ends = zip(*slow_transitions(experience), strict=True)
    assert_equal(transitions.observation["row"], np.array(before))
    assert_equal(transitions.next_observation["row"], np.array(after))
    assert_equal(transitions.action[1], experience.actions[1][list(steps)])
    assert_equal(transitions.terminated, np.array(ends))
    assert transitions.terminated.sum() == 1  # Truncation is no end.


@pytest.mark.parametrize("indices", [1, [2, 0], slice(1, None), [True, False, True]])
def test_episodes(indices):
    experience = make_experience()
    chosen = experience.episodes(indices)
    expected = np.atleast_1d(np.arange(3)[indices])
    row_starts = np.array([0, 4, 6])
    rows = np.concatenate(
        [np.arange(row_starts[e], row_starts[e] + LENGTHS[e] + 1) for e in expected]
    )
    np.testing.assert_array_equal(chosen.observations["row"], rows)
    np.testing.assert_array_equal(chosen.lengths, np.array(LENGTHS)[expected])
    np.testing.assert_array_equal(chosen.terminated, np.array(TERMINATED)[expected])
    np.testing.assert_allclose(chosen.returns, experience.returns[expected])


@pytest.mark.parametrize("indices", [7, [], "all"])
def test_episodes_that_are_not_there(indices):
    with pytest.raises(ValueError, match="of the 3 episodes"):
        make_experience().episodes(indices)


def test_split_is_by_episode():
    experience = make_experience([2] * 10, [True] * 10)
    train, held_out = experience.split(0.8, seed=1)
    assert (train.num_episodes, held_out.num_episodes) == (8, 2)
    firsts = [set(part.observations["row"][::3]) for part in (train, held_out)]
    assert not firsts[0] & firsts[1] and len(firsts[0] | firsts[1]) == 10
    again = experience.split(0.8, seed=1)[1]
    assert_equal(held_out.observations, again.observations)
    assert not np.array_equal(firsts[1], experience.split(0.8, seed=2)[1].observations)


@pytest.mark.parametrize("fraction", [0.01, 0.99])
def test_both_parts_of_a_split_have_an_episode(fraction):
    parts = make_experience().split(fraction, seed=0)
    assert min(part.num_episodes for part in parts) == 1


@pytest.mark.parametrize("fraction", [0.0, 1.0, 2.0])
def test_split_refuses_fractions(fraction):
    with pytest.raises(ValueError, match="Expected `fraction` in"):
        make_experience().split(fraction)


def test_split_refuses_one_episode():
    with pytest.raises(ValueError, match="at least two episodes"):
        make_experience([5], [True]).split(0.5)


def test_subsample_keeps_single_steps():
    experience = make_experience([9, 10], [True, False])
    kept = experience.subsample(4, seed=0)
    np.testing.assert_array_equal(kept.lengths, 1)
    transitions, all_transitions = kept.transitions(), experience.transitions()
    index = np.searchsorted(
        all_transitions.observation["row"], transitions.observation["row"]
    )
    episode = (index >= 9).astype(int)
    for number, length in enumerate([9, 10]):
        places = index[episode == number] - 9 * number
        assert places[0] < 4
        np.testing.assert_array_equal(places, np.arange(places[0], length, 4))
    for taken, whole in zip(
        tf.nest.flatten(transitions), tf.nest.flatten(all_transitions), strict=True
    ):
        np.testing.assert_array_equal(taken, whole[index])


def test_subsample_of_each_step_keeps_all():
    experience = make_experience()
    assert_equal(experience.subsample(1).transitions(), experience.transitions())


def test_subsample_refuses():
    with pytest.raises(ValueError, match="`every` of at least 1"):
        make_experience().subsample(0)
    with pytest.raises(ValueError, match="smaller `every`"):
        make_experience().subsample(10**9, seed=0)


def test_windows_stay_within_episodes():
    experience = make_experience()
    windows = experience.windows(2)
    starts = [0, 1, 6, 7, 8]
    expected = np.array(starts)[:, None] + np.arange(3)
    np.testing.assert_array_equal(windows.observation["row"], expected)
    assert windows.observation["rest"][0].shape == (5, 3, 2, 3)
    assert windows.action[1].shape == (5, 2, 2) and windows.reward.shape == (5, 2)
    np.testing.assert_array_equal(
        windows.terminated, [[False, False], [False, True], *[[False, False]] * 3]
    )
    steps = np.array([0, 1, 4, 5, 6])[:, None] + np.arange(2)
    np.testing.assert_array_equal(windows.reward, experience.rewards[steps])


def test_windows_with_a_stride():
    windows = make_experience().windows(2, stride=2)
    np.testing.assert_array_equal(windows.observation["row"][:, 0], [0, 6, 8])


@pytest.mark.parametrize("length, stride", [(0, 1), (1, 0)])
def test_windows_refuse_sizes(length, stride):
    with pytest.raises(ValueError, match="at least 1"):
        make_experience().windows(length, stride)


def test_windows_refuse_what_is_longer_than_all_episodes():
    with pytest.raises(ValueError, match="at most 4. Choose a smaller"):
        make_experience().windows(5)


def test_concatenate():
    experience = make_experience()
    parts = [experience.episodes(index) for index in range(3)]
    assert_equal(Experience.concatenate(parts)._columns(), experience._columns())
    with pytest.raises(ValueError, match="Received: none"):
        Experience.concatenate([])
    other = Experience(np.zeros((2, 5)), np.zeros(1), np.zeros(1), [1], [True])
    with pytest.raises(ValueError, match="of the same structure"):
        Experience.concatenate([experience, other])
    with pytest.raises(TypeError, match="Received one of type int"):
        Experience.concatenate([experience, 1])


def test_flags_between_true_and_false():
    with pytest.raises(ValueError, match="`terminated` to be true or false"):
        Experience.from_arrays(
            np.zeros((2, 1)),
            np.zeros(1),
            np.zeros(1),
            terminated=np.array([0.5]),
            truncated=np.array([False]),
        )


def test_save_and_load(tmp_path):
    experience = make_experience()
    path = tmp_path / "folder" / "experience.npz"
    experience.save(path)
    loaded = Experience.load(path)
    assert_equal(loaded._columns(), experience._columns())
    assert isinstance(loaded.observations["rest"], tuple)


def test_check():
    experience = make_experience()
    observation_spec = {
        "row": ArraySpec((), "int32", 0, 100),
        "rest": (tf.TensorSpec((2, 3)), tf.TensorSpec((1,))),
    }
    action_spec = ArraySpec((), "int32", 0, 2), ArraySpec((2,), "float32", -1.0, 1.0)
    experience.check(observation_spec, action_spec)
    with pytest.raises(ValueError, match=r"`actions\[0\]` from 0 to 1"):
        wrong = ArraySpec((), "int32", 0, 1)
        experience.check(observation_spec, (wrong, action_spec[1]))


@pytest.mark.parametrize(
    "change, message",
    [
        ({"lengths": [], "terminated": []}, "at least one integer"),
        ({"lengths": [3, 0, 5]}, "each at least 1"),
        ({"lengths": [3.0, 1.0, 4.0]}, "at least one integer"),
        ({"lengths": [3, 1, 5]}, "'rewards': 9}. Received: .*'rewards': 8"),
        ({"lengths": [2**62, 2**62, 2**62]}, "numbers of rows"),
        ({"terminated": [True, False]}, "each of the 3 episodes"),
        ({"rewards": np.zeros((8, 1))}, r"rewards of shape \(8, 1\)"),
        ({"rewards": [0.0] * 7 + [np.nan]}, "the first of them row 7, with nan"),
        ({"actions": np.zeros(7)}, "'actions': 7"),
        ({"actions": ()}, "to hold an array"),
        ({"observations": np.full((11, 2), 1e300)}, "NaN or infinity"),
        ({"observations": np.array(["a"] * 11)}, "array of numbers"),
        ({"observations": {"a": np.zeros(11), "b": np.zeros(8)}}, "as many rows"),
        ({"observations": [[1.0], [1.0, 2.0]]}, "rows of different shapes"),
    ],
)
def test_errors_of_the_constructor(change, message):
    columns = make_experience()._columns()
    with pytest.raises(ValueError, match=message):
        Experience(**{**columns, **change})
