import keras
import tensorflow as tf

from keras_rlgen.arguments import is_number


@keras.saving.register_keras_serializable("keras_rlgen")
class HeldOutRatio:
    """A ratio of generated steps that follows the model's held-out error.

    It is `maximum * max(0, 1 - error / tolerance)`, and 0 before the model was trained.
    The temporal-difference error would not do as a measure: it is small for constant
    values too.

    Args:
        maximum: Float in (0, 1], the ratio for a model without error.
        tolerance: Float > 0, the error from which no generated steps are used, in the
            units of `error` of `ExperienceGenerator.evaluate`: 1 is that of a model
            that always predicts the mean.

    Attributes:
        value: Float32 variable, the ratio.

    Raises:
        ValueError: If an argument is out of its range.

    Example:

    >>> ratio = HeldOutRatio(maximum=0.5, tolerance=0.4)
    >>> ratio.update(0.1)
    >>> ratio(steps=0).numpy()
    np.float32(0.375)
    """

    def __init__(self, maximum=0.5, tolerance=0.5):
        if not (is_number(maximum) and 0.0 < maximum <= 1.0) or not (
            is_number(tolerance) and tolerance > 0.0
        ):
            raise ValueError(
                "Expected `maximum` in (0, 1] and `tolerance` > 0. Received: "
                f"maximum={maximum!r}, tolerance={tolerance!r}"
            )
        self.maximum = float(maximum)
        self.tolerance = float(tolerance)
        self.value = tf.Variable(0.0, trainable=False)

    def update(self, error):
        """Sets the ratio for a held-out error.

        Args:
            error: Float >= 0.
        """
        self.value.assign(self.maximum * max(0.0, 1.0 - error / self.tolerance))

    def __call__(self, steps):
        """Returns the ratio, a float32 scalar tensor; `steps` is not used."""
        return tf.convert_to_tensor(self.value)

    def get_config(self):
        return {"maximum": self.maximum, "tolerance": self.tolerance}

    @classmethod
    def from_config(cls, config):
        return cls(**config)
