import doctest

import keras
import numpy as np
import pytest

from keras_rlgen.baselines import LeaveOneOut, MovingAverage
from keras_rlgen.rl_models import GroupRelativePolicyOptimization, PolicyGradient
from keras_rlgen.rl_models.algorithms import get, policy_gradient

REWARDS = np.random.default_rng(0).normal(size=(2, 4)).astype("float32")


@pytest.mark.parametrize(
    "name, baseline", [("reinforce", MovingAverage), ("rloo", LeaveOneOut)]
)
def test_names_stand_for_baselines(name, baseline):
    algorithm = get(name)
    assert isinstance(algorithm, PolicyGradient)
    assert type(algorithm.baseline) is baseline and algorithm.num_updates == 1


def test_advantages_are_taken_within_a_group():
    for algorithm in (get("rloo"), get("grpo")):
        alone = [algorithm.advantages(REWARDS[i : i + 1])[0] for i in range(2)]
        both = algorithm.advantages(REWARDS)
        np.testing.assert_allclose(both, alone, rtol=1e-5)


def test_normalized_advantages_have_a_mean_square_of_one():
    algorithm = PolicyGradient("rloo", scale_advantages=True)
    squares = np.square(algorithm.advantages(REWARDS))
    assert squares.mean() == pytest.approx(1.0, rel=1e-4)


def test_a_baseline_learns_from_the_batch():
    algorithm = get("reinforce")
    algorithm.learn(REWARDS)
    expected = REWARDS - REWARDS.mean()
    np.testing.assert_allclose(algorithm.advantages(REWARDS), expected, atol=1e-5)


def test_group_relative_optimisation_updates_as_often_as_told():
    assert GroupRelativePolicyOptimization(epochs=3, minibatches=2).num_updates == 6


def test_examples_in_docstrings_run():
    result = doctest.testmod(policy_gradient, extraglobs={"keras": keras})
    assert result.attempted > 0 and result.failed == 0
