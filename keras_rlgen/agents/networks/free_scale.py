import math

import keras
from keras import ops

from keras_rlgen.arguments import is_number


@keras.saving.register_keras_serializable("keras_rlgen")
class FreeScale(keras.layers.Layer):
    """Appends trainable log scales that depend on no input.

    It is the last layer of a policy whose means depend on the state and whose scales do
    not, as is usual for PPO. See `NormalNetwork`.

    Args:
        initial_scale: Positive float, the initial scale.

    Input shape:
        `(batch, size)`: the means.

    Output shape:
        `(batch, 2 * size)`: the means, then the logarithms of the scales.

    Raises:
        ValueError: If `initial_scale` is not positive.

    Example:

    >>> outputs = FreeScale(initial_scale=1.0)(np.array([[3.0, 4.0]]))
    >>> np.array(outputs).tolist()
    [[3.0, 4.0, 0.0, 0.0]]
    """

    def __init__(self, initial_scale=1.0, **kwargs):
        super().__init__(**kwargs)
        if not (is_number(initial_scale) and initial_scale > 0.0):
            raise ValueError(
                f"Expected `initial_scale` > 0. Received: {initial_scale!r}"
            )
        self.initial_scale = float(initial_scale)

    def build(self, input_shape):
        self.log_scale = self.add_weight(
            shape=(input_shape[-1],),
            initializer=keras.initializers.Constant(math.log(self.initial_scale)),
            name="log_scale",
        )

    def call(self, means):
        log_scale = ops.broadcast_to(self.log_scale, ops.shape(means))
        return ops.concatenate([means, log_scale], axis=-1)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], 2 * input_shape[-1])

    def get_config(self):
        return {**super().get_config(), "initial_scale": self.initial_scale}
