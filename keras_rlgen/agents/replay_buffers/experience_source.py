import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents
from keras_rlgen.experience import Experience
from keras_rlgen.identifiers import with_objects
from keras_rlgen.replay.frame_table import FrameTable
from keras_rlgen.training.stateless_random import integers

tf_agents = import_tf_agents()
StepType = tf_agents.trajectories.StepType


@keras.saving.register_keras_serializable("keras_rlgen")
class ExperienceSource:
    """Recorded episodes as a source of replay, held in tensors.

    Sequences start at environment steps, sampled uniformly. A sequence that starts near
    the end of an episode continues in the next one, as in a replay buffer, or, after
    the last episode, repeats its last frame; agents learn from no step beyond an end.

    Args:
        specs: `EnvironmentSpecs` of the agent.
        num_frames: Integer, number of frames of all episodes: steps and last
            observations.
        num_steps: Integer, number of environment steps among them.

    Attributes:
        is_empty: Whether the frames are missing, as after loading an agent that was
            saved without its experience.
    """

    def __init__(self, specs, num_frames, num_steps):
        self.specs = specs
        self._table = FrameTable(frame_spec(specs), num_frames)
        self._starts = tf.Variable(
            tf.zeros((num_steps,), tf.int64), trainable=False, dtype=tf.int64
        )
        self._num_frames = num_frames
        self.is_empty = True

    @classmethod
    def from_experience(cls, experience, specs):
        """Makes a source from an `Experience`.

        Args:
            experience: `keras_rlgen.experience.Experience`.
            specs: `EnvironmentSpecs` of the agent.

        Raises:
            ValueError: If the experience does not fit the specs.
        """
        frames = experience_frames(experience, specs)
        num_frames = len(frames.step_type)
        source = cls(specs, num_frames, len(experience))
        source._table.write(tf.range(num_frames), frames)
        source._starts.assign(np.flatnonzero(frames.step_type != StepType.LAST))
        source.is_empty = False
        return source

    def sample(self, num_batches, batch_size, run_length, seed):
        """Samples sequences of frames, with replacement.

        Args:
            num_batches: Integer.
            batch_size: Integer.
            run_length: Integer, frames in a sequence.
            seed: Int32 tensor `(2,)` of numbers >= 0.

        Returns:
            `Trajectory` of tensors `(num_batches, batch_size, run_length, ...)`.
        """
        shape = num_batches, batch_size, 1
        choice = integers(shape, seed, self._starts.shape[0])
        places = tf.gather(self._starts, choice) + tf.range(run_length, dtype=tf.int64)
        return self._table.read(tf.minimum(places, self._num_frames - 1))

    def state(self):
        """Returns the stored frames, a dict from names to NumPy arrays."""
        return {**self._table.state(self._num_frames), "starts": self._starts.numpy()}

    def load_state(self, state):
        """Loads what `state` of a source of this size returned.

        Args:
            state: Mapping from those names to arrays.

        Raises:
            ValueError: If the frames have another spec, or are too many.
        """
        self._table.load_state(state)
        self._starts.assign(state["starts"])
        self.is_empty = False

    def get_config(self):
        return {
            "specs": keras.saving.serialize_keras_object(self.specs),
            "num_frames": self._num_frames,
            "num_steps": self._starts.shape[0],
        }

    @classmethod
    def from_config(cls, config):
        return cls(**with_objects(config, "specs"))


def frame_spec(specs):
    """Returns the spec of a frame without `policy_info`.

    Args:
        specs: `EnvironmentSpecs`.

    Returns:
        `Trajectory` of `TensorSpec`.
    """
    step_type, reward, discount, observation = specs.time_step
    return tf_agents.trajectories.Trajectory(
        step_type=step_type,
        observation=observation,
        action=specs.action,
        policy_info=(),
        next_step_type=step_type,
        reward=reward,
        discount=discount,
    )


def experience_frames(experience, specs):
    """Returns recorded episodes as one stream of frames.

    Args:
        experience: `keras_rlgen.experience.Experience`.
        specs: `EnvironmentSpecs` of the agent.

    Returns:
        `Trajectory` of NumPy arrays `(frames, ...)` with the dtypes of the specs: for
        each episode its steps, then its last observation.

    Raises:
        TypeError: If it is no `Experience`.
        ValueError: If the experience does not fit the specs.
    """
    if not isinstance(experience, Experience):
        raise TypeError(
            "Expected an `Experience`, such as `Experience.load(path)` or "
            f"`Experience.from_arrays(...)`. Received: {experience!r} of type "
            f"{type(experience).__name__}"
        )
    experience.check(specs.observation, specs.action)
    frames = tf_agents.trajectories.Trajectory(policy_info=(), **experience.frames())
    return tf.nest.map_structure(
        lambda spec, x: np.asarray(x, spec.dtype.as_numpy_dtype),
        frame_spec(specs),
        frames,
    )
