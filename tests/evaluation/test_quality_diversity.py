import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import metrics, rewards, text
from keras_rlgen.evaluation import quality_diversity, token_nll
from keras_rlgen.models import RecurrentBackbone, SequenceGenerator
from tests.evaluation.step_model import StepModel, Trainer

ORACLE = StepModel([-2.0, 2.0, 1.0, 1.0])
TEST = ORACLE.generate(300, seed=9)


def test_the_truth_dominates_what_collapsed():
    models = {
        "true": [ORACLE, ORACLE],
        "collapsed": Trainer(StepModel([-2.0, 6.0, 0.0, 0.0])),
        "wrong": StepModel([-2.0, 1.0, 1.0, 2.0]),
    }
    table = quality_diversity(
        models, TEST, quality=ORACLE, temperatures=(0.7, 1.0), num_samples=400
    )
    assert table.models == list(models) and len(table.rows) == 8
    quality, diversity = table.point("true", 1.0)
    assert diversity == pytest.approx(token_nll(ORACLE, TEST), rel=1e-6)
    assert quality == pytest.approx(diversity, abs=0.1)
    colder = table.point("true", 0.7)
    assert colder[0] < quality and colder[1] > diversity
    assert table.dominated("wrong", 1.0) and not table.dominated("true", 1.0)
    # Better than the truth at temperature 1, but far less diverse.
    assert table.point("collapsed", 1.0)[0] < quality
    assert table.margin("wrong", "true")["margin"] < 0.0
    assert str(table).startswith("| model | temperature | nll_oracle | nll |")


def test_bleu_against_self_bleu():
    table = quality_diversity(
        {"true": ORACLE}, TEST, diversity="self_bleu", temperatures=[1.0], order=2
    )
    (row,) = table.rows
    samples = ORACLE.generate(300, seed=0)
    assert row["quality"] == metrics.bleu(samples, TEST, 2, 0)["bleu_2"]
    assert row["diversity"] == metrics.self_bleu(samples, 2, 0)["self_bleu_2"]
    assert row["distinct_2"] == metrics.distinct_n_grams(samples, 2, 0)["distinct_2"]
    assert table.quality == "bleu_2" and table.diversity == "self_bleu_2"


def test_a_reward_as_quality():
    reward = text.Repetition(order=1, end_token=0) + rewards.Constant(1.0)
    table = quality_diversity(
        {"true": ORACLE},
        TEST,
        reward,
        temperatures=[1.0],
        num_samples=70,
        batch_size=50,
    )
    parts = ORACLE.generate(50, seed=0), ORACLE.generate(20, seed=1000)
    expected = tf.reduce_mean(reward(tf.constant(np.concatenate(parts))))
    assert table.rows[0]["quality"] == pytest.approx(float(expected), rel=1e-5)
    assert table.higher_is_better


def test_a_sequence_generator():
    keras.utils.set_random_seed(0)
    model = SequenceGenerator(RecurrentBackbone(4, units=4), 5, end_token=0, seed=0)
    table = quality_diversity(
        {"untrained": model}, TEST[:40], quality=model, temperatures=[1.0, 0.5]
    )
    (warm, cold) = table.rows
    log_probs = model.step_log_probs(TEST[:40], temperature=0.5).numpy()
    valid = model.valid_steps(TEST[:40]).numpy()
    expected = -log_probs[valid].mean()
    assert cold["diversity"] == pytest.approx(expected, rel=1e-5)
    assert warm["temperature"] == 1.0 and np.isfinite(warm["quality"])


@pytest.mark.parametrize(
    "arguments, error, message",
    [
        ({"models": [ORACLE]}, TypeError, "a dict from names to models"),
        ({"models": {"a": []}}, ValueError, "at least one model for 'a'"),
        ({"models": {"a": 3}}, TypeError, "a `SequenceGenerator`"),
        ({"temperatures": [0.0]}, ValueError, "positive, finite temperatures"),
        ({"temperatures": []}, ValueError, "positive, finite temperatures"),
        ({"quality": 3}, TypeError, "'bleu', a model of sequences, or a `Reward`"),
        ({"diversity": "bleu"}, ValueError, "'nll' or 'self_bleu'"),
        ({"num_samples": 1}, ValueError, "`num_samples` >= 2"),
    ],
)
def test_wrong_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        quality_diversity(**{"models": {"a": ORACLE}, "test": TEST, **arguments})
