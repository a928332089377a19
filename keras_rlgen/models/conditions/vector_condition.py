import keras

from keras_rlgen.arguments import is_integer
from keras_rlgen.models.conditions.float_condition import FloatCondition


@keras.saving.register_keras_serializable("keras_rlgen")
class VectorCondition(FloatCondition):
    """Vectors of floats as the condition of a generative model.

    Examples are measurements, or the state and the action whose next state is
    generated. The networks of the model take `[inputs, condition]`, the condition
    float32 `(batch, dim)`. Conditions cannot be sampled: `generate` needs one for each
    sample.

    Args:
        dim: Positive integer, the number of values in a vector.

    Raises:
        ValueError: If `dim` is not a positive integer.

    Example:

    >>> VectorCondition(2).validate([[0.5, -1.0]], count=1).numpy()
    array([[ 0.5, -1. ]], dtype=float32)
    """

    def __init__(self, dim):
        if not is_integer(dim) or dim < 1:
            raise ValueError(
                f"Expected `dim` to be a positive integer. Received: {dim!r}"
            )
        self.dim = int(dim)
        super().__init__((self.dim,))

    def random(self, count, key):
        """Raises `ValueError`: no distribution of the vectors is known."""
        raise ValueError(
            f"This model is conditioned on vectors of {self.dim} values, which it "
            "cannot sample. Pass one per sample: `generate(n, condition=vectors)`, "
            f"of shape (n, {self.dim}); in a `RewardTuner` `fit(conditions=vectors)`."
        )

    def shape_error(self, expected, received):
        return ValueError(
            f"Expected `condition` of shape {expected}, a vector of {self.dim} values "
            f"for each sample. Received: {received}"
        )

    def finite_error(self):
        return ValueError(
            "Expected finite vectors as the condition; some hold NaN or infinity. "
            "Remove or fill them first (`numpy.isfinite` finds them)."
        )

    def get_config(self):
        return {"dim": self.dim}

    @classmethod
    def from_config(cls, config):
        return cls(**config)
