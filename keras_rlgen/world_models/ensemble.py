import keras
import tensorflow as tf

from keras_rlgen.arguments import is_integer
from keras_rlgen.world_models.dense_dynamics import DenseDynamics
from keras_rlgen.world_models.gaussian_outputs import (
    bounded_log_scale,
    normal_log_prob,
)


@keras.saving.register_keras_serializable("keras_rlgen")
class Ensemble(DenseDynamics):
    """Several perceptrons, each of which predicts the change of the latent.

    They begin with different weights and are trained on different batches, so that they
    agree where there are data: `WorldModel.disagreement` is large elsewhere. An
    imagined episode follows one of them, which is row `i % members` of a batch; a batch
    of fewer rows than members takes another at each step.

    Trained on the squared error of open-loop predictions or, if they are
    probabilistic, on the negative log-likelihood of a normal distribution.

    Args:
        members: Integer >= 2.
        hidden: Tuple of integers, the units of the hidden layers.
        activation: Their activation.
        probabilistic: Whether each predicts a normal distribution, of which a step is a
            sample. For environments that are random; it takes more updates.
        **kwargs: As in `keras.layers.Layer`.

    Raises:
        ValueError: If an argument is out of its range.

    Example:

    ```python
    world = WorldModel(agent.specs, dynamics=Ensemble(members=5))
    ```

    Reference:
        [Chua et al., 2018](https://arxiv.org/abs/1805.12114), section 4; a member for
        a whole episode is their TS-infinity.
    """

    def __init__(
        self,
        members=5,
        hidden=(128, 128),
        activation="swish",
        probabilistic=False,
        **kwargs,
    ):
        if not is_integer(members) or members < 2:
            raise ValueError(
                f"Expected `members` >= 2, an integer. Received: {members!r}. For one "
                "network use `Deterministic` or `MixtureDensity`."
            )
        super().__init__(hidden, activation, members, **kwargs)
        self.probabilistic = probabilistic

    @property
    def output_dim(self):
        return (1 + self.probabilistic) * self.latent_dim

    def change(self, outputs, seed):
        if not self.probabilistic:
            return outputs
        mean, log_scale = tf.split(outputs, 2, axis=1)
        if seed is None:
            return mean
        noise = tf.random.stateless_normal(tf.shape(mean), seed)
        return mean + tf.exp(bounded_log_scale(log_scale)) * noise

    def losses(self, outputs, change):
        if not self.probabilistic:
            return tf.reduce_mean(tf.math.squared_difference(outputs, change), axis=1)
        mean, log_scale = tf.split(outputs, 2, axis=1)
        log_prob = normal_log_prob(change, mean, bounded_log_scale(log_scale))
        return -tf.reduce_mean(log_prob, axis=1)

    def get_config(self):
        return {
            **super().get_config(),
            "members": self.members,
            "probabilistic": self.probabilistic,
        }
