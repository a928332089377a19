import tensorflow as tf

from keras_rlgen.training.untuned import untuned


def test_elements_and_other_options_stay():
    options = tf.data.Options()
    options.deterministic = False
    dataset = untuned(tf.data.Dataset.range(3).with_options(options))
    assert [int(x) for x in dataset] == [0, 1, 2]
    assert dataset.options().autotune.enabled is False
    assert dataset.options().deterministic is False
