import numpy as np
import tensorflow as tf

from keras_rlgen.models.autoregressive.pixel_decoding import autoregress


def test_each_value_is_chosen_once_given_all_earlier_ones():
    shape = (2, 3, 2)
    order = np.arange(12.0).reshape(shape)

    def logits(images):
        # The number of values above zero so far.
        total = tf.reduce_sum(tf.cast(images > 0.0, tf.float32), axis=(1, 2, 3))
        return tf.broadcast_to(total[:, None, None, None, None], (4, *shape, 1))

    def choose(row, column, channel, logits):
        at = (row * 3 + column) * 2 + channel
        return logits[:, 0] + tf.cast(at, tf.float32) / 100.0 + 1.0

    images = autoregress(logits, shape, choose, count=4)
    expected = np.broadcast_to(order + order / 100.0 + 1.0, (4, *shape))
    np.testing.assert_allclose(images, expected, rtol=1e-6)
