import math

import keras
import tensorflow as tf

from keras_rlgen.distributions.output_distribution import OutputDistribution


@keras.saving.register_keras_serializable("keras_rlgen")
class Bernoulli(OutputDistribution):
    """Independent binary elements, parameterised by logits.

    Samples are float32, 0 or 1, of the network output's shape. They carry no
    gradient: train by reward (`adversarial_weight=0`). End the network without an
    activation.

    Example:

    >>> bernoulli = Bernoulli()
    >>> bernoulli.mode(tf.constant([[-2.0, 3.0]]))
    <tf.Tensor: shape=(1, 2), dtype=float32, numpy=array([[0., 1.]], dtype=float32)>
    """

    takes_logits = True
    value_range = (0.0, 1.0)

    def tfp_distribution(self, parameters):
        from tensorflow_probability import distributions as tfd

        from keras_rlgen.distributions.logit_bernoulli import LogitBernoulli

        bernoulli = LogitBernoulli(logits=parameters, dtype=tf.float32)
        return tfd.Independent(bernoulli, parameters.shape.rank - 1)

    def tempered(self, parameters, temperature):
        return self.tfp_distribution(parameters / temperature)

    def num_discrete(self, sample_shape):
        return math.prod(sample_shape)
