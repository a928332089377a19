"""What every agent is: a Keras model whose `fit` acts and learns."""

import abc
import contextlib
import random
import time

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.agents.agent_state import load_agent_state, save_agent_state
from keras_rlgen.agents.confidence_interval import mean_confidence_interval
from keras_rlgen.agents.drivers.make_driver import make_driver
from keras_rlgen.agents.environment_specs import EnvironmentSpecs
from keras_rlgen.agents.episode_statistics import EpisodeStatistics
from keras_rlgen.agents.policy_export import export_policy
from keras_rlgen.agents.tf_agents_import import import_tf_agents
from keras_rlgen.environments.tensor_environment import TensorEnvironment
from keras_rlgen.models.health_monitor import HealthMonitor

tf_agents = import_tf_agents()
serialize = keras.saving.serialize_keras_object

EXECUTIONS_PER_EPOCH = 20  # of the train function, where the user does not say


NOT_FINITE = FloatingPointError(
    "Training stopped: the loss or a weight was not finite (NaN or infinite). The "
    "weights are those before this round of updates. Lower the learning rate, clip "
    "gradients, or scale the rewards."
)


class Agent(keras.Model):
    """Base of the agents: environments, `fit`, `evaluate`, `predict`, `save`, `export`.

    A subclass makes its networks and its TF-Agents agent in the constructor, hands the
    latter to `_attach`, connects its optimizer in `_connect_optimizer`, and learns
    from the frames that were collected in `_learn`.

    Args:
        environment: A Gymnasium id such as `"CartPole-v1"`, a `TensorEnvironment`, a
            `gymnasium.Env`, a `gymnasium.vector.VectorEnv`, or a function without
            arguments that makes a `gymnasium.Env`. `EnvironmentSpecs` for an agent
            that only predicts.
        num_environments: Integer >= 1, how many are stepped together.
        seed: Integer, of everything the agent draws. By default one is drawn from
            Python's `random`, which `keras.utils.set_random_seed` seeds.
        name: Name of the model.

    Attributes:
        tf_agent: The agent of TF-Agents.
        policy: Its `TFPolicy` that exploits what was learned.
        collect_policy: The `TFPolicy` that explores.
        environment_steps: How many environment steps were made, a `tf.Variable`.
    """

    def __init__(self, environment, num_environments=1, seed=None, name=None):
        super().__init__(name=name)
        if not isinstance(num_environments, int) or num_environments < 1:
            raise ValueError(
                "Expected `num_environments` to be a positive integer. "
                f"Received: {num_environments!r}"
            )
        self.num_environments = num_environments
        self.seed = random.randrange(2**31) if seed is None else int(seed)
        self.health = HealthMonitor()
        self.train_step_counter = tf.Variable(0, trainable=False, dtype=tf.int64)
        self.environment_steps = tf.Variable(0, trainable=False, dtype=tf.int64)
        self._vector_steps = tf.Variable(0, trainable=False, dtype=tf.int64)
        self._statistics = EpisodeStatistics(num_environments)
        self._driver = None
        if isinstance(environment, EnvironmentSpecs):
            self.environment, self.specs = None, environment
        else:
            self.environment = environment
            self._driver = make_driver(environment, num_environments, self.seed)
            self.specs = self._driver.specs

    def _attach(self, tf_agent, collect_policy):
        """Takes the agent of TF-Agents, and a policy that takes stateless seeds."""
        tf_agent.initialize()
        self.tf_agent = tf_agent
        self.collect_policy = collect_policy
        self._policy_state = tf.nest.map_structure(
            lambda x: tf.Variable(x, trainable=False),
            collect_policy.get_initial_state(self.num_environments),
        )
        self._predictor = tf.function(self.call, autograph=False, reduce_retracing=True)
        self.built = True

    @property
    def driver(self):
        """The `Driver` that acts in the environment, `None` until it is needed."""
        return self._driver

    @property
    def counters(self):
        """Dict from names to the variables that say how far training has come."""
        policy_state = tf.nest.flatten(self._policy_state)
        return {
            "environment_steps": self.environment_steps,
            "vector_steps": self._vector_steps,
            **self._statistics.variables,
            **{f"policy_state_{i}": v for i, v in enumerate(policy_state)},
        }

    @property
    def policy(self):
        """The `TFPolicy` that exploits what was learned."""
        return self.tf_agent.policy

    @property
    @abc.abstractmethod
    def collect_steps(self):
        """How many steps of all environments come between two rounds of learning."""

    @property
    @abc.abstractmethod
    def training_trackers(self):
        """List of `keras.metrics.Mean` which `_learn` updates, in order of the logs."""

    @abc.abstractmethod
    def _connect_optimizer(self, optimizer):
        """Lets a Keras optimizer, not built yet, train the networks."""

    @abc.abstractmethod
    def _learn(self, frames):
        """Learns from frames, inside a graph.

        Args:
            frames: `Trajectory` of tensors `(N, collect_steps, ...)`.
        """

    @contextlib.contextmanager
    def _all_or_none(self):
        """Undoes the updates made in this context, if one made a weight NaN."""
        with self.health.keeping([*self.variables, *self.optimizer.variables]):
            yield
            self.health.check(NOT_FINITE, _all_finite(self.variables))

    def _end_episodes(self):
        """Is told that the next frames do not follow on the last ones."""

    def experience_state(self):
        """Returns the experience that is kept, a dict from names to arrays."""
        return {}

    def load_experience_state(self, state):
        """Takes over what `experience_state` returned."""

    def compile(
        self,
        optimizer="adam",
        run_eagerly=False,
        jit_compile="auto",
        steps_per_execution=None,
    ):
        """Configures training.

        Args:
            optimizer: Keras optimizer or its name.
            run_eagerly: Whether everything runs op by op, for debugging.
            jit_compile: Whether updates, and steps of tensor environments, are
                compiled with XLA. `"auto"` does so, on CPUs too, unless a layer of
                the networks cannot be.
            steps_per_execution: Integer, how many steps of every environment come
                between two calls of callbacks' `on_train_batch_end`. By default a
                twentieth of an epoch.

        Raises:
            TypeError: If `optimizer` is not a Keras 3 optimizer.
        """
        if jit_compile == "auto":
            jit_compile = not run_eagerly and all(
                layer.supports_jit for layer in self._flatten_layers()
            )
        optimizer = keras.optimizers.get(optimizer)
        self._connect_optimizer(optimizer)
        super().compile(
            optimizer,
            run_eagerly=run_eagerly,
            jit_compile=jit_compile,
            auto_scale_loss=False,
        )
        self.steps_per_execution = steps_per_execution

    def get_compile_config(self):
        if not self.compiled:
            return None
        return {
            "optimizer": serialize(self.optimizer),
            "run_eagerly": self.run_eagerly,
            "jit_compile": self.jit_compile,
            "steps_per_execution": self.steps_per_execution,
        }

    def compile_from_config(self, config):
        self.compile(
            **{
                key: keras.saving.deserialize_keras_object(value)
                for key, value in config.items()
            }
        )

    def fit(
        self,
        epochs=1,
        steps_per_epoch=1000,
        callbacks=None,
        validation_freq=None,
        validation_episodes=20,
        initial_epoch=0,
        verbose="auto",
    ):
        """Acts in the environment and learns from it.

        Args:
            epochs: Integer, the index of the epoch to stop before.
            steps_per_epoch: Integer, how often every environment is stepped in an
                epoch, rounded up to whole rounds of `collect_steps`. With 8
                environments, 1000 steps are up to 8000 environment steps; a step that
                only begins a new episode is not one.
            callbacks: List of `keras.callbacks.Callback`.
            validation_freq: Integer: `evaluate` runs every so many epochs. Or a list of
                the epochs, counted from 1, after which it runs. By default never.
            validation_episodes: Integer, how many episodes it plays.
            initial_epoch: Integer, the index of the first epoch.
            verbose: 0 for silence, 1 for a progress bar, 2 for a line an epoch.
                `"auto"` is 1.

        Returns:
            A `keras.callbacks.History`.

        Raises:
            ValueError: If the agent was not compiled, has no environment, or if an
                argument is out of its range.
            FloatingPointError: If a gradient, observation or reward stops being
                finite, with the weights of the update before.
        """
        if not self.compiled:
            raise ValueError("Call `compile(optimizer)` before `fit()`.")
        driver = self._require_driver("fit")
        if steps_per_epoch < 1:
            raise ValueError(
                f"Expected `steps_per_epoch` >= 1. Received: {steps_per_epoch!r}"
            )
        self.make_train_function()
        callbacks = keras.callbacks.CallbackList(
            callbacks,
            add_history=True,
            add_progbar=verbose != 0,
            verbose=verbose,
            epochs=epochs,
            steps=steps_per_epoch,
            model=self,
        )
        self.stop_training = False
        self._initial_epoch = None
        callbacks.on_train_begin()
        logs = None
        for epoch in range(self._initial_epoch or initial_epoch, epochs):
            self.reset_metrics()
            callbacks.on_epoch_begin(epoch)
            logs = self._run_epoch(driver, steps_per_epoch, callbacks)
            if _is_due(validation_freq, epoch):
                results = self.evaluate(validation_episodes, verbose=0)
                logs.update({f"val_{name}": value for name, value in results.items()})
            callbacks.on_epoch_end(epoch, logs)
            if self.stop_training:
                break
        callbacks.on_train_end(logs)
        return self.history

    def _run_epoch(self, driver, num_steps, callbacks):
        per_execution = self.steps_per_execution or num_steps // EXECUTIONS_PER_EPOCH
        begin, logs = 0, {}
        steps_before, time_before = int(self.environment_steps), time.perf_counter()
        while begin < num_steps and not self.stop_training:
            callbacks.on_train_batch_begin(begin)
            steps = min(max(per_execution, 1), num_steps - begin)
            iterations = -(-steps // self.collect_steps)
            self._run(driver, iterations)
            begin += iterations * self.collect_steps
            logs = self.get_metrics_result()
            callbacks.on_train_batch_end(min(begin, num_steps) - 1, logs)
        steps = int(self.environment_steps)
        seconds = time.perf_counter() - time_before
        logs["environment_steps"] = steps
        logs["environment_steps_per_second"] = (steps - steps_before) / seconds
        return logs

    def _run(self, driver, num_iterations):
        """Collects and learns so many times."""
        if not driver.under_way:
            self._end_episodes()
        eagerly_before = tf.config.functions_run_eagerly()
        tf.config.run_functions_eagerly(self.run_eagerly or eagerly_before)
        try:
            self.train_function(num_iterations)
            self.health.raise_if_faulty()
        except FloatingPointError:
            driver.begin_anew()
            raise
        finally:
            tf.config.run_functions_eagerly(eagerly_before)
        driver.under_way = True

    def make_train_function(self, force=False):
        """Compiles what `fit` runs."""
        if self.train_function is not None and not force:
            return self.train_function
        driver = self._require_driver("fit")
        train = self._train_in_graph() if driver.in_graph else self._train_in_python()
        self.train_function = train
        return train

    def _train_in_graph(self):
        collect = self.jitted(lambda: self._observe(self._collect()))

        @tf.function(autograph=False)
        def train(num_rounds):
            def body(index):
                self._learn_if_healthy(collect())
                return (index + 1,)

            tf.while_loop(
                lambda index: index < num_rounds, body, (0,), parallel_iterations=1
            )

        return lambda num_rounds: train(tf.constant(num_rounds))

    def _train_in_python(self):
        observe = self.jitted(self._observe)
        learn = tf.function(
            lambda frames: self._learn_if_healthy(observe(frames)), autograph=False
        )

        def train(num_rounds):
            for _ in range(num_rounds):
                learn(self._collect())

        return train

    def jitted(self, function):
        """Returns a `tf.function`, compiled with XLA if the agent is to be."""
        return tf.function(function, autograph=False, jit_compile=self.jit_compile)

    def _collect(self):
        frames, policy_state = self._driver.collect(
            self.collect_policy,
            self.collect_steps,
            self._vector_steps,
            tf.nest.map_structure(tf.convert_to_tensor, self._policy_state),
        )
        tf.nest.map_structure(
            lambda variable, value: variable.assign(value),
            self._policy_state,
            policy_state,
        )
        self._vector_steps.assign_add(self.collect_steps)
        return frames

    def _observe(self, frames):
        """Checks and counts frames, and returns them."""
        for name, values in {
            "observation": frames.observation,
            "reward": frames.reward,
        }.items():
            self.health.check(*_finite(name, values))
        self._statistics.update(frames)
        is_step = frames.step_type != tf_agents.trajectories.StepType.LAST
        self.environment_steps.assign_add(tf.math.count_nonzero(is_step))
        return frames

    def _learn_if_healthy(self, frames):
        self.health.guard({}, lambda: self._learn(frames))

    @property
    def metrics(self):
        return [*self._statistics.metrics, *self.training_trackers]

    def get_metrics_result(self):
        """Returns the logs of the epoch so far: floats, NaN where nothing is known."""
        values = self._results().numpy().tolist()
        return dict(zip([m.name for m in self.metrics], values, strict=True))

    @tf.function(autograph=False)
    def _results(self):
        return tf.stack([_result(m) for m in self.metrics])

    def evaluate(
        self, episodes=20, seed=None, environment=None, return_dict=True, verbose="auto"
    ):
        """Plays whole episodes with the policy that exploits what was learned.

        Args:
            episodes: Integer >= 1. How many of them each environment plays is fixed
                before, so that short ones are not favoured.
            seed: Integer. The same seed and weights give the same result. By default
                it follows from the agent's own and from how long it was trained.
            environment: Another one than the agent's own, with the same specs.
            return_dict: Whether to return a dict, or a list of its values.
            verbose: 0 for silence, else a line is printed.

        Returns:
            Dict of floats: `mean_return`, undiscounted; `return_low` and
            `return_high`, its 95% confidence interval (Student's); `return_std`, the
            standard deviation between episodes; `episode_length`, the mean in
            environment steps; and `episodes`.

        Raises:
            ValueError: If there is no environment, or one of other specs.
        """
        if not isinstance(episodes, int) or episodes < 1:
            raise ValueError(
                f"Expected `episodes` to be a positive integer. Received: {episodes!r}"
            )
        if seed is None:
            seed = self.seed + int(self._vector_steps)
        if environment is None:
            driver = self._require_driver("evaluate")
            returns, lengths = driver.run_episodes(self.policy, episodes, seed)
        else:
            driver = self._make_driver(environment)
            returns, lengths = driver.run_episodes(self.policy, episodes, seed)
            driver.close()
        low, high = mean_confidence_interval(returns)
        results = {
            "mean_return": float(np.mean(returns)),
            "return_low": low,
            "return_high": high,
            "return_std": float(np.std(returns, ddof=min(1, episodes - 1))),
            "episode_length": float(np.mean(lengths)),
            "episodes": episodes,
        }
        if verbose:
            bar = keras.utils.Progbar(episodes, unit_name="episode")
            bar.update(episodes, list(results.items())[:-1], finalize=True)
        return results if return_dict else list(results.values())

    def predict(self, observations, batch_size=None):
        """Returns what the policy does that exploits what was learned.

        Args:
            observations: Array `(batch, *observation_shape)`, or a `dict` or tuple of
                them as the environment has it.
            batch_size: Integer, how many observations are looked at together. By
                default all.

        Returns:
            Actions, array `(batch, *action_shape)`.

        Raises:
            ValueError: If the observations are of another shape or structure.
        """
        observations = self._checked_observations(observations)
        flat = tf.nest.flatten(observations)
        count = len(flat[0])
        actions = []
        for start in range(0, count, batch_size or count):
            batch = [x[start : start + (batch_size or count)] for x in flat]
            batch = tf.nest.pack_sequence_as(observations, batch)
            actions.append(self._predictor(batch))
        return tf.nest.map_structure(
            lambda *parts: np.concatenate([part.numpy() for part in parts]), *actions
        )

    def _checked_observations(self, observations):
        spec = self.specs.observation
        try:
            observations = tf.nest.map_structure(
                lambda s, x: tf.cast(x, s.dtype), spec, observations
            )
            pairs = zip(
                tf.nest.flatten(spec), tf.nest.flatten(observations), strict=True
            )
            fits = all(x.shape[1:] == s.shape and x.shape.rank for s, x in pairs)
        except (TypeError, ValueError):
            fits = False
        if not fits:
            shapes = tf.nest.map_structure(np.shape, observations)
            raise ValueError(
                f"Expected a batch of observations of the spec {spec}, with the batch "
                f"as the first axis. Received shapes: {shapes}. For a single one, pass "
                "`observation[None]`."
            )
        return observations

    def call(self, observations, training=None):
        """Returns the actions of `policy` for a batch of observations."""
        batch_size = tf.shape(tf.nest.flatten(observations)[0])[0]
        time_step = tf_agents.trajectories.restart(observations, batch_size)
        policy_state = self.policy.get_initial_state(batch_size)
        return self.policy.action(time_step, policy_state).action

    def export(self, filepath):
        """Writes `policy` as a SavedModel which acts where only TensorFlow is.

        See `keras_rlgen.agents.policy_export.export_policy`.

        Args:
            filepath: Folder to write.
        """
        export_policy(self.policy, filepath, self.train_step_counter)

    def get_config(self):
        environment = self.environment
        if isinstance(environment, TensorEnvironment) and _is_registered(environment):
            environment = serialize(environment)
        elif not isinstance(environment, str):
            environment = None
        return {
            "environment": environment,
            "specs": serialize(self.specs),
            "num_environments": self.num_environments,
            "seed": self.seed,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = {
            key: keras.saving.deserialize_keras_object(value, custom_objects)
            for key, value in config.items()
        }
        environment, specs = config.pop("environment"), config.pop("specs")
        in_tensors = isinstance(environment, TensorEnvironment)
        agent = cls(environment=environment if in_tensors else specs, **config)
        agent.environment = environment
        return agent

    @classmethod
    def load(cls, filepath, environment=None):
        """Reads an agent that `save` wrote.

        It goes on exactly where it was: networks, target networks, optimizer, replay
        buffer, normalisers, counters and random numbers, and the state of tensor
        environments. Episodes of Gymnasium environments begin anew.

        Args:
            filepath: Path of the `.keras` file.
            environment: As in the constructor. Has to be given to go on training
                where the file cannot hold it: it holds ids and registered tensor
                environments.

        Returns:
            The agent, compiled as it was.

        Raises:
            ValueError: If the file holds something else than this class, or the
                environment has other specs.
        """
        agent = keras.saving.load_model(filepath)
        if not isinstance(agent, cls):
            raise ValueError(
                f"Expected a `{cls.__name__}` in {str(filepath)!r}. Received: a "
                f"`{type(agent).__name__}`. Load it with `{type(agent).__name__}.load` "
                "or `keras.saving.load_model`."
            )
        if environment is not None:
            agent._driver = agent._make_driver(environment)
            agent.environment = environment
        return agent

    def save_own_variables(self, store):
        save_agent_state(self, store)

    def load_own_variables(self, store):
        load_agent_state(self, store)

    def _make_driver(self, environment):
        driver = make_driver(environment, self.num_environments, self.seed)
        if driver.specs != self.specs:
            raise ValueError(
                f"Expected an environment of the specs {self.specs}, those of this "
                f"agent. Received: {driver.specs}"
            )
        return driver

    def _require_driver(self, method):
        if self._driver is None:
            if self.environment is None:
                raise ValueError(
                    f"`{method}()` needs an environment, and this agent has none: a "
                    "file cannot hold it. Load the agent with "
                    f"`{type(self).__name__}.load(path, environment=...)`."
                )
            self._driver = self._make_driver(self.environment)
        return self._driver


def _finite(name, values):
    error = FloatingPointError(
        f"Training stopped: the environment returned an {name} that is not finite "
        "(NaN or infinite). The weights are those before it."
    )
    return error, _all_finite(tf.nest.flatten(values))


def _all_finite(tensors):
    tensors = [tf.convert_to_tensor(x) for x in tensors]
    floats = [x for x in tensors if x.dtype.is_floating]
    return tf.reduce_all([tf.reduce_all(tf.math.is_finite(x)) for x in floats])


def _result(metric):
    """Returns a metric's result, NaN for a mean of nothing."""
    if isinstance(metric, keras.metrics.Mean):
        return metric.total / metric.count
    return metric.result()


def _is_due(validation_freq, epoch):
    if not validation_freq:
        return False
    if isinstance(validation_freq, int):
        return (epoch + 1) % validation_freq == 0
    return epoch + 1 in validation_freq


def _is_registered(environment):
    cls = type(environment)
    return keras.saving.get_registered_name(cls) != cls.__name__
