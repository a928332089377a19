import doctest

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import rewards
from keras_rlgen.rl_models import RelativeKL, RewardTuner
from keras_rlgen.rl_models.algorithms import relative_kl
from tests.networks import closeness
from tests.rl_models.policies import stochastic_gan


def test_examples_in_docstrings_run():
    result = doctest.testmod(relative_kl, extraglobs={"keras": keras})
    assert result.attempted > 0 and result.failed == 0


def test_the_weight_is_that_of_the_first_ten_batches():
    batches = np.random.default_rng(0).normal(0.0, 3.0, (12, 50)).astype("float32")
    kl = RelativeKL(0.2)
    assert float(kl.value()) == 0.0
    deviations = batches.std(axis=1)
    update = tf.function(kl.update)
    for count, reward in enumerate(batches, start=1):
        expected = 0.2 * deviations[: min(count, 10)].mean()
        # With this batch, from the first on.
        assert float(kl.value(reward)) == pytest.approx(expected, rel=1e-5)
        update(np.float32(7.0), reward)
        assert float(kl.value()) == pytest.approx(expected, rel=1e-5)


def test_a_tuner_does_not_know_the_unit_of_the_reward(tmp_path):
    moves, tuners = [], []
    for unit in (1.0, 1e3):
        tuner = RewardTuner(stochastic_gan(), seed=0)
        tuner.compile(
            "sgd",
            reward=unit * rewards.FunctionReward(closeness),
            algorithm="grpo",  # Advantages have no unit.
            num_samples=8,
            run_eagerly=True,
        )
        tuner.fit(steps_per_epoch=3, verbose=0)
        moves.append([v.numpy() for v in tuner.generator.trainable_variables])
        tuners.append(tuner)
    for first, second in zip(*moves, strict=True):
        np.testing.assert_allclose(first, second, rtol=1e-2, atol=1e-3)
    first, second = (float(tuner.kl_penalty.value()) for tuner in tuners)
    assert second == pytest.approx(1e3 * first, rel=1e-2) and first > 0.0
    tuners[1].save(tmp_path / "tuner.keras")
    loaded = keras.saving.load_model(tmp_path / "tuner.keras")
    assert type(loaded.kl_penalty) is RelativeKL
    assert float(loaded.kl_penalty.value()) == pytest.approx(second)
