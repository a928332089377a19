import doctest

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.rl_models import DirectPreferenceOptimization
from keras_rlgen.rl_models.algorithms import direct_preference_optimization as module

RANDOM = np.random.default_rng(0)
REWARDS = np.array([[0.0, 2.0, 1.0], [3.0, 3.0, 3.0], [5.0, -1.0, 2.0]], "float32")
NEW, REFERENCE = RANDOM.normal(size=(2, 9, 4)).astype("float32")
MASK = np.arange(4) < RANDOM.integers(1, 5, 9)[:, None]


def test_the_loss_of_pairs_in_numpy():
    algorithm = DirectPreferenceOptimization(beta=0.3, label_smoothing=0.1)
    advantages = algorithm.advantages(REWARDS)
    loss, logs = algorithm.loss(
        tf.constant(NEW), tf.constant(REFERENCE), advantages, tf.constant(MASK)
    )
    ratios = ((NEW - REFERENCE) * MASK).sum(axis=1).reshape(3, 3)
    margins = 0.3 * np.array([ratios[0, 1] - ratios[0, 0], ratios[2, 0] - ratios[2, 1]])
    losses = 0.9 * np.log1p(np.exp(-margins)) + 0.1 * np.log1p(np.exp(margins))
    assert float(loss) == pytest.approx(losses.mean(), rel=1e-5)
    assert float(logs["preference_margin"]) == pytest.approx(margins.mean(), rel=1e-5)
    assert float(logs["preference_accuracy"]) == (margins > 0).mean()
    assert set(logs) == set(algorithm.log_names)


def test_only_best_and_worst_are_learned_from():
    algorithm = DirectPreferenceOptimization()
    log_probs = tf.Variable(NEW)
    with tf.GradientTape() as tape:
        loss, _ = algorithm.loss(
            log_probs, log_probs, algorithm.advantages(REWARDS), tf.constant(MASK)
        )
    gradient = tape.gradient(loss, log_probs).numpy()
    learned = np.abs(gradient).sum(axis=1) > 0.0
    assert learned.tolist() == [True, True, False, *[False] * 3, True, True, False]
    # At the reference the sigmoid is a half: beta / 2 for each pair.
    assert gradient[1, 0] == pytest.approx(-0.1 / 2 / 2, rel=1e-5)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"beta": 0.0}, "`beta` above zero"),
        ({"label_smoothing": 0.5}, r"`label_smoothing` in \[0, 0.5\)"),
        ({"epochs": 0}, "`epochs` to be a positive integer"),
    ],
)
def test_arguments_out_of_range_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        DirectPreferenceOptimization(**arguments)


@pytest.mark.parametrize(
    "sizes, message",
    [((4, 1), "Received a group of one"), ((12, 4), "3 groups of 4")],
)
def test_batches_that_do_not_fit_are_refused(sizes, message):
    with pytest.raises(ValueError, match=message):
        DirectPreferenceOptimization(minibatches=2).validate(*sizes)


def test_config_round_trip():
    algorithm = DirectPreferenceOptimization(0.5, 2, 3, 0.1, name="mine")
    config = keras.saving.serialize_keras_object(algorithm)
    restored = keras.saving.deserialize_keras_object(config)
    assert restored.get_config() == algorithm.get_config()
    assert (restored.beta, restored.num_updates, restored.name) == (0.5, 6, "mine")


def test_examples_in_docstrings_run():
    result = doctest.testmod(module, extraglobs={"keras": keras})
    assert result.attempted > 0 and result.failed == 0
