import tensorflow as tf
from tensorflow_probability import distributions as tfd


class LogitBernoulli(tfd.Bernoulli):
    """A Bernoulli distribution whose log-probability takes one logarithm.

    With logits `s`, `log p(x) = x s - log(1 + exp(s))`. TensorFlow Probability weighs
    `log p` and `log(1 - p)`, each a logarithm, so that infinite logits have a
    probability too; here they have to be finite. The arguments are those of
    `tfp.distributions.Bernoulli`.

    Example:

    >>> LogitBernoulli(logits=tf.zeros(1), dtype=tf.float32).prob([1.0]).numpy()
    array([0.5], dtype=float32)
    """

    def _log_prob(self, event):
        logits = self.logits_parameter()
        return tf.cast(event, logits.dtype) * logits - _softplus(logits)


@tf.custom_gradient
def _softplus(x):
    """Computes `log(1 + exp(x))`; on a CPU `tf.nn.softplus` takes twice the time."""
    value = tf.nn.relu(x) + tf.math.log1p(tf.exp(-tf.abs(x)))
    return value, lambda upstream: upstream * tf.sigmoid(x)
