import tensorflow as tf
from tensorflow_probability import distributions as tfd

from keras_rlgen.agents.networks.action_specs import action_mask, num_actions
from keras_rlgen.agents.networks.keras_network import KerasNetwork

# A logit of probability 0. Entropies and divergences stay finite, unlike with -inf.
NEVER = -1e9


class CategoricalNetwork(KerasNetwork):
    """A policy over discrete actions, for PPO, REINFORCE and actor-critic agents.

    The output is a `Categorical` distribution, or one for each element of the action.

    Args:
        model: Built `keras.Model` with logits of shape `(batch, num_actions)` as its
            output, or `(batch, *action_shape, num_actions)` if an action has several
            elements.
        observation_spec: Nest of `TensorSpec` without the outer dimensions.
        action_spec: `BoundedTensorSpec` of an integer dtype that counts from 0. Where
            its elements have different numbers of actions, `num_actions` is the largest
            of these, and the surplus logits of the others are not used.
        name: Name of the network.

    Raises:
        TypeError: If `model` is not a Keras 3 model with one output.
        ValueError: If it is not built, has no weights or cannot take such
            observations, if its output does not fit the actions, or if these are
            not discrete.

    Example:

    ```python
    model = keras.Sequential([keras.Input((4,)), Dense(64, "tanh"), Dense(2)])
    network = CategoricalNetwork(model, time_step_spec.observation, action_spec)
    distribution, _ = network(observations)
    actions = distribution.sample()
    ```
    """

    may_carry_state = True

    def __init__(self, model, observation_spec, action_spec, name=None):
        super().__init__(model, observation_spec, name=name)
        count = num_actions(action_spec, type(self).__name__)
        shape = (*action_spec.shape, count)
        self.require_output(
            [shape],
            f"logits of the {count} actions",
            f"Give the last layer {count} units."
            if len(shape) == 1
            else f"End the model with `Reshape({shape})`.",
        )
        self._action_spec = action_spec
        self._mask = action_mask(action_spec)

    def decode(self, outputs):
        dtype = self._action_spec.dtype
        if self._mask is not None:
            outputs = tf.where(self._mask, outputs, NEVER)
        distribution = tfd.Categorical(logits=outputs, dtype=dtype)
        rank = len(self._action_spec.shape)
        return tfd.Independent(distribution, rank) if rank else distribution
