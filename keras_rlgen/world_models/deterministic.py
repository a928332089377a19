import keras
import tensorflow as tf

from keras_rlgen.world_models.dense_dynamics import DenseDynamics


@keras.saving.register_keras_serializable("keras_rlgen")
class Deterministic(DenseDynamics):
    """A perceptron that predicts the change of the latent.

    Trained on the squared error of open-loop predictions: each step begins where the
    prediction before it ended.

    Args:
        hidden: Tuple of integers, the units of the hidden layers.
        activation: Their activation.
        **kwargs: As in `keras.layers.Layer`.

    Example:

    ```python
    world = WorldModel(agent.specs, dynamics=Deterministic(hidden=(256, 256)))
    ```

    Reference:
        [Nagabandi et al., 2018](https://arxiv.org/abs/1708.02596), with the loss of
        several steps.
    """

    @property
    def output_dim(self):
        return self.latent_dim

    def change(self, outputs, seed):
        return outputs

    def losses(self, outputs, change):
        return tf.reduce_mean(tf.math.squared_difference(outputs, change), axis=1)
