import keras

from keras_rlgen.models.conditions.float_condition import FloatCondition


@keras.saving.register_keras_serializable("keras_rlgen")
class DegradedImages(FloatCondition):
    """Degraded images as the condition of a generative model.

    Args:
        shape: Tuple, the shape of one image: `(height, width, channels)`; with a
            `RandomMask` the last channel is the mask.

    Example:

    >>> DegradedImages((2, 2, 1)).validate(np.zeros((3, 2, 2, 1)), count=3).shape
    TensorShape([3, 2, 2, 1])
    """

    def random(self, count, key):
        """Raises `ValueError`: images to restore cannot be sampled."""
        raise ValueError(
            "This model restores images: it needs them. Pass `condition=`, degraded "
            "images such as `model.degrade(images)`; or call `model.restore(degraded)`."
        )

    def shape_error(self, expected, received):
        return ValueError(
            f"Expected degraded images of shape {expected}. Received: {received}. Make "
            "them by `model.degrade(images)`; with a mask of your own by "
            "`keras_rlgen.layers.mask_images(images, mask)`."
        )

    def finite_error(self):
        return ValueError(
            "Expected finite degraded images; some hold NaN or infinity. Put 0 where "
            "pixels are missing, and 0 in the mask."
        )

    def get_config(self):
        return {"shape": self.shape}

    @classmethod
    def from_config(cls, config):
        return cls(**config)
