"""DQN of TF-Agents whose target network is evaluated for many updates at once."""

import contextlib

import tensorflow as tf

from keras_rlgen.agents.algorithms.value_update import ValueUpdate
from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents

tf_agents = import_tf_agents()

# Updates that share an evaluation. More would need too much memory for images.
UPDATES_AT_ONCE = 16


class BatchedTargetsDqnAgent(ValueUpdate, tf_agents.agents.dqn.dqn_agent.DqnAgent):
    """TF-Agents' `DqnAgent` or `DdqnAgent`, with target values given beforehand.

    Between two updates of the target network its outputs do not change. `updates` thus
    evaluates it for the batches of several updates together, which is faster than once
    an update, and gives the same targets. `train` is that of TF-Agents.

    Args:
        *args: As those of `DqnAgent`.
        double: Whether the network chooses the next action and the target network
            evaluates it.
        target_update_period: Integer >= 1, as in `DqnAgent`.
        **kwargs: As those of `DqnAgent`.
    """

    def __init__(self, *args, double=False, target_update_period=1, **kwargs):
        super().__init__(*args, target_update_period=target_update_period, **kwargs)
        self.target_update_period = target_update_period
        self._double = double
        self._given_values = None

    def updates(self, update, sequences, next_time_steps, sums):
        """Makes updates and sums their logs, as one call of `update` after another.

        Args:
            update: Function of a batch of sequences that calls `train` once, and
                returns a nest of float32 scalars.
            sequences: Nest of tensors `(updates, batch, ...)`.
            next_time_steps: Function of batches of sequences, tensors `(B, ...)`, that
                returns the next time steps on which `update` trains.
            sums: Nest of float32 scalars as that of `update`, to add to.

        Returns:
            The sums.
        """
        count, period = sequences.reward.shape[0], self.target_update_period
        chunk = min(UPDATES_AT_ONCE, period, count)

        def body(start, sums):
            offset = tf.minimum(start, count - chunk)
            part = tf.nest.map_structure(
                lambda x: tf.slice(
                    x, [offset, *[0] * (x.shape.rank - 1)], [chunk, *x.shape[1:]]
                ),
                sequences,
            )
            flat = tf.nest.map_structure(
                lambda x: tf.reshape(x, (-1, *x.shape[2:])), part
            )
            values = self._target_values(next_time_steps(flat))
            values = tf.reshape(values, (chunk, -1, values.shape[-1]))
            remaining = period - self._update_target._counter % period
            stop = tf.minimum(start + tf.cast(remaining, tf.int32), start + chunk)
            stop = tf.minimum(stop, count)

            def update_once(index, sums):
                batch = tf.nest.map_structure(lambda x: x[index], part)
                with self._given(values[index]):
                    logs = update(batch)
                return index + 1, tf.nest.map_structure(tf.add, sums, logs)

            _, sums = tf.while_loop(
                lambda index, _: index < stop - offset,
                update_once,
                (start - offset, sums),
            )
            self._count_updates(tf.cast(stop - start, tf.int64))
            return stop, sums

        return tf.while_loop(lambda start, _: start < count, body, (0, sums))[1]

    @contextlib.contextmanager
    def _given(self, values):
        """Makes `train` use values of the target network, and not count an update."""
        updates, self._update_target = self._update_target, lambda: None
        self._given_values = values
        try:
            yield
        finally:
            self._given_values, self._update_target = None, updates

    def _count_updates(self, number):
        """Counts updates, and updates the target network if it is due after them."""
        counter = self._update_target._counter
        is_due = tf.equal(counter.assign_add(number) % self.target_update_period, 0)
        tf.cond(is_due, self._update_target._body, tf.no_op)

    def _target_values(self, time_steps):
        """Returns the outputs of the target network, `(batch, num_actions)`."""
        if self._given_values is not None:
            return self._given_values
        return self._target_q_network(
            time_steps.observation, step_type=time_steps.step_type
        )[0]

    def _compute_next_q_values(self, next_time_steps, info):
        values = target_values = self._target_values(next_time_steps)
        if self._double:
            values, _ = self._q_network(
                next_time_steps.observation, step_type=next_time_steps.step_type
            )
        best = tf.argmax(values, axis=-1, output_type=tf.int32)
        return tf.gather(target_values, best, axis=1, batch_dims=1)
