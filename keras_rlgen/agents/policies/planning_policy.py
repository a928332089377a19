import tensorflow as tf

from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents
from keras_rlgen.agents.policies.policy_seed import policy_seed

tf_agents = import_tf_agents()


class PlanningPolicy(tf_agents.policies.TFPolicy):
    """Plans each action in a model.

    The state of the policy is the strategy's memory, which is forgotten where an
    episode begins.

    Args:
        specs: `EnvironmentSpecs`.
        environment: `TensorEnvironment`, the model.
        strategy: `PlanningStrategy`.
        problem: `PlanningProblem` of the model.
        explore: Whether the strategy explores.
        variables: List of `tf.Variable` that the plan depends on.
        jit_compile: Whether XLA compiles the search, which is many small operations.
        name: Name of the policy.

    Call arguments of `action`:
        seed: Int32 tensor `(2,)` of numbers >= 0, or an integer or `None` as in
            TF-Agents. Without exploration it is ignored: the same observations have the
            same actions.
    """

    def __init__(
        self,
        specs,
        environment,
        strategy,
        problem,
        explore,
        variables,
        jit_compile=True,
        name=None,
    ):
        self._environment = environment
        self._strategy = strategy
        self._problem = problem
        self._explore = explore
        self._model_variables = variables
        self._plan = tf.function(
            self._plan_from, autograph=False, jit_compile=jit_compile
        )
        memory = strategy.initial_memory(problem, 1)
        super().__init__(
            specs.time_step,
            specs.action,
            tf.nest.map_structure(
                lambda x: tf.TensorSpec(x.shape[1:], x.dtype), memory
            ),
            name=name,
        )

    def _action(self, time_step, policy_state, seed=None):
        observation = tf.cast(time_step.observation, tf.float32)
        fresh = self._get_initial_state(tf.shape(observation)[0])
        is_first = time_step.is_first()
        memory = tf.nest.map_structure(
            lambda new, old: tf.where(
                tf.reshape(is_first, [-1] + [1] * (old.shape.rank - 1)), new, old
            ),
            fresh,
            policy_state,
        )
        seed = policy_seed(seed) if self._explore else tf.constant([0, 1])
        action, memory = self._plan(observation, memory, seed)
        action = tf.cast(action, self.action_spec.dtype)
        return tf_agents.trajectories.PolicyStep(action, memory, ())

    def _plan_from(self, observation, memory, seed):
        state = self._environment.inner_state_of(observation)
        return self._strategy.plan(self._problem, state, memory, seed, self._explore)

    def _get_initial_state(self, batch_size):
        return self._strategy.initial_memory(self._problem, batch_size)

    def _variables(self):
        return self._model_variables
