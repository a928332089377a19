import abc
import math

import keras
import tensorflow as tf

from keras_rlgen.agents.agent import NOT_FINITE, Agent
from keras_rlgen.agents.replay_buffers.uniform_replay_buffer import UniformReplayBuffer
from keras_rlgen.training.random_streams import stream_seed

STEPS_BETWEEN_UPDATES = 64  # environment steps, at least


class OffPolicyAgent(Agent):
    """Base of the agents that learn from a replay buffer.

    They collect `collect_steps` steps, add them to the buffer, draw all batches that
    are due at once, and make the updates in one call, compiled with XLA.

    A subclass says in `_update_networks` what to do with a batch.

    Args:
        environment: As in `Agent`.
        num_environments: As in `Agent`.
        batch_size: Integer, runs of frames in an update.
        replay_capacity: Integer, frames in the replay buffer.
        warm_up_steps: Integer, frames in the buffer before the first update.
        updates_per_step: Float, updates for each step of each environment.
        collect_steps: Integer, steps of every environment between two rounds of
            updates. By default as few as make at least 64 environment steps and a
            whole number of updates.
        seed: As in `Agent`.
        name: As in `Agent`.

    Attributes:
        update_logs: Names of what `_update_networks` returns, a tuple.
        replay_buffer: `UniformReplayBuffer`.
    """

    update_logs = ("loss",)

    def __init__(
        self,
        environment,
        num_environments=1,
        batch_size=64,
        replay_capacity=100_000,
        warm_up_steps=1000,
        updates_per_step=1.0,
        collect_steps=None,
        seed=None,
        name=None,
    ):
        super().__init__(environment, num_environments, seed, name)
        for key, value in {
            "batch_size": batch_size,
            "replay_capacity": replay_capacity,
            "warm_up_steps": warm_up_steps,
        }.items():
            if not isinstance(value, int) or value < 1:
                raise ValueError(
                    f"Expected `{key}` to be a positive integer. Received: {value!r}"
                )
        self.batch_size = batch_size
        self.replay_capacity = replay_capacity
        self.warm_up_steps = warm_up_steps
        self.updates_per_step = updates_per_step
        if collect_steps is None:
            collect_steps = _default_collect_steps(num_environments, updates_per_step)
        self._collect_steps = collect_steps
        updates = collect_steps * num_environments * updates_per_step
        if updates < 1 or not math.isclose(updates, round(updates)):
            raise ValueError(
                "Expected `collect_steps * num_environments * updates_per_step` to be "
                f"a whole number of updates, at least 1. Received: {collect_steps} * "
                f"{num_environments} * {updates_per_step} = {updates}. Change "
                "`collect_steps`, or leave it out."
            )
        self.updates_per_round = round(updates)
        self._update_trackers = [keras.metrics.Mean(name=n) for n in self.update_logs]

    def _attach(self, tf_agent, collect_policy):
        if collect_policy.policy_state_spec:
            raise ValueError(
                f"`{type(self).__name__}` expected models that are not recurrent. "
                f"Received one that carries {collect_policy.policy_state_spec}. Use "
                "`PPO` or `ActorCritic`, which learn from sequences."
            )
        super()._attach(tf_agent, collect_policy)
        self.replay_buffer = UniformReplayBuffer(
            tf_agent.collect_data_spec,
            self.num_environments,
            self.replay_capacity,
            seed=self.seed,
        )

    @property
    def collect_steps(self):
        return self._collect_steps

    @property
    def run_length(self):
        """How many consecutive frames an update wants."""
        return self.tf_agent.train_sequence_length

    @property
    def training_trackers(self):
        return self._update_trackers

    @abc.abstractmethod
    def _update_networks(self, runs):
        """Updates the networks once, inside XLA.

        Args:
            runs: `Trajectory` of tensors `(batch_size, run_length, ...)`.

        Returns:
            Dict from `update_logs` to float32 scalars, `"loss"` among them.
        """

    def _track(self, runs):
        """Updates other trackers, once a round of updates.

        Args:
            runs: The first batch of the round.
        """

    def make_train_function(self, force=False):
        if self.train_function is None or force:
            self._jitted_updates = self.jitted(self._make_updates)
        return super().make_train_function(force)

    def _learn(self, frames):
        self.replay_buffer.add_frames(frames)
        enough = max(self.warm_up_steps, self.run_length * self.num_environments)
        is_enough = self.replay_buffer.num_frames() >= enough
        tf.cond(is_enough, self._learn_from_replay, lambda: False)

    def _learn_from_replay(self):
        runs = self.replay_buffer.sample(
            self.updates_per_round,
            self.batch_size,
            self.run_length,
            stream_seed(self.seed, "sample", self._vector_steps),
        )
        self._jitted_updates(runs)
        return True

    def _make_updates(self, runs):
        """Makes a round of updates."""

        def body(index, sums):
            batch = tf.nest.map_structure(lambda x: x[index], runs)
            logs = self._update_networks(batch)
            return index + 1, {name: sums[name] + logs[name] for name in sums}

        count = self.updates_per_round
        with self._all_or_none():
            _, sums = tf.while_loop(
                lambda index, sums: index < count,
                body,
                (0, {name: 0.0 for name in self.update_logs}),
                maximum_iterations=count,
            )
            losses_finite = tf.math.is_finite(tf.stack(list(sums.values())))
            self.health.check(NOT_FINITE, tf.reduce_all(losses_finite))
        for tracker in self._update_trackers:
            tracker.update_state(sums[tracker.name] / count, sample_weight=count)
        self._track(tf.nest.map_structure(lambda x: x[0], runs))

    def _end_episodes(self):
        self.replay_buffer.end_episodes()

    def experience_state(self):
        return self.replay_buffer.state()

    def load_experience_state(self, state):
        self.replay_buffer.load_state(state)

    def get_config(self):
        return {
            **super().get_config(),
            "batch_size": self.batch_size,
            "replay_capacity": self.replay_capacity,
            "warm_up_steps": self.warm_up_steps,
            "updates_per_step": self.updates_per_step,
            "collect_steps": self.collect_steps,
        }


def _default_collect_steps(num_environments, updates_per_step):
    steps = -(-STEPS_BETWEEN_UPDATES // num_environments)
    for collect_steps in range(steps, steps + 1000):
        updates = collect_steps * num_environments * updates_per_step
        if updates >= 1 and math.isclose(updates, round(updates)):
            return collect_steps
    return steps
