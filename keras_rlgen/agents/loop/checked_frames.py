import tensorflow as tf


def checked_frames(frames, spec, num_environments):
    """Validates frames from a user, and returns them as tensors.

    Args:
        frames: `Trajectory` of tensors or arrays `(num_environments, T, ...)`, `T` at
            least 2.
        spec: `Trajectory` of `TensorSpec`: one frame.
        num_environments: Integer.

    Raises:
        ValueError: If their structure, a shape or a dtype does not fit.
    """
    try:
        tf.nest.assert_same_structure(frames, spec)
        frames = tf.nest.map_structure(
            lambda s, x: tf.convert_to_tensor(x, s.dtype), spec, frames
        )
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"Expected frames of the structure and dtypes {spec}. Received: {error}"
        ) from error
    length = frames.step_type.shape[1:2]
    for s, x in zip(tf.nest.flatten(spec), tf.nest.flatten(frames), strict=True):
        expected = tf.TensorShape([num_environments]) + length + s.shape
        if x.shape.rank != 2 + s.shape.rank or not x.shape.is_compatible_with(expected):
            raise ValueError(
                f"Expected '{s.name}' of shape (num_environments, T, ...) = "
                f"{tuple(expected)}. Received: {tuple(x.shape)}"
            )
    if not length or length[0] < 2:
        raise ValueError(
            "Expected at least two frames of each environment. Received: shape "
            f"{tuple(frames.step_type.shape)}"
        )
    return frames


def without_last(frames):
    """Returns frames without the last of each environment, and its observation.

    Args:
        frames: `Trajectory` of tensors `(num_environments, T, ...)`.

    Returns:
        A pair: `Trajectory` of tensors `(num_environments, T - 1, ...)`; and a nest of
        tensors `(num_environments, ...)`, what followed them.
    """
    return (
        tf.nest.map_structure(lambda x: x[:, :-1], frames),
        tf.nest.map_structure(lambda x: x[:, -1], frames.observation),
    )
