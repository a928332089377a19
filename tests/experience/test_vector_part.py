import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.experience import ArraySpec
from keras_rlgen.experience.continuous_part import ContinuousPart


def test_repr():
    part = ContinuousPart("x", ArraySpec((2,)), 3)
    assert repr(part) == "VectorPart('x', 'continuous', columns=3:5)"


@pytest.mark.parametrize("shape", [(), (5,), (5, 3), (5, 2, 1)])
def test_other_shapes_are_refused(shape):
    part = ContinuousPart("observation/a", ArraySpec((2,)), 0)
    with pytest.raises(ValueError, match=r"`observation/a` of shape \(batch, 2\)"):
        part.encode(np.zeros(shape))


def test_the_batch_may_be_unknown():
    part = ContinuousPart("x", tf.TensorSpec((2, 2)), 0)

    @tf.function(input_signature=[tf.TensorSpec((None, 2, 2))])
    def there_and_back(values):
        return part.decode(part.encode(values))

    values = np.random.default_rng(0).normal(size=(3, 2, 2)).astype("float32")
    np.testing.assert_array_equal(there_and_back(values), values)
