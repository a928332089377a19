import doctest

import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.losses import aggregate_steps, policy_gradient_loss, step_aggregation

RANDOM = np.random.default_rng(0)
VALUES = RANDOM.normal(size=(4, 5)).astype("float32")
LENGTHS = np.array([5, 1, 0, 3])
MASK = np.arange(5) < LENGTHS[:, None]


def slow(aggregation):
    """Each paper's sum, sample by sample and step by step."""
    total, steps = 0.0, 0
    for row, length in enumerate(LENGTHS):
        for step in range(length):
            weight = {
                "token_mean": 1.0,
                "sequence_mean": 1.0 / (len(LENGTHS) * length),
                "constant": 1.0 / (len(LENGTHS) * 5),
            }[aggregation]
            total += weight * VALUES[row, step]
            steps += 1
    return total / steps if aggregation == "token_mean" else total


@pytest.mark.parametrize("aggregation", step_aggregation.AGGREGATIONS)
def test_aggregation_in_numpy(aggregation):
    junk = np.where(MASK, VALUES, np.nan)
    value = aggregate_steps(junk, MASK, aggregation)
    assert float(value) == pytest.approx(slow(aggregation), rel=1e-5)


@pytest.mark.parametrize("aggregation", step_aggregation.AGGREGATIONS)
def test_without_padding_all_are_the_mean(aggregation):
    for values in (VALUES, VALUES[:, 0]):
        value = aggregate_steps(values, (), aggregation)
        assert float(value) == pytest.approx(values.mean(), rel=1e-5)


def test_the_policy_gradient_is_aggregated_as_told():
    advantages = np.array([1.0, -2.0, 3.0, 0.5], "float32")
    weighted = tf.constant(-advantages[:, None] * VALUES)
    for aggregation in step_aggregation.AGGREGATIONS:
        loss = policy_gradient_loss(VALUES, advantages, MASK, aggregation)
        expected = aggregate_steps(weighted, MASK, aggregation)
        assert float(loss) == pytest.approx(float(expected), rel=1e-5)


def test_an_unknown_aggregation_is_refused():
    with pytest.raises(ValueError, match="Expected `aggregation` in .* Received: 'x'"):
        aggregate_steps(VALUES, MASK, "x")


def test_examples_in_docstrings_run():
    result = doctest.testmod(step_aggregation, extraglobs={"tf": tf})
    assert result.attempted > 0 and result.failed == 0
