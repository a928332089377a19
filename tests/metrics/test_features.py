import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import datasets, metrics
from tests.networks import vae


@keras.saving.register_keras_serializable("keras_rlgen_tests")
def first_row(samples):
    return samples[:, 0]


@keras.saving.register_keras_serializable("keras_rlgen_tests")
class Scaled:
    def __init__(self, factor):
        self.factor = factor

    def __call__(self, samples):
        return samples * self.factor

    def get_config(self):
        return {"factor": self.factor}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def restored(extractor):
    return metrics.feature_extractor(extractor.serialize())


def test_identity_flattens():
    samples = np.arange(24).reshape(2, 3, 4)
    extract = metrics.feature_extractor()
    features = extract(samples)
    assert features.dtype == "float32"
    np.testing.assert_array_equal(features, samples.reshape(2, 12))
    assert extract.weights == []
    assert extract.serialize() == "identity"


def test_an_extractor_is_returned_as_it_is():
    extract = metrics.feature_extractor("identity")
    assert metrics.feature_extractor(extract) is extract


def test_known_data_set():
    (_, _), (images, labels) = datasets.digits()
    extract = metrics.feature_extractor("digits")
    assert extract.weights == []
    features = extract(images)
    assert features.shape == (360, 64)
    assert extract.weights == []
    np.testing.assert_allclose(restored(extract)(images), features, atol=1e-5)
    # The features know the classes: neighbors share them.
    distances = np.linalg.norm(features[:, np.newaxis] - features, axis=-1)
    np.fill_diagonal(distances, np.inf)
    assert np.mean(labels[distances.argmin(axis=1)] == labels) > 0.95


def test_keras_model_is_called_for_inference():
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dropout(0.9), keras.layers.Dense(3)]
    )
    extract = metrics.feature_extractor(model)
    samples = np.ones((5, 4), "float32")
    np.testing.assert_allclose(extract(samples), model(samples, training=False))
    assert len(extract.weights) == 2
    assert len(restored(extract).weights) == 2
    assert restored(extract)(samples).shape == (5, 3)


def test_layer_without_a_training_argument():
    extract = metrics.feature_extractor(keras.layers.Reshape((2, 2)))
    assert extract(np.ones((3, 4))).shape == (3, 4)


@pytest.mark.parametrize("function", [first_row, Scaled(3.0)])
def test_registered_callable(function):
    samples = np.arange(12.0).reshape(2, 3, 2)
    extract = metrics.feature_extractor(function)
    expected = function(samples).reshape(2, -1)
    np.testing.assert_allclose(extract(samples), expected)
    np.testing.assert_allclose(restored(extract)(samples), expected)


def test_unregistered_callable_works_but_is_not_saved():
    extract = metrics.feature_extractor(lambda samples: samples + 1.0)
    np.testing.assert_allclose(extract(np.zeros((2, 3))), np.ones((2, 3)))
    with pytest.raises(ValueError, match="register_keras_serializable"):
        extract.serialize()


def test_no_gradient_passes():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    samples = tf.ones((2, 4))
    with tf.GradientTape() as tape:
        tape.watch(samples)
        total = tf.reduce_sum(metrics.feature_extractor(model)(samples))
    gradients = tape.gradient(total, [samples, *model.trainable_variables])
    assert gradients == [None, None, None]


def test_unknown_batch_size_keeps_the_feature_size():
    extract = metrics.feature_extractor("identity")
    shapes = []

    @tf.function(input_signature=[tf.TensorSpec((None, 2, 3))])
    def step(samples):
        features = extract(samples)
        shapes.append(features.shape)
        return features

    assert step(tf.ones((7, 2, 3))).shape == (7, 6)
    assert shapes[0].as_list() == [None, 6]


def test_unknown_name_lists_the_valid_ones():
    with pytest.raises(
        ValueError, match="one of identity, digits, mnist, fashion_mnist"
    ):
        metrics.feature_extractor("inception")


@pytest.mark.parametrize("identifier", [None, 3, keras.layers.Dense])
def test_other_objects_are_refused(identifier):
    with pytest.raises(TypeError, match="a Keras model or a callable"):
        metrics.feature_extractor(identifier)


def test_samples_without_features_are_refused():
    with pytest.raises(ValueError, match=r"at least two axes. Received: shape \(3,\)"):
        metrics.feature_extractor("identity")(np.zeros(3))


def test_functions_that_give_no_tensor_are_refused():
    extract = metrics.feature_extractor(lambda samples: (samples, samples))
    with pytest.raises(ValueError, match="to return one tensor"):
        extract(np.zeros((3, 2)))


def test_images_of_another_range_or_shape(keras_home):
    """Features of digits are learned on pixels in [-1, 1]."""
    extract = metrics.feature_extractor("digits")
    (digits, _), _ = datasets.digits()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        extract(digits[:8])
    with pytest.warns(UserWarning, match=r"pixels in \[-1, 1\]. Received: pixels in"):
        extract(0.5 * (digits[:8] + 1.0))
    with pytest.raises(ValueError, match=r"shape \(8, 8, 1\). Received: \(4, 4, 1\)"):
        extract(np.zeros((2, 4, 4, 1)))


def test_a_model_of_another_range_is_told_of():
    model = vae()
    extract = metrics.feature_extractor("digits")
    with pytest.warns(UserWarning, match=r"in \[0, 1\], whose features mean little"):
        extract.check_range(model.value_range)
    for known in None, (-1.0, 1.0):
        extract = metrics.feature_extractor("digits")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            extract.check_range(known)
