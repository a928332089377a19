import numpy as np
import tensorflow as tf

from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents

tf_agents = import_tf_agents()
TimeStep = tf_agents.trajectories.TimeStep


class CompiledActor:
    """A policy as a compiled function of arrays.

    Args:
        policy: `TFPolicy`.
    """

    def __init__(self, policy):
        @tf.function(autograph=False)
        def act(observation, step_type, policy_state, seed):
            ones = tf.ones_like(step_type, tf.float32)
            time_step = TimeStep(step_type, tf.zeros_like(ones), ones, observation)
            return policy.action(time_step, policy_state, seed)

        self._act = act

    def __call__(self, observation, step_type, policy_state, seed=None):
        """Acts in all environments.

        Args:
            observation: Nest of arrays `(N, ...)`.
            step_type: Int32 array `(N,)`.
            policy_state: Nest of tensors or arrays.
            seed: Pair of integers in [0, 2^31), or `None` for a deterministic policy.

        Returns:
            `PolicyStep` with arrays as its action and info.
        """
        if seed is not None:
            seed = np.array(seed, np.int32)
        step = self._act(observation, step_type, policy_state, seed)
        action, info = tf.nest.map_structure(np.asarray, (step.action, step.info))
        return step._replace(action=action, info=info)
