import math

import keras
import tensorflow as tf

from keras_rlgen.distributions.output_distribution import OutputDistribution


@keras.saving.register_keras_serializable("keras_rlgen")
class Categorical(OutputDistribution):
    """Independent categories along the last axis, parameterised by logits.

    Samples are one-hot, float32, of the network output's shape
    `(batch, ..., num_classes)`, so that a discriminator can take them like
    probabilities. They carry no gradient: train by reward (`adversarial_weight=0`). End
    the network without an activation.

    Example:

    >>> Categorical().mode(tf.constant([[0.1, 2.0, 0.3]])).numpy()
    array([[0., 1., 0.]], dtype=float32)
    """

    takes_logits = True
    value_range = (0.0, 1.0)

    def tfp_distribution(self, parameters):
        from tensorflow_probability import distributions as tfd

        categorical = tfd.OneHotCategorical(logits=parameters, dtype=tf.float32)
        return tfd.Independent(categorical, parameters.shape.rank - 2)

    def tempered(self, parameters, temperature):
        return self.tfp_distribution(parameters / temperature)

    def num_discrete(self, sample_shape):
        return math.prod(sample_shape[:-1])
