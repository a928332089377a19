import keras
import tensorflow as tf

from keras_rlgen.estimators.gumbel_softmax import GumbelSoftmax


@keras.saving.register_keras_serializable("keras_rlgen")
class StraightThrough(GumbelSoftmax):
    """Hard codes in the forward pass, the gradient of soft ones in the backward pass.

    The decoder gets one-hot codes; the gradient is that of `GumbelSoftmax` with the
    same noise. It is biased.

    Args:
        num_samples: As in `GumbelSoftmax`.
        temperature: As in `GumbelSoftmax`.

    Raises:
        ValueError: As `GumbelSoftmax`.

    Reference:
        [Jang et al., 2017](https://arxiv.org/abs/1611.01144), section 2.2;
        [Bengio et al., 2013](https://arxiv.org/abs/1308.3432).
    """

    def draw(self, posterior, seed):
        soft = super().draw(posterior, seed)
        hard = tf.one_hot(tf.argmax(soft, axis=-1), soft.shape[-1])
        return hard + soft - tf.stop_gradient(soft)
