import numpy as np

from keras_rlgen.experience import from_frames
from tests.experience.test_experience import assert_equal, make_experience


def test_frames_of_two_episodes():
    experience = make_experience([2, 1], [True, False])
    frames = experience.frames()
    np.testing.assert_array_equal(frames["observation"]["row"], np.arange(5))
    np.testing.assert_array_equal(frames["step_type"], [0, 1, 2, 0, 2])
    np.testing.assert_array_equal(frames["next_step_type"], [1, 2, 0, 2, 0])
    np.testing.assert_array_equal(frames["discount"], [1, 0, 1, 1, 1])
    np.testing.assert_array_equal(
        frames["reward"], [*experience.rewards[:2], 0, experience.rewards[2], 0]
    )
    np.testing.assert_array_equal(
        frames["action"][0], experience.actions[0][[0, 1, 1, 2, 2]]
    )
    assert frames["reward"].dtype == frames["discount"].dtype == "float32"
    assert frames["step_type"].dtype == frames["next_step_type"].dtype == "int32"


def test_from_frames_is_the_inverse():
    experience = make_experience()
    frames = experience.frames()
    batch = {
        key: frames[key][None] for key in frames if key not in ("observation", "action")
    }
    again = from_frames(
        observation={
            "row": frames["observation"]["row"][None],
            "rest": tuple(x[None] for x in frames["observation"]["rest"]),
        },
        action=tuple(x[None] for x in frames["action"]),
        last_observation={
            "row": np.zeros(1, "int64"),
            "rest": (np.zeros((1, 2, 3), "float32"), np.zeros((1, 1), "float32")),
        },
        **batch,
    )
    assert_equal(again._columns(), experience._columns())
