import random

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.agents.loop.confidence_interval import summary_of_returns
from keras_rlgen.agents.loop.epochs import check_epochs
from keras_rlgen.arguments import is_integer, is_number
from keras_rlgen.environments.action import DiscreteAction
from keras_rlgen.environments.tensor_environment import TensorEnvironment
from keras_rlgen.identifiers import with_objects
from keras_rlgen.planning.dyna_q import (
    DynaTables,
    TabularStep,
    dyna_tables,
    greedy_actions,
    plan,
    q_update,
    remember,
)
from keras_rlgen.training.fit_callbacks import fit_callbacks
from keras_rlgen.training.guarded_model import serialize
from keras_rlgen.training.progress_bar import line_of_logs
from keras_rlgen.training.random_streams import stream_seed
from keras_rlgen.training.refused_arguments import refuse_arguments
from keras_rlgen.training.stateless_random import integers, uniform, validated_seed
from keras_rlgen.training.whole_saving import WholeSaving, whole_backups


@keras.saving.register_keras_serializable("keras_rlgen")
class DynaQ(WholeSaving):
    """Q-learning with a table, and planning by a learned table of outcomes: Dyna-Q.

    After each step in the environment, `planning_steps` further updates learn from
    pairs of state and action that were visited, and the outcome that was last seen of
    them. Many independent tables learn at once, in one compiled graph: an epoch is one
    episode of each. There is nothing to `compile`.

    Args:
        environment: `TensorEnvironment` of discrete actions whose observations are
            one-hot states, such as `GridWorld`.
        planning_steps: Integer >= 0, updates by the model after each step in the
            environment. 0 is Q-learning.
        learning_rate: Float in (0, 1], the step size of updates.
        epsilon: Float in [0, 1], the probability of a random action in training.
        gamma: Float in [0, 1], the discount factor.
        num_runs: Integer >= 1, the number of independent tables, each with an
            environment of its own.
        seed: Integer. By default it comes from Python's `random`, which
            `keras.utils.set_random_seed` seeds.
        name: String.

    Attributes:
        tables: `keras_rlgen.planning.dyna_q.DynaTables` of tensors `(num_runs, ...)`.
        jit_compile: Whether XLA compiles the episodes. True by default; it takes
            seconds, and steps are then several times as fast.
        episode_lengths: Int array `(epochs, num_runs)`, of the last `fit`: environment
            steps of each episode.

    Raises:
        TypeError: If `environment` is no `TensorEnvironment`.
        ValueError: If its actions are not discrete, its observations not one-hot, or an
            argument is out of its range.

    Example:

    ```python
    maze = GridWorld(["S.#.", "...G"], step_reward=0.0, goal_reward=1.0)
    agent = DynaQ(maze, planning_steps=5, num_runs=30, seed=0)
    agent.fit(epochs=10)
    agent.evaluate()["episode_length"]
    ```

    Reference:
        [Sutton & Barto, 2018](http://incompleteideas.net/book/the-book-2nd.html),
        section 8.2: tabular Dyna-Q.
    """

    is_traced = False
    optimizer = None

    def __init__(
        self,
        environment,
        planning_steps=5,
        learning_rate=0.1,
        epsilon=0.1,
        gamma=0.95,
        num_runs=1,
        seed=None,
        name=None,
    ):
        super().__init__(name=name)
        _check_environment(environment)
        _check_integers(planning_steps=(planning_steps, 0), num_runs=(num_runs, 1))
        _check_fractions(learning_rate=learning_rate, epsilon=epsilon, gamma=gamma)
        if not learning_rate:
            raise ValueError("Expected `learning_rate` in (0, 1]. Received: 0.")
        self.environment = environment
        self.planning_steps = planning_steps
        self.learning_rate = float(learning_rate)
        self.epsilon = float(epsilon)
        self.gamma = float(gamma)
        self.num_runs = num_runs
        self.seed = random.randrange(2**31) if seed is None else int(seed)
        self.episode_lengths = np.zeros((0, num_runs), "int32")
        (num_states,) = environment.observation_shape
        tables = dyna_tables(num_runs, num_states, environment.action.count)
        self._tables = [
            self.add_weight(
                shape=table.shape,
                dtype=table.dtype.name,
                initializer="zeros",
                trainable=False,
                name=name,
            )
            for name, table in tables._asdict().items()
        ]
        self._epochs = self.add_weight(
            shape=(), dtype="int32", initializer="zeros", trainable=False, name="epochs"
        )
        self._functions = {}
        self.jit_compile = True
        self.built = True

    @property
    def tables(self):
        return DynaTables(*(tf.convert_to_tensor(x) for x in self._tables))

    def compile(self, *args, **kwargs):
        """Raises `TypeError`: there is nothing to compile.

        Args:
            *args: Refused.
            **kwargs: Refused.
        """
        given = [*map(repr, args), *kwargs]
        raise TypeError(
            "`DynaQ` has a table and no optimizer, so there is nothing to compile. "
            f"Received: {', '.join(given) or 'no arguments'}. Leave `compile` out; the "
            "step size is `DynaQ(environment, learning_rate=0.1)`."
        )

    def fit(self, epochs=1, callbacks=None, verbose="auto", **unknown):
        """Learns from episodes in the environment.

        Args:
            epochs: Integer >= 1, the number of episodes of each run.
            callbacks: List of `keras.callbacks.Callback`.
            verbose: As in `keras.Model.fit`.
            **unknown: Refused, with what to use instead.

        Returns:
            A `keras.callbacks.History`: of each episode the mean over runs of its
            `episode_length`, in environment steps, and of its undiscounted return,
            `mean_return`; and `visited_pairs`, the mean number of different pairs of
            state and action that were visited so far.

        Raises:
            TypeError: If samples are given, or there is another argument.
            ValueError: If `epochs` is not a positive integer.
        """
        refuse_arguments(self, "fit", unknown)
        check_epochs(self, epochs)
        _check_integers(epochs=(epochs, 1))
        names = "episode_length", "mean_return", "visited_pairs"
        callbacks = keras.callbacks.CallbackList(
            fit_callbacks(whole_backups(callbacks), names, verbose),
            add_history=True,
            verbose=1 if verbose == "auto" else verbose,
            epochs=epochs,
            steps=1,
            model=self,
        )
        self.stop_training, all_lengths, logs = False, [], None
        callbacks.on_train_begin()
        for epoch in range(epochs):
            callbacks.on_epoch_begin(epoch)
            callbacks.on_train_batch_begin(0)
            key = stream_seed(self.seed, "episode", int(self._epochs))
            tables, returns, lengths = self._compiled(self._episode)(self.tables, key)
            self.is_traced = True
            for variable, value in zip(self._tables, tables, strict=True):
                variable.assign(value)
            self._epochs.assign_add(1)
            all_lengths.append(lengths.numpy())
            logs = {
                "episode_length": float(np.mean(lengths)),
                "mean_return": float(np.mean(returns)),
                "visited_pairs": float(np.mean(tables.num_pairs)),
            }
            callbacks.on_train_batch_end(0, logs)
            callbacks.on_epoch_end(epoch, logs)
            if self.stop_training:
                break
        self.episode_lengths = np.stack(all_lengths)
        callbacks.on_train_end(logs)
        return self.history

    def evaluate(self, episodes=1, seed=None, verbose="auto"):
        """Evaluates the greedy policy of each run on whole episodes.

        Args:
            episodes: Integer >= 1, the number of each run.
            seed: Integer. By default it depends on the agent's own and on the episodes
                learned from so far.
            verbose: 0 for no output, else a line is printed.

        Returns:
            Dict of floats: `mean_return`, undiscounted; `return_low` and `return_high`,
            its 95% confidence interval over the runs (Student's), which one run does
            not have; `episode_length`, the mean in environment steps; and `episodes`,
            of all runs.

        Raises:
            ValueError: If `episodes` is not a positive integer.
        """
        _check_integers(episodes=(episodes, 1))
        seed = self.seed + int(self._epochs) if seed is None else seed
        run = self._compiled(self._greedy_episode)
        results = [
            run(self.tables, stream_seed(seed, "evaluate", index))
            for index in range(episodes)
        ]
        returns, lengths = np.mean(np.array(results), axis=0)
        results = summary_of_returns(returns, lengths)
        del results["return_std"]
        results["episodes"] = episodes * self.num_runs
        if verbose:
            print(line_of_logs(f"{results['episodes']} episodes", results))
        return results

    def predict(self, observations, run=0, verbose=0):
        """Returns the greedy actions of one run, the first among equally good ones.

        Args:
            observations: Float array `(batch, num_states)`, one-hot; or one of them.
            run: Integer, the index of the run.
            verbose: As in `keras.Model.predict`; nothing is printed.

        Returns:
            Int array `(batch,)`, or of one observation an integer.

        Raises:
            ValueError: If the observations have another shape.
        """
        observations = np.asarray(observations)
        is_one = observations.shape == tuple(self.environment.observation_shape)
        if is_one:
            observations = observations[np.newaxis]
        if observations.shape[1:] != self.environment.observation_shape:
            raise ValueError(
                "Expected `observations` of shape (batch, "
                f"{self.environment.observation_shape[0]}). Received: "
                f"{observations.shape}"
            )
        values = self.tables.action_values[run].numpy()
        actions = values[observations.argmax(axis=1)].argmax(axis=1)
        return actions[0] if is_one else actions

    def _compiled(self, method):
        """Returns a method as one graph, traced once."""
        key = method.__name__, self.jit_compile
        if key not in self._functions:
            self._functions[key] = tf.function(
                method, autograph=False, jit_compile=self.jit_compile
            )
        return self._functions[key]

    def _episode(self, tables, key):
        """Returns the tables after an episode of each run, its return and length."""

        def step(tables, state, active, seeds):
            now = _state_of(self.environment.observe(state))
            greedy = greedy_actions(tables.action_values, now, seeds[0])
            count = self.environment.action.count
            explores = uniform((self.num_runs,), seeds[1], 0.0, 1.0) < self.epsilon
            chosen = integers((self.num_runs,), seeds[2], count)
            action = tf.where(explores, chosen, greedy)
            state, result = self.environment.step(state, action, seeds[3])
            following = _state_of(result.observation)
            discount = self.gamma * result.discount
            seen = TabularStep(now, action, result.reward, discount, following)
            values = q_update(tables.action_values, seen, self.learning_rate, active)
            tables = remember(tables._replace(action_values=values), seen, active)
            steps = self.planning_steps
            tables = plan(tables, steps, self.learning_rate, seeds[4], active)
            return tables, state, result

        return self._until_all_ended(step, tables, key)

    def _greedy_episode(self, tables, key):
        def step(tables, state, active, seeds):
            now = _state_of(self.environment.observe(state))
            action = greedy_actions(tables.action_values, now, seeds[0])
            return tables, *self.environment.step(state, action, seeds[1])

        return self._until_all_ended(step, tables, key)[1:]

    def _until_all_ended(self, step, tables, key):
        """Takes steps until the episode of each run has ended."""
        start, key = (validated_seed(x) for x in tf.unstack(tf.random.split(key, 2)))
        state = self.environment.reset(start, self.num_runs)

        def body(index, tables, state, active, returns, lengths):
            seeds = tf.unstack(tf.random.split(tf.stack([key[0], key[1] ^ index]), 5))
            seeds = [validated_seed(seed) for seed in seeds]
            tables, state, result = step(tables, state, active, seeds)
            returns += tf.where(active, result.reward, 0.0)
            lengths += tf.cast(active, tf.int32)
            active &= ~(result.terminated | result.truncated)
            return index + 1, tables, state, active, returns, lengths

        zeros = tf.zeros((self.num_runs,))
        lengths = tf.cast(zeros, tf.int32)
        active = tf.ones_like(zeros, tf.bool)
        _, tables, _, _, returns, lengths = tf.while_loop(
            lambda index, tables, state, active, *_: tf.reduce_any(active),
            body,
            (tf.constant(0), tables, state, active, zeros, lengths),
            maximum_iterations=self.environment.max_episode_steps,
        )
        return tables, returns, lengths

    def get_config(self):
        return {
            "environment": serialize(self.environment),
            "planning_steps": self.planning_steps,
            "learning_rate": self.learning_rate,
            "epsilon": self.epsilon,
            "gamma": self.gamma,
            "num_runs": self.num_runs,
            "seed": self.seed,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = with_objects(config, "environment", custom_objects=custom_objects)
        return cls(**config)


def _state_of(observation):
    return tf.argmax(observation, axis=-1, output_type=tf.int32)


def _check_environment(environment):
    if not isinstance(environment, TensorEnvironment):
        raise TypeError(
            "Expected `environment` to be a `TensorEnvironment` such as `GridWorld`. "
            f"Received: {environment!r} of type {type(environment).__name__}"
        )
    if not isinstance(environment.action, DiscreteAction):
        raise ValueError(
            f"A table needs discrete actions. Received: {environment.action}. Use "
            "`agents.SAC` or `agents.PPO` for continuous ones."
        )
    observation = environment.observe(environment.reset((0, 1), 16)).numpy()
    is_one_hot = observation.ndim == 2 and np.array_equal(
        observation, np.eye(observation.shape[1])[observation.argmax(axis=1)]
    )
    if not is_one_hot:
        raise ValueError(
            "A table needs observations that are one-hot states, as those of "
            f"`GridWorld`. Received, of `{type(environment).__name__}`: "
            f"{observation[0].tolist()}. Use `agents.DQN` for other observations."
        )


def _check_integers(**arguments):
    for name, (value, least) in arguments.items():
        if not is_integer(value) or value < least:
            raise ValueError(
                f"Expected `{name}` to be an integer >= {least}. Received: {value!r}"
            )


def _check_fractions(**arguments):
    for name, value in arguments.items():
        if not is_number(value) or not 0.0 <= value <= 1.0:
            raise ValueError(f"Expected `{name}` in [0, 1]. Received: {value!r}")
