"""Base class of the agents: a Keras model whose `fit` acts and learns."""

import abc
import contextlib
import functools

import tensorflow as tf

from keras_rlgen import rewards
from keras_rlgen.agents.bridge.numeric_checks import without_numeric_checks
from keras_rlgen.agents.loop.episode_statistics import EpisodeStatistics
from keras_rlgen.agents.loop.epochs import (
    check_epochs,
    check_num_steps,
    epochs_of_steps,
)
from keras_rlgen.agents.loop.frame_stream import FrameStream
from keras_rlgen.agents.loop.metric_results import metric_results
from keras_rlgen.agents.loop.relabelling import Relabeller
from keras_rlgen.agents.loop.rounds import all_finite, run_rounds
from keras_rlgen.agents.loop.traced_functions import TracedFunctions
from keras_rlgen.agents.loop.training_loop import train_epochs
from keras_rlgen.agents.policy_model import PolicyModel
from keras_rlgen.agents.step_training import StepTraining
from keras_rlgen.arguments import check_integer
from keras_rlgen.training.checked_optimizer import checked_optimizer
from keras_rlgen.training.compile_arguments import check_compile_arguments
from keras_rlgen.training.fit_arguments import check_fit_arguments
from keras_rlgen.training.guarded_model import serialize
from keras_rlgen.training.keras_internals import all_layers
from keras_rlgen.training.refused_arguments import refuse_arguments
from keras_rlgen.training.replica_checks import check_strategy

NOT_FINITE = FloatingPointError(
    "Training stopped: the loss or a weight is not finite (NaN or infinite). The "
    "weights are those before this round of updates. Lower the learning rate, clip "
    "gradients, or scale the rewards."
)
FIT_ADVICE = {
    **dict.fromkeys(
        ("x", "y", "batch_size", "validation_data", "validation_split", "shuffle"),
        "An agent acts in its environment, and takes no samples. For recorded episodes "
        "pass `experience=Experience.from_arrays(...)`.",
    ),
    "total_timesteps": "Pass `total_steps`.",
    "validation_steps": "Pass `validation_episodes` and `validation_freq`.",
}


