import pytest
import tensorflow as tf

from keras_rlgen.world_models import image_decoder, image_encoder


@pytest.mark.parametrize("shape", [(32, 32, 1), (9, 14, 3), (4, 4, 1)])
def test_shapes(shape):
    images = tf.zeros((2, *shape))
    latents = image_encoder(shape, latent_dim=5, filters=4)(images)
    assert latents.shape == (2, 5)
    assert image_decoder(shape, feature_dim=5, filters=4)(latents).shape == (2, *shape)
