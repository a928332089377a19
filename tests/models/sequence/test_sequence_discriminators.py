import doctest

import numpy as np
import pytest

from keras_rlgen.models import convolutional_discriminator, recurrent_discriminator
from keras_rlgen.models.sequence import sequence_discriminators


def test_examples():
    assert doctest.testmod(sequence_discriminators).failed == 0


def test_windows_that_are_longer_than_sequences_are_left_out():
    network = convolutional_discriminator(5, 3, windows=(2, 3, 4), filters=2)
    assert network(np.ones((2, 3), "int32")).shape == (2, 1)


@pytest.mark.parametrize("per_step", [False, True])
def test_voices(per_step):
    network = recurrent_discriminator(5, 3, units=2, voices=2, per_step=per_step)
    expected = (2, 3) if per_step else (2, 1)
    assert network(np.ones((2, 3, 2), "int32")).shape == expected


def test_a_logit_of_a_step_depends_on_no_later_one():
    network = recurrent_discriminator(5, 4, units=3, per_step=True)
    tokens = np.int32([[1, 2, 3, 4], [1, 2, 0, 0]])
    logits = network(tokens).numpy()
    np.testing.assert_allclose(logits[0, :2], logits[1, :2])
    assert abs(logits[0, 2] - logits[1, 2]) > 1e-5
