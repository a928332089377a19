import doctest

import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.models.gan import sample_spread
from keras_rlgen.models.gan.sample_spread import SampleSpread, batch_variance


def test_example():
    assert doctest.testmod(sample_spread, extraglobs={"tf": tf}).failed == 0


def test_variances_of_several_batches():
    random = np.random.default_rng(0)
    real, generated = (random.normal(0.0, s, (4, 5, 3, 2)) for s in (1.0, 0.5))
    spread = SampleSpread()
    update = tf.function(spread.update)
    for batch in range(4):
        update(real[batch], generated[batch], 0.01)
    expected = generated.var(axis=1).mean() - 0.01
    assert spread.relative() == pytest.approx(expected / real.var(axis=1).mean())
    assert float(batch_variance(real[0])) == pytest.approx(real[0].var(axis=0).mean())
    # It begins anew, and real samples that are all alike say nothing.
    spread.update(tf.ones((3, 2)), tf.ones((3, 2)))
    assert spread.relative() == np.inf


def test_elements_that_were_not_generated_are_left_out():
    random = np.random.default_rng(0)
    samples = random.normal(size=(6, 4, 4, 2))
    counted = random.uniform(size=(6, 4, 4, 1)) < 0.6
    counted[:, 0, 0] = False  # In no sample, and in one.
    counted[1:, 0, 1] = False
    every = np.broadcast_to(counted, samples.shape)
    squares = 0.0
    for index in np.ndindex(4, 4, 2):
        of_element = samples[:, *index][every[:, *index]]
        if len(of_element):
            squares += of_element.var() * len(of_element)
    result = batch_variance(samples, counted)
    assert float(result) == pytest.approx(squares / every.sum(), rel=1e-5)
    assert float(batch_variance(samples, counted & False)) == 0.0
    everywhere = batch_variance(samples, np.ones_like(counted))
    assert float(everywhere) == pytest.approx(float(batch_variance(samples)), rel=1e-5)
