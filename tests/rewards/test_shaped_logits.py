import numpy as np
import tensorflow as tf

from keras_rlgen.rewards.shaped_logits import shaped_logits


def test_over_an_episode_the_potential_telescopes():
    """The discounted sum of `f` is that of `g`, minus the first potential."""
    random = np.random.default_rng(0)
    g, h = random.normal(size=(2, 6)).astype("float32")
    terminated = np.float32([0, 0, 0, 0, 0, 1])
    f = shaped_logits(g, h, np.roll(h, -1), tf.constant(terminated), 0.8).numpy()
    discounts = 0.8 ** np.arange(6)
    np.testing.assert_allclose(discounts @ f, discounts @ g - h[0], rtol=1e-5)


def test_an_end_has_no_gradient():
    end = tf.constant([0.5])
    with tf.GradientTape() as tape:
        tape.watch(end)
        logits = shaped_logits(tf.ones(1), tf.ones(1), tf.ones(1), end, 0.9)
    assert tape.gradient(logits, end) is None
