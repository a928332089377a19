import doctest
import warnings

import numpy as np
import pytest

from keras_rlgen.rl_models import AdaptiveKL, RewardTuner, reward_spread
from keras_rlgen.rl_models.reward_spread import warn_of_small_spread
from tests.networks import closeness
from tests.rl_models.policies import stochastic_gan


def test_example():
    assert doctest.testmod(reward_spread).failed == 0


def test_the_rise_is_the_variance_over_the_weight():
    reward = np.array([-0.01, 0.01])
    with pytest.warns(UserWarning, match="rise by about 0.001, 0.1 standard"):
        message = warn_of_small_spread(reward, kl_weight=0.1)
    assert "kl_weight=0.005" in message and "RelativeKL" in message


def test_a_constant_reward():
    with pytest.warns(UserWarning, match="nothing to learn from"):
        warn_of_small_spread(np.ones(4), kl_weight=0.0)


def faint(samples):
    return 1e-3 * closeness(samples)


@pytest.mark.parametrize(
    ("reward", "kl_weight", "warns"),
    [
        (faint, None, False),
        (faint, 0.1, True),
        (faint, 0.0, False),
        (faint, AdaptiveKL(target=1.0), False),
        (closeness, None, False),
    ],
)
def test_fit_says_it_once(reward, kl_weight, warns):
    tuner = RewardTuner(stochastic_gan(), seed=0)
    tuner.compile(reward=reward, kl_weight=kl_weight, num_samples=8, run_eagerly=True)
    counts = []
    for _ in range(2):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            tuner.fit(steps_per_epoch=1, verbose=0)
        counts.append(sum("standard deviation" in str(w.message) for w in caught))
    assert counts == [int(warns), 0]


def test_training_is_the_same():
    weights = []
    for check in (True, False):
        tuner = RewardTuner(stochastic_gan(), seed=0)
        tuner.compile("sgd", reward=faint, num_samples=8, run_eagerly=True)
        tuner.is_traced = not check
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tuner.fit(steps_per_epoch=2, verbose=0)
        weights.append(tuner.generator.get_weights())
    for first, second in zip(*weights, strict=True):
        np.testing.assert_array_equal(first, second)
