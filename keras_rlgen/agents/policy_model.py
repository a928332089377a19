"""Base class of models that act: a Keras model whose outputs are actions."""

import random

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.agents.bridge.eager_functions import eager_functions
from keras_rlgen.agents.bridge.environment_specs import EnvironmentSpecs
from keras_rlgen.agents.bridge.policy_export import export_policy
from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents
from keras_rlgen.agents.drivers.make_driver import make_driver
from keras_rlgen.agents.loop.agent_state import load_agent_state, save_agent_state
from keras_rlgen.agents.loop.confidence_interval import summary_of_returns
from keras_rlgen.agents.loop.environment_terms import EnvironmentTerms
from keras_rlgen.agents.loop.recording import record
from keras_rlgen.agents.playing import PolicyPlaying
from keras_rlgen.agents.policies.seedless_policy import SeedlessPolicy
from keras_rlgen.arguments import check_integer, check_seed, is_integer
from keras_rlgen.environments.environment_kinds import is_gymnasium_instance
from keras_rlgen.environments.remote import local_environment
from keras_rlgen.environments.tensor_environment import TensorEnvironment
from keras_rlgen.training.guarded_model import GuardedModel, serialize
from keras_rlgen.training.keras_internals import all_layers
from keras_rlgen.training.load_model import load_model
from keras_rlgen.training.progress_bar import line_of_logs
from keras_rlgen.training.random_streams import stream_key
from keras_rlgen.training.refused_arguments import refuse_arguments

tf_agents = import_tf_agents()
EVALUATE_ADVICE = dict.fromkeys(
    ("x", "y", "batch_size", "steps"),
    "An agent is evaluated by episodes that it plays: `evaluate(episodes=20)`.",
)

LONGEST_EPISODE = 10_000  # steps, in evaluation