class Agent(StepTraining, PolicyModel):
    """Base class of the agents: `fit`, `evaluate`, `predict`, `save` and `export`.

    A subclass makes its networks and its policies in the constructor, passes the latter
    to `_attach`, connects its optimizer in `_connect_optimizer`, and learns from
    collected frames in `_learn`.

    Args:
        environment: A Gymnasium id such as `"CartPole-v1"`, a `TensorEnvironment`, a
            `gymnasium.Env`, a `gymnasium.vector.VectorEnv`, a pool of EnvPool, a
            function without arguments that makes a `gymnasium.Env`, or one of these in
            other processes, `environments.Remote`. `EnvironmentSpecs` for an agent that
            only predicts.
        num_environments: Integer >= 1, how many are stepped together.
        seed: Integer, the seed of all random numbers of the agent. By default it comes
            from Python's `random`, which `keras.utils.set_random_seed` seeds.
        name: Name of the model.

    Attributes:
        tf_agent: The agent of TF-Agents, `None` for an agent that has none.
        policy: Greedy `TFPolicy`.
        collect_policy: Exploring `TFPolicy`.
        reward: The `Reward` of `compile`, or `None` for that of the environment.
        environment_steps: `tf.Variable`, the number of steps taken in the agent's own
            environment.
        imagined_steps: `tf.Variable`, the number taken in others, by
            `fit(environment=...)`.
    """

    compile_advice = {
        "metrics": (
            "`fit` logs what the agent's class documents, and `evaluate` measures "
            "returns. Leave it out."
        ),
        "loss": (
            "The loss is that of the algorithm. Where there is a choice, as "
            "`DQN(loss='huber')`, the constructor has it."
        ),
        "environment": "Pass it to the constructor.",
        "learning_rate": "Pass it to the optimizer: `keras.optimizers.Adam(1e-3)`.",
    }
    progress_logs = ("mean_return", "reward", "loss", "policy_loss")
    reward = None

    def __init__(self, environment, num_environments=1, seed=None, name=None):
        super().__init__(environment, num_environments, seed, name)
        self.imagined_steps = tf.Variable(0, trainable=False, dtype=tf.int64)
        self.statistics = EpisodeStatistics()
        self._relabel = None
        self._functions = TracedFunctions()

    def _attach(self, policy, collect_policy, tf_agent=None):
        super()._attach(policy, collect_policy, tf_agent)
        count = self.num_environments
        self._stream = FrameStream(count, collect_policy, self.environment_steps)
        self._stream.driver = self._driver
        self._other_stream = FrameStream(count, collect_policy, self.imagined_steps)

    @property
    def counters(self):
        policy_state = tf.nest.flatten(self._stream.policy_state)
        return {
            **super().counters,
            "imagined_steps": self.imagined_steps,
            "episode_return": self._stream.episode_return,
            "episode_length": self._stream.episode_length,
            **{f"policy_state_{i}": v for i, v in enumerate(policy_state)},
        }

    @property
    @abc.abstractmethod
    def collect_steps(self):
        """Number of steps of every environment between two rounds of updates."""

    @property
    @abc.abstractmethod
    def training_trackers(self):
        """List of `keras.metrics.Mean` which `_learn` updates, in order of the logs."""

    @abc.abstractmethod
    def _connect_optimizer(self, optimizer):
        """Makes a Keras optimizer, not built yet, train the networks."""

    @abc.abstractmethod
    def _learn(self, collected):
        """Learns from collected frames, inside a graph.

        Args:
            collected: `Collected` of tensors `(N, collect_steps, ...)`.
        """

    @contextlib.contextmanager
    def _all_or_none(self):
        """Undoes the updates made in this context if a weight is no longer finite."""
        of_reward = {id(v) for v in self.reward.variables} if self.reward else ()
        own = [v for v in self.variables if id(v) not in of_reward]
        variables = [*own, *self.optimizer.variables]
        with without_numeric_checks(), self.health.keeping(variables):
            yield
            self.health.check(NOT_FINITE, all_finite(own))

    def end_episodes(self):
        """Marks that the next frames do not continue the previous ones."""

    def compile(
        self,
        optimizer="adam",
        reward=None,
        run_eagerly=False,
        jit_compile="auto",
        steps_per_execution=None,
        **unknown,
    ):
        """Configures training.

        Args:
            optimizer: Keras optimizer or its name.
            reward: The reward to maximise in place of the environment's own: a name,
                `Reward`, arithmetic of rewards, or plain function of a `Transition`, or
                of the next observation if its parameter is named `state`.
                `rewards.Environment()` is the environment's own, as a term. Returns
                that are logged, and those of `evaluate`, stay the environment's. By
                default the environment's own reward.
            run_eagerly: Whether to run eagerly, op by op, for debugging.
            jit_compile: Whether updates, and steps of tensor environments, are
                compiled with XLA. `"auto"` does so, on CPUs too, unless XLA cannot
                compile a layer of the networks. Rewards run outside of XLA.
            steps_per_execution: Integer, steps of every environment between two calls
                of callbacks' `on_train_batch_end`. By default a twentieth of an epoch.
            **unknown: Refused, with what to use instead.

        Raises:
            TypeError: If `optimizer` is not a Keras 3 optimizer, `reward` is no reward,
                or there is another argument.
            ValueError: If the reward is not of shape `(batch,)` for transitions of the
                environment.
        """
        refuse_arguments(self, "compile", unknown, self.compile_advice)
        check_compile_arguments(run_eagerly, jit_compile, steps_per_execution)
        check_strategy(self, {}, jit_compile)
        if reward is not None:
            reward = rewards.get(reward)
        if jit_compile == "auto":
            jit_compile = self.supports_xla and not run_eagerly
        optimizer = checked_optimizer(optimizer)
        relabel = reward and Relabeller(reward, self.specs, self.health)
        self._connect_optimizer(optimizer)
        super().compile(
            optimizer,
            run_eagerly=run_eagerly,
            jit_compile=jit_compile,
            parts={"reward": reward},
            auto_scale_loss=False,
        )
        self.steps_per_execution = steps_per_execution
        self._relabel = relabel
        self._forget_functions()

    def _check_compilable(self, parts):
        """Does nothing: rewards run outside of XLA."""

    def _forget_functions(self):
        """Drops the traced functions, so that they are traced again."""
        self.is_traced = False
        self._functions.clear()
        self._stream.train_function = self._other_stream.train_function = None

    @property
    def supports_xla(self):
        of_reward = {id(x) for x in all_layers(self.reward)} if self.reward else ()
        layers = [x for x in all_layers(self) if id(x) not in of_reward]
        return all(layer.supports_jit for layer in layers)

    def get_compile_config(self):
        config = super().get_compile_config()
        if config is not None:
            config["reward"] = serialize(self.reward)
            config.update(self._serialized_optimizers())
        return config

    def _serialized_optimizers(self):
        """Returns the arguments of `compile` that are optimizers, serialized."""
        return {"optimizer": serialize(self.optimizer)}

    def fit(
        self,
        epochs=1,
        steps_per_epoch=1000,
        callbacks=None,
        validation_freq=None,
        validation_episodes=20,
        initial_epoch=0,
        verbose="auto",
        environment=None,
        experience=None,
        loss=None,
        total_steps=None,
        **unknown,
    ):
        """Acts in the environment and learns from it.

        Args:
            epochs: Integer, the index of the epoch to stop before.
            steps_per_epoch: Integer, steps of every environment in an epoch, rounded up
                to whole rounds of `collect_steps`. With 8 environments, 1000 steps are
                up to 8000 environment steps; a step that only resets an environment
                does not count.
            callbacks: List of `keras.callbacks.Callback`.
            validation_freq: Integer, epochs between calls of `evaluate`; or a list of
                the epochs, counted from 1, after which it is called. By default never.
            validation_episodes: Integer, episodes that `evaluate` plays.
            initial_epoch: Integer, the index of the first epoch.
            verbose: 0: silent, 1 or `"auto"`: a progress bar, 2: a line an epoch.
            environment: Another environment to act in than the agent's own, with the
                same specs: a model of it, or a harder one. `evaluate` and schedules
                still use the agent's own. `imagined_steps` counts the steps in it.
            experience: `keras_rlgen.experience.Experience` to learn from instead of
                acting. A step is then an update.
            loss: `"cloning"` for the on-policy agents `PPO`, `ActorCritic` and
                `Reinforce`, which learn from `experience` to act as recorded.
                Off-policy agents use their own loss and take none.
            total_steps: Integer, environment steps, those of all environments together,
                in place of `epochs`: as many epochs as they make, of which the last may
                be shorter. Rounded up to whole rounds, as epochs are.
            **unknown: Refused, with what to use instead.

        Returns:
            A `keras.callbacks.History`. A log that does not exist in an epoch, such as
            a loss before the first update, has no entry of it: `curve(name)` returns
            the environment steps and the values of a log.

        Raises:
            TypeError: If samples are given, or there is another argument.
            ValueError: If the agent was not compiled, has no environment, or if an
                argument is out of its range.
            FloatingPointError: If a gradient, observation or reward is not finite; the
                weights are those before that update.
        """
        refuse_arguments(self, "fit", unknown, FIT_ADVICE)
        check_epochs(self, epochs)
        self._check_compiled("fit")
        check_fit_arguments(
            {
                "epochs": epochs,
                "initial_epoch": initial_epoch,
                "callbacks": callbacks,
                "verbose": verbose,
                "validation_freq": validation_freq,
            }
        )
        check_integer("validation_episodes", validation_episodes)
        check_num_steps("steps_per_epoch", steps_per_epoch)
        steps_of_epochs = [steps_per_epoch] * epochs
        if total_steps is not None:
            steps_of_epochs = epochs_of_steps(
                total_steps, steps_per_epoch, self.num_environments, epochs
            )
        if experience is not None and environment is not None:
            raise ValueError(
                "Expected an `environment` to act in or an `experience` to learn from. "
                "Received both. To learn from both at once, mix the experience into "
                "the replay buffer: `compile(replay=Mixture(experience, ratio))`."
            )
        if experience is not None:
            training = self._training_on(experience, loss)
        else:
            training = self._training_in(environment)
        with training as train:
            return train_epochs(
                self,
                train,
                steps_of_epochs,
                callbacks,
                validation_freq,
                validation_episodes,
                initial_epoch,
                verbose,
            )

    @contextlib.contextmanager
    def _training_in(self, environment):
        """Yields a function of a number of steps that acts and learns.

        Frames of two environments are never joined.
        """
        stream = self._stream if environment is None else self._other_stream
        driver = self._driver_of(environment, "fit")
        if stream.driver is not driver:
            stream.driver, stream.train_function = driver, None
        if environment is not None:
            self.end_episodes()
        try:
            yield functools.partial(run_rounds, self, stream)
        finally:
            if environment is not None:
                self.end_episodes()

    @abc.abstractmethod
    def _training_on(self, experience, loss):
        """As `_training_in`, for a function of a number of updates."""

    def jitted(self, method):
        """Returns a method as a `tf.function`, compiled with XLA if the agent is to be.

        Args:
            method: Bound method of the agent. It is traced once.
        """
        return self._functions.get(method, self.jit_compile)

    def traced(self, method):
        """As `jitted`, not compiled with XLA."""
        return self._functions.get(method, False)

    def collect(self, stream):
        """Acts for a round in the environment of a `FrameStream`."""
        collected = stream.collect(self.collect_steps, self._vector_steps)
        self._vector_steps.assign_add(self.collect_steps)
        return collected

    def learn_if_healthy(self, collected):
        """Learns from `Collected`, unless a value was not finite before."""
        self.health.guard({}, lambda: self._learn(collected))

    def _relabelled(self, frames, next_observation):
        """Returns frames with the reward of `compile`, if there is one."""
        if self._relabel is None:
            return frames
        return self._relabel(frames, next_observation)

    @property
    def metrics(self):
        of_reward = [] if self._relabel is None else self._relabel.trackers
        return [*self.statistics.metrics, *self.training_trackers, *of_reward]

    @property
    def fit_log_names(self):
        """List of the names of all that `fit` may log of training."""
        steps = "environment_steps", "environment_steps_per_second"
        return [*(metric.name for metric in self.metrics), *steps]

    def get_metrics_result(self):
        """Returns the logs of the epoch so far: floats, without means of nothing."""
        values, exist = self.traced(self._results)()
        names = [metric.name for metric in self.metrics]
        rows = zip(names, values.numpy().tolist(), exist.numpy(), strict=True)
        return {name: value for name, value, exists in rows if exists}

    def _results(self):
        return metric_results(self.metrics)
