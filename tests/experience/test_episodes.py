import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.experience import Experience
from tests.experience.test_experience import assert_equal, make_experience


def as_episodes(experience):
    row = step = 0
    for length, terminated in zip(
        experience.lengths, experience.terminated, strict=True
    ):
        observations = experience.observations
        rest = tuple(x[row : row + length + 1] for x in observations["rest"])
        yield {
            "observations": {
                "row": observations["row"][row : row + length + 1],
                "rest": rest,
            },
            "actions": tuple(x[step : step + length] for x in experience.actions),
            "rewards": experience.rewards[step : step + length],
            "terminated": terminated,
        }
        row, step = row + length + 1, step + length


def flat_arrays(experience):
    transitions = experience.transitions()
    truncated = np.zeros(len(experience), bool)
    truncated[np.cumsum(experience.lengths) - 1] = ~experience.terminated
    return {
        "observations": transitions.observation,
        "actions": transitions.action,
        "rewards": transitions.reward,
        "terminated": transitions.terminated,
        "truncated": truncated,
        "next_observations": transitions.next_observation,
    }


def test_from_episodes():
    experience = make_experience()
    again = Experience.from_episodes(as_episodes(experience))
    assert_equal(again._columns(), experience._columns())


def test_from_episodes_with_flags_of_each_step():
    episode = {
        "observations": np.zeros((4, 1)),
        "actions": np.zeros(3, int),
        "rewards": [1, 2, 3],
        "terminated": [False, False, True],
        "truncated": [False, False, False],
    }
    experience = Experience.from_episodes([episode, {**episode, "terminated": False}])
    np.testing.assert_array_equal(experience.terminated, [True, False])
    assert experience.mean_return == 6.0


@pytest.mark.parametrize(
    "change, message",
    [
        ({"observations": np.zeros((3, 1))}, r"T \+ 1 observations"),
        ({"actions": np.zeros(4)}, "4 actions"),
        ({"rewards": np.zeros((3, 1))}, r"rewards of shape \(3, 1\)"),
        ({"terminated": [True, False, False]}, r"true at \[0\]"),
        ({"truncated": [True, False]}, r"Received: shape \(2,\)"),
        ({"infos": {}}, "Expected `episodes.0.` to have the keys"),
    ],
)
def test_errors_of_from_episodes(change, message):
    episode = {
        "observations": np.zeros((4, 1)),
        "actions": np.zeros(3),
        "rewards": np.zeros(3),
        "terminated": True,
    }
    with pytest.raises(ValueError, match=message):
        Experience.from_episodes([{**episode, **change}])


def test_from_episodes_without_any():
    with pytest.raises(ValueError, match="Received: none"):
        Experience.from_episodes([])


def test_from_episodes_of_different_shapes():
    episode = {
        "observations": np.zeros((2, 1)),
        "actions": np.zeros(1),
        "rewards": np.zeros(1),
        "terminated": True,
    }
    other = {**episode, "observations": np.zeros((2, 3))}
    with pytest.raises(ValueError, match=r"at 1, float32 \(3,\)"):
        Experience.from_episodes([episode, other])


def test_from_arrays_with_next_observations():
    experience = make_experience()
    again = Experience.from_arrays(**flat_arrays(experience))
    assert_equal(again._columns(), experience._columns())


def test_from_arrays_with_the_last_observations_in_between():
    experience = make_experience()
    arrays = flat_arrays(experience)
    arrays |= {"observations": experience.observations, "next_observations": None}
    again = Experience.from_arrays(**arrays)
    assert_equal(again._columns(), experience._columns())


def test_the_last_episode_is_cut_where_the_arrays_end():
    arrays = flat_arrays(make_experience([2, 2], [True, False]))
    arrays["truncated"] = np.zeros(4, bool)
    experience = Experience.from_arrays(**arrays)
    np.testing.assert_array_equal(experience.lengths, [2, 2])
    np.testing.assert_array_equal(experience.terminated, [True, False])


def test_steps_that_do_not_follow_on_each_other():
    arrays = flat_arrays(make_experience())
    order = np.random.default_rng(0).permutation(8)
    arrays = tf.nest.map_structure(lambda x: x[order], arrays)
    with pytest.raises(ValueError, match="they differ at step"):
        Experience.from_arrays(**arrays)
    arrays["truncated"] = ~arrays["terminated"]
    experience = Experience.from_arrays(**arrays)
    assert experience.num_episodes == 8
    assert_equal(experience.transitions().next_observation, arrays["next_observations"])


@pytest.mark.parametrize(
    "change, message",
    [
        ({"next_observations": None}, "Expected 11 rows .* Received: 8 rows"),
        ({"terminated": np.zeros(7, bool)}, r"`terminated` of shape \(8,\)"),
        ({"truncated": np.zeros((8, 1), bool)}, r"`truncated` of shape \(8,\)"),
        ({"next_observations": np.zeros(8)}, "structure, shapes and dtypes"),
        ({"next_observations": np.zeros(7)}, "'next_observations': 7"),
        ({"rewards": [], "terminated": [], "truncated": []}, "at least one"),
    ],
)
def test_errors_of_from_arrays(change, message):
    with pytest.raises(ValueError, match=message):
        Experience.from_arrays(**{**flat_arrays(make_experience()), **change})
