import doctest

import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.models.experience import transition_vectors
from keras_rlgen.models.experience.transition_vectors import TransitionVectors
from tests.models.experience.toys import SPECS, walks


def test_examples():
    assert doctest.testmod(transition_vectors).failed == 0


@pytest.mark.parametrize("given", [("observation", "action"), ()])
def test_what_is_encoded_is_decoded_to_the_same(given):
    vectors, experience = TransitionVectors(SPECS, given), walks(5)
    vectors.codec.adapt(experience)
    transition = experience.transitions()
    samples, condition = vectors.encode(transition)
    assert samples.shape == (len(experience), vectors.sample_dim)
    assert (condition is None) == (not given)
    ends = np.where(transition.terminated, 1.0, -1.0)
    np.testing.assert_array_equal(samples[:, -1], ends)
    given = (transition.observation, transition.action) if given else ()
    # 0 is the boundary, whatever noise there is.
    decoded = vectors.decode(samples * [*[1.0] * (samples.shape[1] - 1), 0.1], *given)
    for one, other in zip(decoded, transition, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_specs_as_an_object_and_examples():
    class Specs:
        observation, action = SPECS

    vectors = TransitionVectors(Specs)
    example = vectors.example(3)
    assert example.observation.shape == (3, 2) and example.action.dtype == tf.int32
    assert vectors.specs == SPECS


def test_errors():
    with pytest.raises(ValueError, match=r"Expected `given` to be .* Received: \('a"):
        TransitionVectors(SPECS, ("action",))
    with pytest.raises(TypeError, match="such as `agent.specs`"):
        TransitionVectors(None)
