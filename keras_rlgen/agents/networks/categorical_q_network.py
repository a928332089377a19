from keras_rlgen.agents.networks.action_specs import num_actions
from keras_rlgen.agents.networks.keras_network import KerasNetwork


class CategoricalQNetwork(KerasNetwork):
    """A distribution of returns for each discrete action, for `CategoricalDqnAgent`.

    The output is float32 of shape `(..., num_actions, num_atoms)`: logits over the
    atoms, evenly spaced between the agent's `min_q_value` and `max_q_value`.

    Args:
        model: Built `keras.Model` with output of shape
            `(batch, num_actions, num_atoms)`, as of a `Reshape` layer. With 51 atoms
            the agent is known as C51.
        observation_spec: Nest of `TensorSpec` without the outer dimensions.
        action_spec: `BoundedTensorSpec` of an integer scalar that counts from 0.
        name: Name of the network.

    Raises:
        TypeError: If `model` is not a Keras 3 model with one output.
        ValueError: If it is not built, has no weights or cannot take such
            observations, if its output does not fit the actions, or if the actions
            are not discrete scalars that count from 0.

    Example:

    ```python
    model = keras.Sequential([keras.Input((4,)), Dense(2 * 51), Reshape((2, 51))])
    network = CategoricalQNetwork(model, time_step_spec.observation, action_spec)
    ```

    Reference:
        [Bellemare et al., 2017](https://arxiv.org/abs/1707.06887), section 4.
    """

    def __init__(self, model, observation_spec, action_spec, name=None):
        super().__init__(model, observation_spec, name=name)
        count = num_actions(action_spec, type(self).__name__)
        atoms = (*self.model_output_shape, 51)[1]
        self.require_output(
            [(count, atoms)],
            f"logits over the atoms for each of the {count} actions",
            f"End the model with `Reshape(({count}, num_atoms))`.",
        )
        self.num_atoms = atoms

    def decode(self, outputs):
        return outputs
