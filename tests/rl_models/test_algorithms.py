import doctest

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.baselines import LeaveOneOut, MovingAverage
from keras_rlgen.rl_models import (
    DirectPreferenceOptimization,
    GroupRelativePolicyOptimization,
    PolicyGradient,
)
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


def test_names_stand_for_papers():
    low_and_high = {"dapo": (0.2, 0.28), "gspo": (3e-4, 4e-4), "grpo": 0.2}
    for name, clip_ratio in low_and_high.items():
        algorithm = get(name)
        assert type(algorithm) is GroupRelativePolicyOptimization
        assert algorithm.clip_ratio == clip_ratio
        assert algorithm.scale_advantages == "group"
        assert algorithm.ratio == ("sequence" if name == "gspo" else "token")
    unbiased = get("dr_grpo")
    assert (unbiased.scale_advantages, unbiased.aggregation) == ("none", "constant")
    assert type(get("dpo")) is DirectPreferenceOptimization


@pytest.mark.parametrize("scale", ["none", "batch", "group"])
def test_advantages_of_steps_in_numpy(scale):
    """A baseline for each step, and one scale for the valid steps."""
    returns = np.random.default_rng(1).normal(size=(2, 3, 4)).astype("float32")
    mask = np.arange(4) < np.array([[4, 2, 1], [3, 3, 4]])[:, :, None]
    centred = returns - returns.mean(axis=1, keepdims=True)
    squares = np.where(mask, centred**2, 0.0)
    if scale == "batch":
        centred /= np.sqrt(squares.sum() / mask.sum())
    if scale == "group":
        count = mask.sum(axis=(1, 2), keepdims=True)
        centred /= np.sqrt(squares.sum(axis=(1, 2), keepdims=True) / count)
    algorithm = GroupRelativePolicyOptimization(scale_advantages=scale)
    advantages = algorithm.advantages(tf.constant(returns), tf.constant(mask))
    np.testing.assert_allclose(advantages, centred, rtol=1e-3, atol=1e-5)
    # Leave-one-out differs by a factor.
    rloo = PolicyGradient("rloo", scale).advantages(tf.constant(returns), mask)
    factor = 1.5 if scale == "none" else 1.0
    np.testing.assert_allclose(rloo, factor * centred, rtol=1e-3, atol=1e-5)


def test_an_unknown_scale_is_refused():
    with pytest.raises(ValueError, match="Expected `scale_advantages` in"):
        PolicyGradient("rloo", "sample")


def test_examples_in_docstrings_run():
    result = doctest.testmod(policy_gradient, extraglobs={"keras": keras})
    assert result.attempted > 0 and result.failed == 0
