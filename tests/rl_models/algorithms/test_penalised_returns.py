import doctest

import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.rl_models.algorithms import get
from keras_rlgen.rl_models.algorithms import penalised_returns as module
from keras_rlgen.rl_models.algorithms.penalised_returns import (
    check_credit,
    penalised_returns,
)

RANDOM = np.random.default_rng(0)
REWARDS = RANDOM.normal(size=3).astype("float32")
COSTS = RANDOM.normal(size=(3, 4)).astype("float32")
MASK = np.arange(4) < np.array([4, 2, 1])[:, None]


def test_returns_in_numpy():
    junk = tf.constant(np.where(MASK, COSTS, np.nan))
    of_steps = penalised_returns(REWARDS, junk, MASK, "step").numpy()
    for row in range(3):
        for step in range(4):
            ahead = sum(COSTS[row, s] for s in range(step, 4) if MASK[row, s])
            assert of_steps[row, step] == pytest.approx(REWARDS[row] - ahead, abs=1e-5)
    of_samples = penalised_returns(REWARDS, junk, MASK)
    np.testing.assert_allclose(of_samples, of_steps[:, 0], rtol=1e-5)


def test_costs_of_whole_samples():
    costs = tf.constant(COSTS[:, 0])
    np.testing.assert_allclose(
        penalised_returns(REWARDS, costs), REWARDS - COSTS[:, 0], rtol=1e-6
    )
    with pytest.raises(ValueError, match="needs a generator with a log-probability"):
        penalised_returns(REWARDS, costs, credit="step")


@pytest.mark.parametrize("algorithm", ["gspo", "dpo"])
def test_credit_is_refused_where_advantages_are_of_samples(algorithm):
    check_credit("sample", get(algorithm))
    with pytest.raises(ValueError, match="has an advantage for each sample"):
        check_credit("step", get(algorithm))
    with pytest.raises(ValueError, match="Expected `kl_credit` in"):
        check_credit("token", get(algorithm))


def test_examples_in_docstrings_run():
    result = doctest.testmod(module, extraglobs={"tf": tf})
    assert result.attempted > 0 and result.failed == 0
