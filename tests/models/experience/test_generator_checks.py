import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.experience import ArraySpec
from keras_rlgen.models.experience.generator_checks import (
    check_discriminator,
    check_noise,
    generate_inputs,
    has_discriminator,
)
from tests.models.experience.toys import dynamics
from tests.networks import gan


class Generator:
    given = ("observation", "action")
    specs = {"x": ArraySpec((2,)), "n": ArraySpec((), "int32", 0, 3)}, ArraySpec((1,))


def test_inputs_are_cast_to_the_specs():
    observation = {"x": [[0.0, 1.0]], "n": [2]}
    inputs = generate_inputs(Generator, observation, np.ones((1, 1)), None)
    assert inputs[0]["n"].dtype == tf.int32 and inputs[1].dtype == tf.float32
    with pytest.raises(ValueError, match="Expected `generate.observation, action"):
        generate_inputs(Generator, observation, None, None)


def test_which_models_have_a_discriminator():
    assert has_discriminator(gan()) and not has_discriminator(dynamics().model)
    with pytest.raises(ValueError, match="needs a compiled model"):
        check_discriminator(gan())


def test_numbers_in_their_range():
    check_noise(0.0, 0.0)
    with pytest.raises(ValueError, match="`end_fraction`"):
        check_noise(-0.1, 0.0)
    with pytest.raises(ValueError, match="`noise`"):
        check_noise(0.0, float("nan"))
