import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.planning.tree_search.selection import (
    improved_policy_match,
    prior_upper_confidence_bound,
    scheduled_action,
    upper_confidence_bound,
)
from tests.planning.tree_search.test_action_values import VALUES, node

RULES = upper_confidence_bound, prior_upper_confidence_bound, improved_policy_match


def forbidden(of, *actions):
    logits = of.prior_logits.numpy().copy()
    logits[:, list(actions)] = -np.inf
    return of._replace(prior_logits=tf.constant(logits))


def test_untried_actions_come_first():
    assert upper_confidence_bound(node()) == 1
    assert upper_confidence_bound(node((0, 0, 3))) == 0  # Of the larger prior.


@pytest.mark.parametrize("exploration", [0.0, 0.5, 2.0, 5.0])
def test_upper_confidence_bound(exploration):
    visits = np.array([9, 3, 1])
    scaled = (VALUES[0] + 1.0) / 4.0
    score = scaled + exploration * np.sqrt(np.log(14.0) / visits)
    of = node(tuple(visits))
    assert upper_confidence_bound(of, exploration) == np.argmax(score)


@pytest.mark.parametrize("first", [0.1, 1.25, 10.0, 100.0])
def test_prior_upper_confidence_bound(first):
    visits = np.array([9, 3, 1])
    weight = first + np.log((14 + 19653.0) / 19652.0)
    prior = np.array([0.5, 0.3, 0.2])
    score = (VALUES[0] + 1.0) / 4.0 + weight * prior * np.sqrt(14.0) / (1.0 + visits)
    of = node(tuple(visits))
    assert prior_upper_confidence_bound(of, first) == np.argmax(score)


@pytest.mark.parametrize("rule", RULES)
def test_forbidden_actions_are_not_chosen(rule):
    for actions, left in (((0, 1), 2), ((1, 2), 0), ((0, 2), 1)):
        assert rule(forbidden(node(), *actions)) == left


def test_scheduled_actions():
    score = tf.constant([[1.0, 3.0, 2.0]])
    of = node((2, 0, 0))
    assert scheduled_action(of, score, tf.constant([0])) == 1
    assert scheduled_action(of, score, tf.constant([2])) == 0
    assert scheduled_action(forbidden(of, 1), score, tf.constant([0])) == 2
    assert scheduled_action(forbidden(of, 1, 2), score, tf.constant([0])) == 0
