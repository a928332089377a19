"""What all estimators do; on problems small enough for the exact gradient."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import estimators
from keras_rlgen.baselines import Critic, MovingAverage
from tests.estimators import problems


def moving_average():
    baseline = MovingAverage()
    baseline.update(tf.constant([[1.5]]), None)
    return baseline


def critic():
    network = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1)])
    network.layers[0].kernel.assign([[-0.7]])
    return Critic(network)


BASELINES = {
    "none": lambda: "none",
    "moving_average": moving_average,
    "rloo": lambda: "rloo",
    "critic": critic,
}


@pytest.mark.parametrize("baseline", BASELINES)
def test_the_score_function_is_unbiased(baseline):
    estimator = estimators.ScoreFunction(3, BASELINES[baseline]())
    codes = problems.estimates(
        estimator, problems.LOGITS, problems.codes_posterior, problems.value_of_codes
    )
    assert problems.is_mean(codes, problems.codes_gradient())
    vectors = problems.estimates(
        estimator,
        np.concatenate([problems.MEAN, problems.SCALE]),
        problems.normal_posterior,
        problems.value_of_vectors,
    )
    assert problems.is_mean(vectors, problems.normal_gradient())


def test_the_score_function_is_unbiased_with_the_divergence_in_the_reward():
    beta = 0.8
    rows = problems.estimates(
        estimators.ScoreFunction(3, kl="sampled"),
        problems.LOGITS,
        problems.codes_posterior,
        problems.value_of_codes,
        beta=beta,
    )
    assert problems.is_mean(rows, problems.codes_gradient(beta))
    assert not problems.is_mean(rows, problems.codes_gradient())


def test_the_pathwise_gradient_is_unbiased():
    rows = problems.estimates(
        estimators.Reparameterized(2),
        np.concatenate([problems.MEAN, problems.SCALE]),
        problems.normal_posterior,
        problems.value_of_vectors,
    )
    assert problems.is_mean(rows, problems.normal_gradient())


@pytest.mark.parametrize("name", ["gumbel_softmax", "straight_through"])
def test_soft_codes_are_biased_and_say_so(name):
    estimator = estimators.get(name, temperature=1.0)
    rows = problems.estimates(
        estimator, problems.LOGITS, problems.codes_posterior, problems.value_of_codes
    )
    assert not problems.is_mean(rows, problems.codes_gradient(), deviations=6.0)
    assert not estimator.unbiased


def test_several_samples_and_a_baseline_lower_the_variance():
    def variance(estimator):
        rows = problems.estimates(
            estimator,
            problems.LOGITS,
            problems.codes_posterior,
            lambda codes: 5.0 + problems.value_of_codes(codes),
            count=2_000,
        )
        return rows.var(axis=0).sum()

    plain = variance(estimators.ScoreFunction(1, "none"))
    several = variance(estimators.ScoreFunction(4, "none"))
    compared = variance(estimators.ScoreFunction(4, "rloo"))
    assert several == pytest.approx(plain / 4, rel=0.2)
    assert compared < 0.5 * several


@pytest.mark.parametrize("name", estimators.NAMES)
def test_config_round_trip(name):
    options = {
        "score_function": {"baseline": "critic", "kl": "sampled"},
        "q_learning": {
            "baseline": "moving_average",
            "temperature": 0.5,
            "exploration": "epsilon_greedy",
            "epsilon": 0.2,
            "replay_capacity": 7,
            "target_update_tau": 0.3,
            "target_update_period": 5,
        },
        "gumbel_softmax": {
            "temperature": keras.optimizers.schedules.ExponentialDecay(1.0, 10, 0.5)
        },
        "straight_through": {"temperature": 0.4},
    }.get(name, {})
    estimator = estimators.NAMES[name](3, **options)
    config = keras.saving.serialize_keras_object(estimator)
    again = estimators.get(config)
    assert type(again) is type(estimator)
    assert keras.saving.serialize_keras_object(again) == config


@pytest.mark.parametrize("name", estimators.NAMES)
def test_it_wants_a_positive_number_of_samples(name):
    with pytest.raises(ValueError, match="positive integer. Received: 0"):
        estimators.NAMES[name](0)
