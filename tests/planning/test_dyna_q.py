import doctest

import numpy as np
import tensorflow as tf

from keras_rlgen.planning import dyna_q
from keras_rlgen.planning.dyna_q import (
    TabularStep,
    dyna_tables,
    greedy_actions,
    plan,
    q_update,
    remember,
)
from keras_rlgen.training.stateless_random import integers

BATCH, STATES, ACTIONS, ALPHA, PLANNING = 3, 4, 2, 0.5, 7


def test_example():
    assert doctest.testmod(dyna_q).failed == 0


def random_steps(count):
    random = np.random.default_rng(0)
    for _ in range(count):
        shape = (BATCH,)
        yield (
            TabularStep(
                state=random.integers(0, STATES, shape).astype("int32"),
                action=random.integers(0, ACTIONS, shape).astype("int32"),
                reward=random.normal(size=shape).astype("float32"),
                discount=random.choice([0.0, 0.9], shape).astype("float32"),
                next_state=random.integers(0, STATES, shape).astype("int32"),
            ),
            random.random(shape) < 0.8,
        )


class SlowDynaQ:
    """The algorithm as the book writes it, for one table."""

    def __init__(self):
        self.q = np.zeros((STATES, ACTIONS), "float32")
        self.model = {}  # in order of the first visit

    def update(self, state, action, reward, discount, next_state):
        target = reward + discount * self.q[next_state].max()
        self.q[state, action] += ALPHA * (target - self.q[state, action])

    def step(self, state, action, reward, discount, next_state, chances):
        self.update(state, action, reward, discount, next_state)
        self.model[state, action] = reward, discount, next_state
        for chance in chances:
            state, action = list(self.model)[chance % len(self.model)]
            self.update(state, action, *self.model[state, action])


@tf.function(autograph=False)
def dyna_step(tables, step, active, seed):
    values = q_update(tables.action_values, step, ALPHA, active)
    tables = remember(tables._replace(action_values=values), step, active)
    return plan(tables, PLANNING, ALPHA, seed, active)


def test_it_equals_a_slow_transcription():
    slow = [SlowDynaQ() for _ in range(BATCH)]
    tables = dyna_tables(BATCH, STATES, ACTIONS)
    for index, (step, active) in enumerate(random_steps(25)):
        seed = tf.constant([5, index])
        tables = dyna_step(
            tables, *tf.nest.map_structure(tf.constant, (step, active)), seed
        )
        chances = integers((PLANNING, BATCH), seed, 2**31 - 1).numpy()
        for run in np.flatnonzero(active):
            slow[run].step(
                *(int(x[run]) for x in step[:2]),
                *(x[run] for x in step[2:]),
                chances[:, run],
            )
    for run, expected in enumerate(slow):
        np.testing.assert_allclose(
            tables.action_values[run], expected.q, rtol=1e-5, atol=1e-6
        )
        pairs = [state * ACTIONS + action for state, action in expected.model]
        assert int(tables.num_pairs[run]) == len(pairs)
        np.testing.assert_array_equal(tables.pairs[run, : len(pairs)], pairs)
        for (state, action), outcome in expected.model.items():
            of_model = tables.reward, tables.discount, tables.next_state
            assert tuple(float(x[run, state, action]) for x in of_model) == outcome


def test_without_planning_and_masks():
    step, _ = next(random_steps(1))
    values = q_update(dyna_tables(BATCH, STATES, ACTIONS).action_values, step, 1.0)
    at = tuple(np.stack([np.arange(BATCH), step.state, step.action]))
    np.testing.assert_array_equal(values.numpy()[at], step.reward)
    tables = remember(dyna_tables(BATCH, STATES, ACTIONS), step)
    np.testing.assert_array_equal(tables.num_pairs, np.ones(BATCH))
    assert plan(tables, 0, 0.1, (0, 1)) is tables


def test_greedy_actions_are_equally_likely_among_equals():
    values = tf.tile(tf.constant([[[1.0, 2.0, 2.0]]]), [4000, 1, 1])
    counts = np.bincount(greedy_actions(values, tf.zeros(4000, tf.int32), (0, 1)))
    assert counts[0] == 0 and abs(counts[1] - 2000) < 150
