"""What every agent is: a Keras model whose `fit` acts and learns."""

import abc
import contextlib

import keras
import tensorflow as tf

from keras_rlgen.agents.bridge.eager_functions import eager_functions
from keras_rlgen.agents.bridge.numeric_checks import without_numeric_checks
from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents
from keras_rlgen.agents.loop.episode_statistics import EpisodeStatistics
from keras_rlgen.agents.loop.training_loop import train_epochs
from keras_rlgen.agents.policy_model import PolicyModel
from keras_rlgen.training.guarded_model import serialize

tf_agents = import_tf_agents()


NOT_FINITE = FloatingPointError(
    "Training stopped: the loss or a weight is not finite (NaN or infinite). The "
    "weights are those before this round of updates. Lower the learning rate, clip "
    "gradients, or scale the rewards."
)


class Agent(PolicyModel):
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
        super().__init__(environment, num_environments, seed, name)
        self._statistics = EpisodeStatistics(num_environments)

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
        variables = [*self.variables, *self.optimizer.variables]
        with without_numeric_checks(), self.health.keeping(variables):
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
            jit_compile = self.supports_xla and not run_eagerly
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
        config = super().get_compile_config()
        if config is not None:
            config["optimizer"] = serialize(self.optimizer)
        return config

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
        self._check_compiled("fit")
        driver = self._require_driver("fit")
        if steps_per_epoch < 1:
            raise ValueError(
                f"Expected `steps_per_epoch` >= 1. Received: {steps_per_epoch!r}"
            )
        self.make_train_function()
        return train_epochs(
            self,
            lambda num_steps: self._run(driver, num_steps),
            epochs,
            steps_per_epoch,
            callbacks,
            validation_freq,
            validation_episodes,
            initial_epoch,
            verbose,
        )

    def _run(self, driver, num_steps):
        """Collects at least as many steps and learns; returns how many they were."""
        num_rounds = -(-num_steps // self.collect_steps)
        if not driver.under_way:
            self._end_episodes()
        try:
            with eager_functions(self.run_eagerly):
                self.train_function(num_rounds)
            self.health.raise_if_faulty()
        except FloatingPointError:
            driver.begin_anew()
            raise
        driver.under_way = True
        return num_rounds * self.collect_steps

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


def _finite(name, values):
    error = FloatingPointError(
        f"Training stopped: the environment returned an {name} that is not finite "
        "(NaN or infinite). The weights are those before it."
    )
    return error, _all_finite(tf.nest.flatten(values))


def _all_finite(tensors):
    tensors = [tf.convert_to_tensor(x) for x in tensors]
    checks = [tf.math.is_finite(x) for x in tensors if x.dtype.is_floating]
    return tf.reduce_all([True, *[tf.reduce_all(check) for check in checks]])


def _result(metric):
    """Returns a metric's result, NaN for a mean of nothing."""
    if isinstance(metric, keras.metrics.Mean):
        return metric.total / metric.count
    return metric.result()
