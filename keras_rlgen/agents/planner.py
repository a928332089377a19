import keras
import tensorflow as tf

from keras_rlgen.agents.bridge.policy_export import export_policy
from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents
from keras_rlgen.agents.drivers.tensor_driver import tensor_environment_specs
from keras_rlgen.agents.policies.planning_policy import PlanningPolicy
from keras_rlgen.agents.policies.warm_up_policy import WarmUpPolicy
from keras_rlgen.agents.policy_model import PolicyModel
from keras_rlgen.arguments import is_integer, is_number
from keras_rlgen.environments.action import DiscreteAction
from keras_rlgen.environments.tensor_environment import TensorEnvironment
from keras_rlgen.identifiers import with_objects
from keras_rlgen.planning import simulated_returns
from keras_rlgen.planning.strategies import PlanningProblem, PlanningStrategy
from keras_rlgen.training.guarded_model import serialize
from keras_rlgen.training.stateless_random import integers, validated_seed

tf_agents = import_tf_agents()


@keras.saving.register_keras_serializable("keras_rlgen")
class Planner(PolicyModel):
    """Acts by planning in a model of the environment.

    It learns nothing: `evaluate`, `record`, `predict`, `save` and `export` are those of
    an agent.

    Args:
        model: `TensorEnvironment` to plan in, with `inner_state_of`: the true one or a
            `WorldModel`. Until that is trained, the exploring policy acts at random.
        search: `PlanningStrategy`: `planning.GumbelSearch`, `PUCT` or `UCT` for
            discrete actions; `planning.CrossEntropy`, `PathIntegral` or
            `RandomShooting` for continuous ones.
        policy: Keras model from observations to the logits of actions, the prior of a
            tree search; uniform by default.
        value: Keras model from observations to values, `(batch, 1)`. By default, of
            trees the return of one random rollout of `rollout_steps`; of sequences
            none.
        environment: What to act in, as in `Agent`. By default `model`.
        gamma: Float in (0, 1], the discount factor of a step.
        rollout_steps: Integer >= 0, the length of a random rollout.
        num_environments: As in `Agent`.
        seed: As in `Agent`.
        name: Name of the model.

    Raises:
        TypeError: If `model` or `search` is something else.
        ValueError: If the strategy does not plan such actions, an argument is out of
            its range, a network does not fit, or the environment has other specs.
        NotImplementedError: If the model has no `inner_state_of`.

    Example:

    ```python
    planner = Planner(CartPole(), planning.GumbelSearch(num_simulations=32))
    planner.evaluate(episodes=10, environment="CartPole-v1")
    planner.export("planner")  # model, networks and search in one SavedModel
    ```

    Reference:
        [Danihelka et al., 2022](https://openreview.net/forum?id=bERaNdoegnO);
        [Chua et al., 2018](https://arxiv.org/abs/1805.12114).
    """

    def __init__(
        self,
        model,
        search,
        policy=None,
        value=None,
        environment=None,
        gamma=0.99,
        rollout_steps=10,
        num_environments=1,
        seed=None,
        name=None,
    ):
        _check_parts(model, search)
        if not (is_number(gamma) and 0.0 < gamma <= 1.0):
            raise ValueError(f"Expected `gamma` in (0, 1]. Received: {gamma!r}")
        if not is_integer(rollout_steps) or rollout_steps < 0:
            raise ValueError(
                f"Expected `rollout_steps` >= 0, an integer. Received: {rollout_steps}"
            )
        environment = model if environment is None else environment
        super().__init__(environment, num_environments, seed, name)
        expected = tensor_environment_specs(model)
        if self.specs != expected:
            raise ValueError(
                f"Expected an environment of the specs of the model: {expected}. "
                f"Received: {self.specs}"
            )
        self.model = model
        self.search = search
        self.prior_network, self.value_network = policy, value
        self.gamma = float(gamma)
        self.rollout_steps = rollout_steps
        discrete = isinstance(model.action, DiscreteAction)
        problem = PlanningProblem(
            step=self._step,
            prior_and_value=self._prior_and_value,
            num_actions=model.action.count if discrete else None,
            action_shape=tuple(model.action.shape),
            low=None if discrete else model.action.low,
            high=None if discrete else model.action.high,
            has_value=value is not None,
        )
        self._check_networks()
        learned = [*self._networks(), *([model] if _is_learned(model) else [])]
        variables = [v.value for network in learned for v in network.variables]
        jit_compile = self.supports_xla
        policy, exploring = (
            PlanningPolicy(
                self.specs, model, search, problem, explore, variables, jit_compile
            )
            for explore in (False, True)
        )
        if _is_learned(model):
            exploring = WarmUpPolicy(exploring, lambda: ~model.is_fitted.value)
        self._attach(policy, exploring)

    def _networks(self):
        networks = self.prior_network, self.value_network
        return [network for network in networks if network is not None]

    def _step(self, state, action, seed):
        state, reward, end = self.model.transition(state, action, seed)
        if not end.dtype.is_floating:
            end = 1.0 - tf.cast(end, tf.float32)
        return state, reward, self.gamma * end

    def _prior_and_value(self, state, seed):
        observation = self.model.observation(state)
        count = tf.shape(observation)[0]
        logits = None
        if isinstance(self.model.action, DiscreteAction):
            logits = tf.zeros((count, self.model.action.count))
            if self.prior_network is not None:
                logits = self.prior_network(observation, training=False)
        if self.value_network is not None:
            value = tf.reshape(self.value_network(observation, training=False), [-1])
        else:
            value = self._rollout(state, count, seed)
        return logits, value

    def _rollout(self, state, count, seed):
        """Returns the returns of random actions, float32 `(count,)`."""
        if not self.rollout_steps:
            return tf.zeros((count,))
        action_seed, seed = tf.unstack(tf.random.split(validated_seed(seed), 2))
        shape = count, 1, self.rollout_steps
        actions = integers(shape, action_seed, self.model.action.count)
        actions = tf.ensure_shape(actions, (None, *shape[1:]))
        seed = validated_seed(seed)
        return simulated_returns(self._step, state, actions, seed)[:, 0]

    def _check_networks(self):
        observation = tf.zeros((1, *self.model.observation_shape))
        self.model.inner_state_of(observation)  # Raises if there is none.
        if self.prior_network is not None:
            expected = 1, getattr(self.model.action, "count", None)
            _check_output("policy", self.prior_network, observation, expected)
        if self.value_network is not None:
            _check_output("value", self.value_network, observation, (1, 1))

    def fit(self, *args, **kwargs):
        """Raises `TypeError`: a planner learns nothing.

        Args:
            *args: Refused.
            **kwargs: Refused.
        """
        raise TypeError(
            "`Planner` plans in its model, and has nothing to `fit`. Train the model, "
            "`WorldModel.fit(experience)`, or both in turns: "
            "`rl_models.ModelBasedAgent(world, planner=planner)`."
        )

    def export(self, filepath, format="tf_saved_model", batch_size=1):
        """Writes the planner as a SavedModel: model, networks and search.

        See `Agent.export`.

        Args:
            filepath: Folder to write.
            format: `"tf_saved_model"`. LiteRT lacks the random numbers of a search.
            batch_size: Integer, the number of observations of a call.

        Raises:
            ValueError: As `Agent.export`.
        """
        counter = self.train_step_counter
        export_policy(self.policy, filepath, counter, self._terms, batch_size, format)

    def get_config(self):
        config = super().get_config()
        specs = config.pop("specs")
        if self.environment is self.model:
            config["environment"] = None
        elif config["environment"] is None:
            config["environment"] = specs
        return {
            **config,
            "model": serialize(self.model),
            "search": serialize(self.search),
            "policy": serialize(self.prior_network),
            "value": serialize(self.value_network),
            "gamma": self.gamma,
            "rollout_steps": self.rollout_steps,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        keys = "model", "search", "policy", "value", "environment"
        config = with_objects(config, *keys, custom_objects=custom_objects)
        config.pop("specs", None)  # of files of earlier versions
        return cls(**config)


def _is_learned(model):
    """Returns whether a `TensorEnvironment` is a model that is trained."""
    return isinstance(model, keras.Model)


def _check_parts(model, search):
    if not isinstance(model, TensorEnvironment):
        raise TypeError(
            f"Expected `model` to be a `TensorEnvironment`. Received: {model!r} of "
            f"type {type(model).__name__}"
        )
    if not isinstance(search, PlanningStrategy):
        raise TypeError(
            "Expected `search` to be a strategy such as `planning.GumbelSearch()`. "
            f"Received: {search!r} of type {type(search).__name__}"
        )
    if search.is_continuous == isinstance(model.action, DiscreteAction):
        kinds = "discrete", "continuous"
        raise ValueError(
            f"`{type(search).__name__}` plans {kinds[search.is_continuous]} actions. "
            f"Received: a model of {kinds[not search.is_continuous]} ones. Use "
            f"`{'GumbelSearch' if search.is_continuous else 'CrossEntropy'}`."
        )


def _check_output(name, network, observation, expected):
    try:
        shape = tuple(network(observation, training=False).shape)
    except Exception as error:
        raise ValueError(
            f"Expected `{name}` to take observations {tuple(observation.shape)}. "
            f"Received the error: {error}"
        ) from error
    if shape != expected:
        raise ValueError(
            f"Expected `{name}` to return {expected} for observations "
            f"{tuple(observation.shape)}. Received: {shape}"
        )