class PolicyModel(PolicyPlaying, GuardedModel):
    """Base class of models that act: `evaluate`, `record`, `predict`, `save`, `export`.

    Args:
        environment: As in `Agent`.
        num_environments: As in `Agent`.
        seed: As in `Agent`.
        name: As in `Agent`.
    """

    saves_experience = True
    one_replica_because = (
        "it acts in environments of one process, and replicas would each learn from "
        "experience of their own. Use one device; slow environments fill its cores as "
        "`environment=gymnasium.vector.AsyncVectorEnv(...)`."
    )
    _named_environment = None  # of a file, not imported

    def __init__(self, environment, num_environments=1, seed=None, name=None):
        super().__init__(name=name)
        if not is_integer(num_environments) or num_environments < 1:
            raise ValueError(
                "Expected `num_environments` to be a positive integer. "
                f"Received: {num_environments!r}"
            )
        self.num_environments = num_environments
        check_seed(seed)
        self.seed = random.randrange(2**31) if seed is None else int(seed)
        self.train_step_counter = tf.Variable(0, trainable=False, dtype=tf.int64)
        self.environment_steps = tf.Variable(0, trainable=False, dtype=tf.int64)
        self._vector_steps = tf.Variable(0, trainable=False, dtype=tf.int64)
        self._driver = None
        self._other_drivers = {}
        if isinstance(environment, EnvironmentSpecs):
            self.environment, self.specs = None, environment
        else:
            self.environment = environment
            self._driver = make_driver(environment, num_environments, self.seed)
            self.specs = self._driver.specs
        self._terms = EnvironmentTerms(self.specs)

    def _attach(self, policy, collect_policy, tf_agent=None):
        """Sets the policies.

        Args:
            policy: Greedy `TFPolicy` for the specs.
            collect_policy: Exploring `TFPolicy`, whose `action` takes a stateless seed.
            tf_agent: The agent of TF-Agents that learns, if there is one.
        """
        if tf_agent is not None:
            tf_agent.initialize()
        self.tf_agent = tf_agent
        self.policy = policy
        self.collect_policy = collect_policy
        self._predictor = tf.function(self.call, autograph=False, reduce_retracing=True)
        self.built = True
        if self._driver is not None:
            self._driver.bind(self)

    @property
    def counters(self):
        """Dict from names to the variables that count the progress of training."""
        return {
            "environment_steps": self.environment_steps,
            "vector_steps": self._vector_steps,
        }

    def experience_state(self):
        """Returns the stored experience, a dict from names to arrays."""
        return {}

    def load_experience_state(self, state):
        """Loads what `experience_state` returned."""

    @property
    def driver(self):
        """The `Driver` that acts in the environment, `None` until it is needed."""
        return self._driver

    @property
    def supports_xla(self):
        """Whether XLA can compile every layer of the networks."""
        return all(layer.supports_jit for layer in all_layers(self))

    def evaluate(
        self,
        episodes=20,
        seed=None,
        environment=None,
        return_dict=True,
        verbose="auto",
        max_steps=LONGEST_EPISODE,
        **unknown,
    ):
        """Evaluates the greedy `policy` on whole episodes.

        Args:
            episodes: Integer >= 1. The number for each environment is fixed beforehand,
                so that short ones are not favoured.
            seed: Integer. The same seed and weights give the same result. By default it
                depends on the agent's own and on the training steps so far.
            environment: Another environment than the agent's own, with the same specs.
            return_dict: Whether to return a dict, or a list of its values.
            verbose: 0 for no output, else a line is printed.
            max_steps: Integer >= 1, the steps within which every episode has to end.
                Raise it for longer episodes. Defaults to 10,000.
            **unknown: Refused, with what to use instead.

        Returns:
            Dict of floats: `mean_return`, undiscounted; `return_low` and
            `return_high`, its 95% confidence interval (Student's), which one episode
            does not have; `return_std`, the standard deviation between episodes;
            `episode_length`, the mean in environment steps; and `episodes`.

        Raises:
            TypeError: If there is another argument.
            ValueError: If there is no environment, its specs differ, or an episode does
                not end within `max_steps`.
        """
        refuse_arguments(self, "evaluate", unknown, EVALUATE_ADVICE)
        check_integer("max_steps", max_steps)
        check_seed(seed)
        if not is_integer(episodes) or episodes < 1:
            raise ValueError(
                "Expected `episodes`, the number of episodes to play, to be a positive "
                f"integer. Received: {episodes!r}. Another environment is "
                "`evaluate(environment=...)`."
            )
        if seed is None:
            seed = self.seed + int(self._vector_steps)
        driver = self._driver_of(environment, "evaluate")
        driver.jit_compile = self.jit_compile if self.compiled else self.supports_xla
        with eager_functions(self.run_eagerly):
            returns, lengths = driver.run_episodes(
                self.policy, episodes, seed, max_steps
            )
        results = {**summary_of_returns(returns, lengths), "episodes": episodes}
        if verbose:
            print(line_of_logs(f"{episodes} episodes", results))
        return results if return_dict else list(results.values())

    def record(
        self, episodes=None, steps=None, exploring=False, seed=None, environment=None
    ):
        """Records episodes from their beginning, without learning.

        Args:
            episodes: Integer >= 1, the number of whole episodes. The number for each
                environment is fixed beforehand, so that short ones are not favoured.
            steps: Integer >= 1, the number of environment steps instead: the last
                episode of each environment is cut.
            exploring: Whether `collect_policy`, which explores, acts instead of
                `policy`.
            seed: Integer. The same seed and weights give the same episodes. By default
                as in `evaluate`.
            environment: Another environment than the agent's own, with the same specs.

        Returns:
            `keras_rlgen.experience.Experience`.

        Raises:
            ValueError: If neither or both of `episodes` and `steps` are given, if one
                is out of its range, or as `evaluate`.
        """
        counts = [x for x in (episodes, steps) if x is not None]
        if len(counts) != 1 or not is_integer(counts[0]) or counts[0] < 1:
            raise ValueError(
                "Expected either `episodes` or `steps`, a positive integer. Received: "
                f"episodes={episodes!r}, steps={steps!r}"
            )
        if environment is None:
            self._require_driver("record")
            environment = self.environment
        environment = local_environment(environment)
        check_seed(seed)
        if seed is None:
            seed = self.seed + int(self._vector_steps)
        is_one_instance = is_gymnasium_instance(environment)
        count = self.num_environments
        if not is_one_instance:
            count = min(count, counts[0])
        driver = self._make_driver(environment, count, stream_key(seed, "record"))
        policy = self.collect_policy if exploring else SeedlessPolicy(self.policy)
        with eager_functions(self.run_eagerly):
            experience = record(driver, policy, count, episodes, steps)
        if not is_one_instance:
            driver.close()
        elif self._driver is not None:
            # Another driver stepped it.
            self._driver.reset_episodes()
        return experience

    def predict(self, observations, batch_size=None, verbose=0, **unknown):
        """Returns the actions of the greedy `policy`.

        Args:
            observations: One observation as the environment gives it (an integer of a
                `Discrete` space, a `dict` of a `Dict` space); a batch of them, whose
                first axis is the batch; or a list of them. A batch as the networks take
                it, one-hot, is accepted as well.
            batch_size: Integer, observations in a batch. By default all.
            verbose: As in `keras.Model.predict`; nothing is printed.
            **unknown: Refused, with what to use instead.

        Returns:
            Actions as the environment takes them: an array `(batch, *action_shape)`, or
            of one observation `action_shape`. Discrete actions count from the space's
            start, continuous ones are within their bounds.

        Raises:
            TypeError: If there is another argument.
            ValueError: If there are none, they have another shape or structure, or are
                not finite.
        """
        refuse_arguments(self, "predict", unknown)
        if batch_size is not None:
            check_integer("batch_size", batch_size)
        observations, is_one = self._terms.batch(observations)
        flat, actions = tf.nest.flatten(observations), []
        count = len(flat[0])
        for start in range(0, count, batch_size or count):
            batch = [x[start : start + (batch_size or count)] for x in flat]
            batch = tf.nest.pack_sequence_as(observations, batch)
            actions.append(self._predictor(batch))
        actions = tf.nest.map_structure(
            lambda *parts: np.concatenate([part.numpy() for part in parts]), *actions
        )
        actions = self._terms.actions(actions)
        return actions[0] if is_one else actions

    def call(self, observations, training=None):
        """Returns the actions of `policy` for a batch of observations."""
        batch_shape = tf.shape(tf.nest.flatten(observations)[0])[:1]
        time_step = tf_agents.trajectories.restart(observations, batch_shape)
        policy_state = self.policy.get_initial_state(batch_shape[0])
        return self.policy.action(time_step, policy_state).action

    def export(self, filepath, format="tf_saved_model"):
        """Writes `policy` as a SavedModel that runs with TensorFlow alone, or LiteRT.

        `tf.saved_model.load(path).act(observations)` takes what `predict` takes, in a
        batch. See `keras_rlgen.agents.bridge.policy_export.export_policy`.

        Args:
            filepath: Folder to write; for LiteRT a file `*.tflite`.
            format: `"tf_saved_model"` or `"litert"`.

        Raises:
            ValueError: If `filepath` is no such path, the keys of observations cannot
                name inputs, or LiteRT lacks operations of the policy.
        """
        export_policy(
            self.policy, filepath, self.train_step_counter, self._terms, format=format
        )

    def get_config(self):
        environment = local_environment(self.environment)
        if isinstance(environment, TensorEnvironment) and _is_registered(environment):
            environment = serialize(environment)
        elif not isinstance(environment, str):
            environment = self._named_environment
        return {
            "environment": environment,
            "specs": serialize(self.specs),
            "num_environments": self.num_environments,
            "seed": self.seed,
            "name": self.name,
        }

    def acting_config(self):
        """Returns the config of a copy that acts in another process.

        It has no environment, and of the experience only what its policies read.
        """
        return {**self.get_config(), "environment": None}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = {
            key: keras.saving.deserialize_keras_object(value, custom_objects)
            for key, value in config.items()
        }
        environment, specs = config.pop("environment"), config.pop("specs")
        in_tensors = isinstance(environment, TensorEnvironment)
        agent = cls(environment=environment if in_tensors else specs, **config)
        if isinstance(environment, str) and ":" in environment:
            # Making it would import a module that the file names.
            agent._named_environment, environment = environment, None
        agent.environment = environment
        return agent

    @classmethod
    def load(cls, filepath, environment=None, custom_objects=None):
        """Loads an agent that `save` wrote.

        Training continues exactly: networks, target networks, optimizer, replay buffer,
        normalisers, counters and random numbers, and the state of tensor environments
        are restored. Episodes of Gymnasium environments are reset.

        `Agent.load` loads an agent of any class, and so does
        `keras.saving.load_model`.

        Args:
            filepath: Path of the `.keras` file.
            environment: As in the constructor. Required for further training where the
                file cannot hold it: it holds ids and registered tensor environments.
            custom_objects: Dict from names to classes or functions that are not
                registered with Keras, or `None`.

        Returns:
            The agent, compiled as it was.

        Raises:
            ValueError: If the file holds another class, or the environment has other
                specs.
        """
        agent = load_model(filepath, custom_objects)
        if not isinstance(agent, cls):
            raise ValueError(
                f"Expected a `{cls.__name__}` in {str(filepath)!r}. Received: a "
                f"`{type(agent).__name__}`. Load it with `keras_rlgen.load_model`."
            )
        if environment is not None:
            agent._driver = agent._make_driver(environment)
            agent._terms = EnvironmentTerms(agent._driver.specs)
            agent.environment, agent._named_environment = environment, None
        return agent

    def save(
        self, filepath, overwrite=True, zipped=None, include_experience=True, **kwargs
    ):
        """Writes the agent as a `.keras` file, from which training continues exactly.

        Args:
            filepath: Path that ends in `.keras`.
            overwrite: As in `keras.Model.save`.
            zipped: As in `keras.Model.save`.
            include_experience: Whether to write the replay buffer. Without it the file
                is small, and training continues with an empty one.
            **kwargs: As in `keras.Model.save`.
        """
        self.saves_experience = include_experience
        try:
            super().save(filepath, overwrite=overwrite, zipped=zipped, **kwargs)
        finally:
            self.saves_experience = True

    def save_own_variables(self, store):
        self._save_seed_states(store)
        save_agent_state(self, store)

    def load_own_variables(self, store):
        self._load_seed_states(store)
        load_agent_state(self, store)

    def _driver_of(self, environment, method):
        """Returns the driver of an environment, by default the agent's own.

        The last other environment of each method is cached with its compiled functions.

        Args:
            environment: An environment, or `None`.
            method: String, the method that needs it.
        """
        if environment is None:
            return self._require_driver(method)
        known, driver = self._other_drivers.get(method, (None, None))
        if known is environment or (isinstance(known, str) and known == environment):
            return driver
        other = self._make_driver(environment)
        if driver is not None:
            driver.close()
        self._other_drivers[method] = environment, other
        return other

    def _make_driver(self, environment, num_environments=None, seed=None):
        driver = make_driver(
            environment,
            num_environments or self.num_environments,
            self.seed if seed is None else seed,
        )
        self._check_specs(driver.specs)
        driver.bind(self)
        return driver

    def _check_specs(self, specs):
        if specs != self.specs:
            raise ValueError(
                f"Expected an environment of the specs {self.specs}, those of this "
                f"agent. Received: {specs}"
            )

    def _require_driver(self, method):
        if self._driver is None:
            if self._named_environment is not None:
                raise ValueError(
                    f"`{method}()` needs the environment that the file names, "
                    f"{self._named_environment!r}, and making it imports the module "
                    "before the colon. If you trust it, load the agent with "
                    f"`{type(self).__name__}.load(path, environment="
                    f"{self._named_environment!r})`."
                )
            if self.environment is None:
                raise ValueError(
                    f"`{method}()` needs an environment, and this agent has none: a "
                    "file cannot hold it. Load the agent with "
                    f"`{type(self).__name__}.load(path, environment=...)`."
                )
            self._driver = self._make_driver(self.environment)
        return self._driver


def _is_registered(environment):
    cls = type(environment)
    return keras.saving.get_registered_name(cls) != cls.__name__
