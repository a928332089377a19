import abc
import contextlib
import functools
import math

import keras
import tensorflow as tf

from keras_rlgen.agents.agent import NOT_FINITE, Agent
from keras_rlgen.agents.bridge.eager_functions import eager_functions
from keras_rlgen.agents.loop.model_training import train_with_model
from keras_rlgen.agents.replay_buffers.experience_source import (
    ExperienceSource,
    experience_frames,
)
from keras_rlgen.agents.replay_buffers.fitting_mixture import fitting_mixture
from keras_rlgen.agents.replay_buffers.uniform_replay_buffer import UniformReplayBuffer
from keras_rlgen.arguments import is_integer, is_number
from keras_rlgen.training.random_streams import stream_seed

STEPS_BETWEEN_UPDATES = 64  # environment steps, at least


class OffPolicyAgent(Agent):
    """Base class of the agents that learn from a replay buffer.

    They collect `collect_steps` steps, add them to the buffer, sample all batches of a
    round at once, and make the updates in one call, compiled with XLA.

    A subclass implements `_update_networks` for one batch.

    Args:
        environment: As in `Agent`.
        num_environments: As in `Agent`.
        batch_size: Integer, sequences of frames in an update.
        replay_capacity: Integer, frames in the replay buffer.
        warm_up_steps: Integer, frames in the buffer before the first update.
        updates_per_step: Float, updates for each environment step.
        collect_steps: Integer, steps of every environment between two rounds of
            updates. By default the fewest that give at least 64 environment steps and a
            whole number of updates.
        seed: As in `Agent`.
        name: As in `Agent`.

    Attributes:
        update_logs: Tuple, the names of what `_update_networks` returns.
        replay_buffer: `UniformReplayBuffer`.
        replay: The `Mixture` of `compile`, or `None`.
    """

    update_logs = ("loss",)
    replay = None

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
            if not is_integer(value) or value < 1:
                raise ValueError(
                    f"Expected `{key}` to be a positive integer. Received: {value!r}"
                )
        if replay_capacity >= 2**31:
            raise ValueError(
                "Expected `replay_capacity` below 2**31 frames. Received: "
                f"{replay_capacity}"
            )
        if warm_up_steps > replay_capacity:
            raise ValueError(
                "Expected `warm_up_steps` of at most `replay_capacity`: the buffer "
                "never holds more, and the agent would never learn. Received: "
                f"warm_up_steps={warm_up_steps}, replay_capacity={replay_capacity}. "
                "Make the buffer larger, or the warm-up shorter."
            )
        if not is_number(updates_per_step) or not 0.0 <= updates_per_step < math.inf:
            raise ValueError(
                f"Expected `updates_per_step` > 0. Received: {updates_per_step!r}"
            )
        if collect_steps is not None and (
            not is_integer(collect_steps) or collect_steps < 1
        ):
            raise ValueError(
                "Expected `collect_steps` to be a positive integer or None. "
                f"Received: {collect_steps!r}"
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
        self._experience_source = None, None
        self._update_trackers = [keras.metrics.Mean(name=n) for n in self.update_logs]

    def _attach(self, policy, collect_policy, tf_agent=None):
        if collect_policy.policy_state_spec:
            raise ValueError(
                f"`{type(self).__name__}` expected models that are not recurrent. "
                f"Received one with the state {collect_policy.policy_state_spec}. Use "
                "`PPO` or `ActorCritic`, which learn from sequences."
            )
        super()._attach(policy, collect_policy, tf_agent)
        self.replay_buffer = UniformReplayBuffer(
            collect_policy.trajectory_spec,
            self.num_environments,
            self.replay_capacity,
            seed=self.seed,
        )
        rows = self.replay_buffer.rows_of(self.replay_capacity)[1]
        needed = max(self.warm_up_steps, self.run_length * self.num_environments)
        if tf_agent is not None and rows * self.num_environments < needed:
            raise ValueError(
                f"Expected `replay_capacity` of at least {needed} frames in whole rows "
                f"of {self.num_environments} environments: `warm_up_steps`, and "
                f"{self.run_length} consecutive ones in each, have to fit. Received: "
                f"{self.replay_capacity}, the agent would never learn."
            )

    def compile(self, optimizer="adam", reward=None, replay=None, **kwargs):
        """Configures training.

        Args:
            optimizer: Keras optimizer or its name.
            reward: As in `Agent.compile`. It is evaluated when steps are replayed, so
                that a learned reward relabels old steps with its current weights.
            replay: `keras_rlgen.replay.Mixture` of the replay buffer with another
                source of sequences of frames, or `keras_rlgen.replay.Synthetic` with
                those that a model generates. By default the buffer alone.
            **kwargs: As in `Agent.compile`.

        Raises:
            TypeError: As `Agent.compile`; if `replay` is not a `Mixture`.
            ValueError: As `Agent.compile`; if the frames of the source do not fit the
                agent.
        """
        if replay is not None:
            replay = fitting_mixture(replay, self)
        super().compile(optimizer, reward, **kwargs)
        self.replay = replay

    def get_compile_config(self):
        config = super().get_compile_config()
        if config is not None:
            config["replay"] = keras.saving.serialize_keras_object(self.replay)
        return config

    def _check_compiled(self, method):
        super()._check_compiled(method)
        if getattr(getattr(self.replay, "source", None), "is_empty", False):
            raise ValueError(
                "The agent was compiled with a `Mixture` of recorded experience and "
                "saved without it. Compile it again: "
                "`compile(replay=Mixture(experience, ratio))`."
            )

    @property
    def counters(self):
        variables = {} if self.replay is None else self.replay.variables
        return {
            **super().counters,
            **{f"replay_{name}": v for name, v in variables.items()},
        }

    @property
    def metrics(self):
        of_replay = () if self.replay is None else self.replay.trackers
        return [*super().metrics, *of_replay]

    @contextlib.contextmanager
    def _training_in(self, environment):
        with super()._training_in(environment) as train:
            if self.replay is not None:
                train = functools.partial(train_with_model, self, train)
            yield train

    def add_experience(self, experience):
        """Adds recorded episodes to the replay buffer, before training or later.

        Episodes are divided into one column for each environment, so that up to one
        step for each environment is lost.

        Args:
            experience: `keras_rlgen.experience.Experience`.

        Raises:
            ValueError: If the experience does not fit the agent's specs, or exceeds the
                capacity of the replay buffer.
        """
        frames = experience_frames(experience, self.specs)
        rows, capacity = self.replay_buffer.rows_of(len(frames.step_type))
        if rows > capacity:
            raise ValueError(
                f"Expected an experience of at most {self.replay_capacity} frames, the "
                f"agent's `replay_capacity`. Received: {len(frames.step_type)}, last "
                "observations of episodes included. Make the agent with a larger one, "
                "or add a part: `experience.split(fraction)`."
            )
        self.end_episodes()
        self.replay_buffer.add_stream(frames)
        self.end_episodes()

    @contextlib.contextmanager
    def _training_on(self, experience, loss):
        if loss is not None:
            raise ValueError(
                f"`{type(self).__name__}` learns from experience by its own loss. "
                f"Received: loss={loss!r}. Leave it out."
            )
        known, source = self._experience_source
        if known is not experience:
            source = ExperienceSource.from_experience(experience, self.specs)
            self._experience_source = experience, source
            self._forget_functions()
        yield functools.partial(self._update_from, source)

    def _update_from(self, source, num_updates):
        """Makes at least `num_updates` updates on a source; returns their number."""
        num_rounds = -(-num_updates // self.updates_per_round)

        def update_on_source(num_rounds):
            def body(index):
                seed = stream_seed(self.seed, "experience", self.train_step_counter)
                sizes = self.updates_per_round, self.batch_size, self.run_length
                sequences = source.sample(*sizes, seed)
                self.health.guard({}, lambda: self._learn_from_sequences(sequences))
                return (index + 1,)

            tf.while_loop(
                lambda index: index < num_rounds, body, (0,), parallel_iterations=1
            )

        with eager_functions(self.run_eagerly):
            self.traced(update_on_source)(tf.constant(num_rounds))
        self.health.raise_if_faulty()
        return num_rounds * self.updates_per_round

    @property
    def collect_steps(self):
        return self._collect_steps

    @property
    def run_length(self):
        """Number of consecutive frames in a sequence of an update."""
        return self.tf_agent.train_sequence_length

    @property
    def training_trackers(self):
        return self._update_trackers

    @abc.abstractmethod
    def _update_networks(self, sequences):
        """Updates the networks once, inside XLA.

        Args:
            sequences: `Trajectory` of tensors `(batch_size, run_length, ...)`.

        Returns:
            Dict from `update_logs` to float32 scalars, `"loss"` among them.
        """

    def _track(self, sequences):
        """Updates other trackers, once a round.

        Args:
            sequences: The first batch of the round.
        """

    def _learn(self, collected):
        self.replay_buffer.add_frames(collected.frames)
        enough = max(self.warm_up_steps, self.run_length * self.num_environments)
        is_enough = self.replay_buffer.num_frames() >= enough
        tf.cond(is_enough, self._learn_from_replay, lambda: False)

    def _learn_from_replay(self):
        seed = stream_seed(self.seed, "sample", self._vector_steps)
        sizes = self.updates_per_round, self.batch_size, self.run_length
        if self.replay is None:
            sequences = self.replay_buffer.sample(*sizes, seed)
        else:
            sequences = self.replay.sample(
                self.replay_buffer.sample, *sizes, seed, self.environment_steps
            )
        self._learn_from_sequences(sequences)
        return True

    def _learn_from_sequences(self, sequences):
        """Makes a round of updates.

        Args:
            sequences: `Trajectory` of tensors
                `(updates_per_round, batch_size, run_length, ...)`.
        """
        self.jitted(self._make_updates)(self._relabelled_sequences(sequences))

    def _relabelled_sequences(self, sequences):
        """Returns sequences with the reward of `compile`, if there is one."""
        if self.reward is None:
            return sequences
        flat = tf.nest.map_structure(
            lambda x: tf.reshape(x, (-1, *x.shape[2:])), sequences
        )
        frames = tf.nest.map_structure(lambda x: x[:, :-1], flat)
        last = tf.nest.map_structure(lambda x: x[:, -1], flat.observation)
        reward = self._relabelled(frames, last).reward
        # The reward of the last frame is unknown, and not learned from.
        reward = tf.concat([reward, tf.zeros_like(reward[:, :1])], axis=1)
        return sequences.replace(reward=tf.reshape(reward, sequences.reward.shape))

    def _make_updates(self, sequences):
        """Makes a round of updates."""
        with self._all_or_none():
            sums = self._sum_of_updates(sequences)
            losses_finite = tf.math.is_finite(tf.stack(list(sums.values())))
            self.health.check(NOT_FINITE, tf.reduce_all(losses_finite))
        count = self.updates_per_round
        for tracker in self._update_trackers:
            tracker.update_state(sums[tracker.name] / count, sample_weight=count)
        self._track(tf.nest.map_structure(lambda x: x[0], sequences))

    def _sum_of_updates(self, sequences):
        """Makes a round of updates, and returns the sums of their logs."""

        def body(index, sums):
            batch = tf.nest.map_structure(lambda x: x[index], sequences)
            logs = self._update_networks(batch)
            return index + 1, {name: sums[name] + logs[name] for name in sums}

        count = self.updates_per_round
        zeros = {name: 0.0 for name in self.update_logs}
        return tf.while_loop(lambda index, _: index < count, body, (0, zeros))[1]

    def end_episodes(self):
        self.replay_buffer.end_episodes()

    def experience_state(self):
        state = self.replay_buffer.state()
        if hasattr(getattr(self.replay, "source", None), "state"):
            mixed = self.replay.source.state()
            state |= {f"mixture_{name}": value for name, value in mixed.items()}
        return state

    def load_experience_state(self, state):
        self.replay_buffer.load_state(state)
        prefix = "mixture_"
        mixed = {
            n.removeprefix(prefix): v for n, v in state.items() if n.startswith(prefix)
        }
        if mixed:
            self.replay.source.load_state(mixed)

    def get_config(self):
        return {
            **super().get_config(),
            "batch_size": self.batch_size,
            "replay_capacity": self.replay_capacity,
            "warm_up_steps": self.warm_up_steps,
            "updates_per_step": self.updates_per_step,
            "collect_steps": self.collect_steps,
        }

    def acting_config(self):
        # The number of frames decides whether the warm-up is over.
        fewest = self.warm_up_steps + (self.run_length + 1) * self.num_environments
        capacity = min(self.replay_capacity, fewest)
        return {**super().acting_config(), "replay_capacity": capacity}


def _default_collect_steps(num_environments, updates_per_step):
    steps = -(-STEPS_BETWEEN_UPDATES // num_environments)
    for collect_steps in range(steps, steps + 1000):
        updates = collect_steps * num_environments * updates_per_step
        if updates >= 1 and math.isclose(updates, round(updates)):
            return collect_steps
    return steps
