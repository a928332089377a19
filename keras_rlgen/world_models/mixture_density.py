import keras
import tensorflow as tf

from keras_rlgen.arguments import is_integer
from keras_rlgen.training.stateless_random import gumbel
from keras_rlgen.world_models.dense_dynamics import DenseDynamics
from keras_rlgen.world_models.gaussian_outputs import (
    bounded_log_scale,
    normal_log_prob,
)


@keras.saving.register_keras_serializable("keras_rlgen")
class MixtureDensity(DenseDynamics):
    """A perceptron that predicts a mixture of normal distributions of the change.

    For environments where one of several things may happen. Trained on the negative
    log-likelihood of single steps: a mean of several possible futures would be none of
    them, so that predictions are not fed back in training.

    Args:
        components: Integer >= 1, the distributions of the mixture.
        hidden: Tuple of integers, the units of the hidden layers.
        activation: Their activation.
        **kwargs: As in `keras.layers.Layer`.

    Raises:
        ValueError: If an argument is out of its range.

    Example:

    ```python
    world = WorldModel(agent.specs, dynamics=MixtureDensity(components=5))
    ```

    Reference:
        [Bishop, 1994](https://publications.aston.ac.uk/id/eprint/373/);
        [Ha & Schmidhuber, 2018](https://arxiv.org/abs/1803.10122), without recurrence.
    """

    open_loop = False

    def __init__(self, components=5, hidden=(128, 128), activation="swish", **kwargs):
        if not is_integer(components) or components < 1:
            raise ValueError(
                f"Expected `components` >= 1, an integer. Received: {components!r}"
            )
        super().__init__(hidden, activation, **kwargs)
        self.components = components

    @property
    def output_dim(self):
        return self.components * (1 + 2 * self.latent_dim)

    def _parts(self, outputs):
        """Returns logits `(B, K)`, and means and log-scales `(B, K, latent_dim)`."""
        sizes = self.components, *[self.components * self.latent_dim] * 2
        logits, *others = tf.split(outputs, sizes, axis=1)
        shape = -1, self.components, self.latent_dim
        mean, log_scale = (tf.reshape(x, shape) for x in others)
        return logits, mean, bounded_log_scale(log_scale)

    def change(self, outputs, seed):
        logits, mean, log_scale = self._parts(outputs)
        if seed is None:
            weights = tf.nn.softmax(logits)[:, :, tf.newaxis]
            return tf.reduce_sum(weights * mean, axis=1)
        seeds = tf.unstack(tf.random.split(seed, 2))
        noise = gumbel(tf.shape(logits), seeds[0])
        chosen = tf.argmax(logits + noise, axis=1)
        mean, log_scale = (
            tf.gather(x, chosen, batch_dims=1) for x in (mean, log_scale)
        )
        noise = tf.random.stateless_normal(tf.shape(mean), seeds[1])
        return mean + tf.exp(log_scale) * noise

    def losses(self, outputs, change):
        logits, mean, log_scale = self._parts(outputs)
        log_prob = normal_log_prob(change[:, tf.newaxis], mean, log_scale)
        log_prob = tf.reduce_sum(log_prob, axis=2) + tf.nn.log_softmax(logits)
        return -tf.reduce_logsumexp(log_prob, axis=1) / self.latent_dim

    def get_config(self):
        return {**super().get_config(), "components": self.components}
