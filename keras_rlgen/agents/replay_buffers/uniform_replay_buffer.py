import numpy as np
import tensorflow as tf

from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents
from keras_rlgen.replay.frame_table import FrameTable
from keras_rlgen.training.random_streams import stream_seed
from keras_rlgen.training.stateless_random import integers

tf_agents = import_tf_agents()
StepType = tf_agents.trajectories.StepType


class UniformReplayBuffer(tf_agents.replay_buffers.replay_buffer.ReplayBuffer):
    """Replay buffer with the newest frames of several environments.

    It is a ring of rows, each with one frame of every environment. An observation is
    stored once, in its own dtype, as the outcome of one step and the start of the next.
    It samples uniformly sequences of consecutive frames of one environment, which never
    cross from the newest row to the oldest.

    Adding and sampling are graph operations. Use them outside XLA, where they work in
    place; XLA would copy the whole buffer each time.

    Args:
        data_spec: Nest of `TensorSpec`: one frame, such as an agent's
            `collect_data_spec`.
        num_environments: Integer, the number `N` of environments.
        capacity: Integer, the number of frames of all environments together. Rounded up
            to whole rows.
        seed: Integer, for `get_next` and `as_dataset`.

    Raises:
        ValueError: If there is room for less than two rows.

    Example:

    ```python
    buffer = UniformReplayBuffer(agent.collect_data_spec, 8, capacity=100_000)
    buffer.add_frames(frames)  # tensors (8, T, ...)
    batches = buffer.sample(num_batches=4, batch_size=64, num_steps=2, seed=(0, 1))
    # tensors (4, 64, 2, ...)
    ```
    """

    def __init__(self, data_spec, num_environments, capacity, seed=0):
        num_rows = -(-capacity // num_environments)
        if num_rows < 2:
            raise ValueError(
                f"Expected `capacity` for at least two frames of each of "
                f"{num_environments} environments. Received: capacity={capacity}"
            )
        super().__init__(data_spec, num_rows * num_environments, stateful_dataset=True)
        self._num_environments, self._num_rows = num_environments, num_rows
        self._seed = seed
        self._table = FrameTable(data_spec, self._capacity)
        self._rows_added = tf.Variable(0, trainable=False, dtype=tf.int64)
        self._draws = tf.Variable(0, trainable=False, dtype=tf.int64)

    def add_frames(self, frames):
        """Adds consecutive frames of each environment.

        Args:
            frames: Nest of the spec, of tensors `(N, T, ...)`, with `T` no greater
                than the number of rows.
        """
        num_steps = tf.shape(tf.nest.flatten(frames)[0], tf.int64)[1]
        rows = self._rows_added + tf.range(num_steps)
        frames = tf.nest.map_structure(
            lambda x: tf.reshape(x, (-1, *x.shape[2:])), frames
        )
        self._table.write(tf.reshape(self._places(rows), [-1]), frames)
        self._rows_added.assign_add(num_steps)

    def rows_of(self, num_frames):
        """Returns the number of rows that a stream of frames needs, and of all rows."""
        return -(-num_frames // self._num_environments), self._num_rows

    def add_stream(self, frames):
        """Adds one stream of frames, such as recorded episodes.

        It is divided into one part for each environment; the last frame of a part ends
        an episode, and pads the part to the common length.

        Args:
            frames: `Trajectory` of NumPy arrays `(frames, ...)`.
        """
        rows, _ = self.rows_of(len(frames.step_type))
        places = np.arange(self._num_environments * rows)
        places = np.minimum(places, len(frames.step_type) - 1)
        frames = tf.nest.map_structure(
            lambda x: x[places].reshape(self._num_environments, rows, *x.shape[1:]),
            frames,
        )
        frames.step_type[:, -1] = StepType.LAST
        self.add_frames(tf.nest.map_structure(tf.convert_to_tensor, frames))

    def _places(self, rows):
        """Returns the places of the frames of rows, for each environment."""
        environments = tf.range(self._num_environments, dtype=tf.int64)
        rows = rows % self._num_rows * self._num_environments
        return rows + environments[:, tf.newaxis]

    def _rows_held(self):
        return tf.minimum(self._rows_added, self._num_rows)

    def sample(self, num_batches, batch_size, num_steps, seed):
        """Samples sequences of frames uniformly, with replacement.

        Args:
            num_batches: Integer.
            batch_size: Integer.
            num_steps: Integer, frames in a sequence. The buffer must hold as many rows.
            seed: Int32 tensor `(2,)` of numbers >= 0.

        Returns:
            Nest of the spec, of tensors `(num_batches, batch_size, num_steps, ...)`.
        """
        num_starts = tf.cast(self._rows_held() - num_steps + 1, tf.int32)
        count = tf.maximum(num_starts, 1) * self._num_environments
        draws = tf.cast(integers((num_batches, batch_size, 1), seed, count), tf.int64)
        oldest = self._rows_added - self._rows_held()
        rows = (
            oldest
            + draws // self._num_environments
            + tf.range(num_steps, dtype=tf.int64)
        )
        environment = draws % self._num_environments
        places = rows % self._num_rows * self._num_environments + environment
        return self._table.read(places)

    def end_episodes(self):
        """Makes the newest frame of each environment the last of its episode.

        Call it where the next frames do not continue the newest.
        """
        places = tf.squeeze(
            self._places(tf.maximum(self._rows_added, 1)[tf.newaxis] - 1), 1
        )
        frames = self._table.read(places)
        last = tf.fill((self._num_environments,), StepType.LAST)
        self._table.write(places, frames._replace(step_type=last))

    def state(self):
        """Returns the stored frames, without the free places.

        Returns:
            Dict from names to NumPy arrays.
        """
        table = self._table.state(int(self._num_frames()))
        return {**table, "rows_added": self._rows_added.numpy()}

    def load_state(self, state):
        """Loads what `state` of a buffer of this spec and size returned.

        Args:
            state: Mapping from those names to arrays.

        Raises:
            ValueError: If the frames have another spec, or are too many.
        """
        rows_added = np.asarray(state.get("rows_added", -1))
        held = [
            len(x)
            for name, x in state.items()
            if name.startswith("rows_") and (name != "rows_added")
        ]
        whole = rows_added.shape == () and rows_added.dtype.kind in "iu"
        expected = (
            self._num_environments * min(int(rows_added), self._num_rows)
            if (whole)
            else None
        )
        if not whole or rows_added < 0 or any(count != expected for count in held):
            raise ValueError(
                "Expected stored frames as many as `rows_added` says: a row for each "
                f"step of {self._num_environments} environments, up to "
                f"{self._num_rows} rows. Received: rows_added={rows_added}, and "
                f"{held} frames. The file is damaged, or that of another agent."
            )
        self._table.load_state(state)
        self._rows_added.assign(int(rows_added))

    def _num_frames(self):
        return self._rows_held() * self._num_environments

    def _add_batch(self, items):
        self.add_frames(tf.nest.map_structure(lambda x: tf.expand_dims(x, 1), items))

    def _get_next(self, sample_batch_size, num_steps, time_stacked):
        run_length = num_steps or 1
        tf.debugging.assert_greater_equal(
            self._rows_held(),
            tf.cast(run_length, tf.int64),
            message="The replay buffer holds too few frames. Add some first.",
        )
        seed = stream_seed(self._seed, "get_next", self._draws.assign_add(1))
        sequences = self.sample(1, sample_batch_size or 1, run_length, seed)
        sequences = tf.nest.map_structure(lambda x: tf.squeeze(x, 0), sequences)
        if num_steps is None:
            sequences = tf.nest.map_structure(lambda x: tf.squeeze(x, 1), sequences)
        elif not time_stacked:
            sequences = tuple(
                tf.nest.map_structure(lambda x, t=t: x[:, t], sequences)
                for t in range(num_steps)
            )
        if sample_batch_size is None:
            sequences = tf.nest.map_structure(lambda x: tf.squeeze(x, 0), sequences)
        return sequences, ()

    def _as_dataset(
        self, sample_batch_size, num_steps, sequence_preprocess_fn, num_parallel_calls
    ):
        dataset = tf.data.Dataset.counter().map(
            lambda _: self._get_next(sample_batch_size, num_steps, True),
            num_parallel_calls=num_parallel_calls,
        )
        return _preprocessed(dataset, sequence_preprocess_fn)

    def _single_deterministic_pass_dataset(
        self, sample_batch_size, num_steps, sequence_preprocess_fn, num_parallel_calls
    ):
        run_length = num_steps or 1

        def sequences(frames):
            count = tf.shape(frames)[1] // run_length
            shape = (-1, run_length, *frames.shape[2:])
            frames = tf.reshape(frames[:, : count * run_length], shape)
            return frames if num_steps else tf.squeeze(frames, 1)

        frames = tf.nest.map_structure(sequences, self._gather_all())
        dataset = tf.data.Dataset.from_tensor_slices((frames, ()))
        dataset = _preprocessed(dataset, sequence_preprocess_fn)
        return dataset.batch(sample_batch_size) if sample_batch_size else dataset

    def gather_all(self):
        """Returns all frames from the oldest on, nest of tensors `(N, T, ...)`."""
        return self._gather_all()

    def _gather_all(self):
        oldest = self._rows_added - self._rows_held()
        return self._table.read(self._places(tf.range(oldest, self._rows_added)))

    def _clear(self):
        self._rows_added.assign(0)


def _preprocessed(dataset, function):
    if function is None:
        return dataset
    return dataset.map(lambda frames, info: (function(frames), info))
