import numpy as np
import tensorflow as tf

from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents
from keras_rlgen.agents.policies.array_network import ArrayNetwork
from keras_rlgen.agents.policies.policy_seed import policy_seed
from keras_rlgen.training.stateless_random import gumbel

tf_agents = import_tf_agents()


class SamplingPolicy(tf_agents.policies.TFPolicy):
    """Samples each action from a policy's distribution, with a stateless seed.

    Actions are not clipped to their bounds, since clipping would change their
    probability.

    Args:
        policy: `TFPolicy` that has a `distribution`. Its `info` is dropped.
        model: Keras model whose outputs are the logits of one discrete action, or
            `None`. `array_actor` computes small ones in NumPy.
        name: Name of the policy.

    Call arguments of `action`:
        seed: Int32 tensor `(2,)` of numbers >= 0, or an integer or `None` as in
            TF-Agents.
    """

    def __init__(self, policy, model=None, name=None):
        super().__init__(
            policy.time_step_spec,
            policy.action_spec,
            policy.policy_state_spec,
            clip=False,
            name=name,
        )
        self._policy = policy
        self._network = None
        if model is not None and ArrayNetwork.supports(model):
            self._network = ArrayNetwork(model)
        self._prepare = tf.function(self._weights_and_noise, autograph=False)

    def _action(self, time_step, policy_state, seed=None):
        step = self._policy.distribution(time_step, policy_state)
        distributions = tf.nest.flatten(step.action)
        seeds = tf.random.split(policy_seed(seed), len(distributions))
        actions = [
            distribution.sample(seed=seed)
            for distribution, seed in zip(
                distributions, tf.unstack(seeds, len(distributions)), strict=True
            )
        ]
        action = tf.nest.pack_sequence_as(step.action, actions)
        return step._replace(action=action, info=())

    def array_actor(self, num_environments, num_steps, seed):
        """Returns a function that acts in NumPy, valid until the weights change.

        It samples by the Gumbel-max trick: the argmax of the logits plus independent
        Gumbel noise.

        Args:
            num_environments: Integer `N`.
            num_steps: Integer, number of steps it is used for.
            seed: Int32 array `(2,)` of numbers >= 0.

        Returns:
            Function of the index of the step and of the observations, an array
            `(N, size)`, which returns actions, an array `(N,)`. `None` if there is no
            model that `ArrayNetwork` supports.

        Reference:
            [Maddison et al., 2014](https://arxiv.org/abs/1411.0030), section 2.
        """
        if self._network is None:
            return None
        shape = tf.constant((num_steps, num_environments))
        weights, noise = tf.nest.map_structure(
            lambda x: x.numpy(), self._prepare(shape, seed)
        )

        def act(index, observation):
            logits = self._network(weights, observation)
            return np.argmax(logits + noise[index], axis=-1)

        return act

    def _weights_and_noise(self, shape, seed):
        weights = [tf.identity(v.value) for v in self._network.variables]
        count = int(self.action_spec.maximum) + 1
        shape = tf.concat([shape, [count]], axis=0)
        return weights, gumbel(shape, seed)

    def _distribution(self, time_step, policy_state):
        return self._policy.distribution(time_step, policy_state)._replace(info=())

    def _get_initial_state(self, batch_size):
        return self._policy.get_initial_state(batch_size)

    def _variables(self):
        return self._policy.variables()
