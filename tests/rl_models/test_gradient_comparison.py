import math

import numpy as np
import tensorflow as tf

from keras_rlgen.estimators import GumbelSoftmax, ScoreFunction
from keras_rlgen.rl_models.gradient_comparison import (
    GradientComparison,
    estimators_to_compare,
)
from tests.networks import assert_same, values
from tests.rl_models.autoencoders import (
    BINARY,
    compiled,
    exact_gradient,
    nothing,
    rounded,
)


def test_the_report():
    model = compiled("categorical", estimator=ScoreFunction(4, "critic"))
    by_default = [e.label for e in estimators_to_compare(model)]
    assert by_default == [
        "score_function (critic)",
        "gumbel_softmax",
        "straight_through",
        "score_function (none)",
        "score_function (rloo)",
    ]
    before = values(model)
    compared = [model.estimator, GumbelSoftmax(temperature=2.0), ScoreFunction(2)]
    samples = np.tile(BINARY, (20, 1))
    report = model.gradient_report(samples, estimators=compared, num_repeats=30)
    assert_same(values(model), before)
    assert list(report) == [by_default[0], "gumbel_softmax", by_default[-1]]
    for name, row in report.items():
        is_biased = name == "gumbel_softmax"
        assert (row["relative_bias"] > 2.0 * row["relative_noise"]) == is_biased, name
        assert row["signal_to_noise"] > 0.0
    exact = exact_gradient(model, 1.0, nothing)
    size = sum(np.size(v) for v in values(model.encoder))
    comparison = GradientComparison(model, tf.constant(BINARY), None, 2)
    np.testing.assert_allclose(comparison.exact(), exact[:size], atol=1e-5)


def test_the_report_of_q_learning_and_of_a_reward_without_gradient():
    model = compiled("categorical", estimator="q_learning", reward=rounded)
    report = model.gradient_report(
        BINARY, estimators=["q_learning"], num_repeats=3, num_warmup=2
    )
    assert math.isnan(report["q_learning (rloo)"]["relative_bias"])
    assert not any(e.pathwise for e in estimators_to_compare(model))
