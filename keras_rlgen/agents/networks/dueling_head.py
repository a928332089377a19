import keras
from keras import ops

from keras_rlgen.arguments import is_integer


@keras.saving.register_keras_serializable("keras_rlgen")
class DuelingHead(keras.layers.Layer):
    """Computes action values from a state value and an advantage for each action.

    `Q(s, a) = V(s) + A(s, a) - mean_a' A(s, a')`, with `V` and `A` two dense layers.
    It is the last layer of a network for `DQN`. The state value is learned once for all
    actions, which helps where their values differ little.

    Args:
        num_actions: Integer >= 1.

    Input shape:
        `(batch, size)`: features.

    Output shape:
        `(batch, num_actions)`: values.

    Raises:
        ValueError: If `num_actions` is out of its range.

    Reference:
        [Wang et al., 2016](https://arxiv.org/abs/1511.06581), equation 9.

    Example:

    >>> features = np.ones((5, 16), "float32")
    >>> DuelingHead(num_actions=3)(features).shape
    TensorShape([5, 3])
    """

    def __init__(self, num_actions, **kwargs):
        super().__init__(**kwargs)
        if not is_integer(num_actions) or num_actions < 1:
            raise ValueError(
                f"Expected `num_actions` to be a positive integer. "
                f"Received: {num_actions!r}"
            )
        self.num_actions = num_actions
        self.value = keras.layers.Dense(1, name="value")
        self.advantage = keras.layers.Dense(num_actions, name="advantage")

    def build(self, input_shape):
        self.value.build(input_shape)
        self.advantage.build(input_shape)

    def call(self, features):
        advantage = self.advantage(features)
        centered = advantage - ops.mean(advantage, axis=-1, keepdims=True)
        return self.value(features) + centered

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.num_actions)

    def get_config(self):
        return {**super().get_config(), "num_actions": self.num_actions}
