import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents.loop.checked_frames import checked_frames, without_last
from tests.agents.frames import SPEC, stream


def test_arrays_become_tensors_of_the_spec():
    frames = stream(num_environments=2, num_steps=5)
    checked = checked_frames(frames, SPEC, 2)
    assert all(tf.is_tensor(x) for x in tf.nest.flatten(checked))
    assert checked.observation.dtype == tf.float32
    np.testing.assert_array_equal(checked.step_type, frames.step_type)


def test_the_last_frame_says_what_followed():
    frames = checked_frames(stream(num_environments=2, num_steps=5), SPEC, 2)
    rest, following = without_last(frames)
    np.testing.assert_array_equal(rest.reward, frames.reward[:, :4])
    np.testing.assert_array_equal(following, frames.observation[:, 4])


@pytest.mark.parametrize(
    "num_environments, num_steps, message",
    [(3, 5, "num_environments, T"), (2, 1, "at least two frames")],
)
def test_other_shapes(num_environments, num_steps, message):
    with pytest.raises(ValueError, match=message):
        checked_frames(stream(2, num_steps), SPEC, num_environments)
