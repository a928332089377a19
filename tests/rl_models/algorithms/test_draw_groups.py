import doctest

import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.models.conditions.class_labels import ClassLabels
from keras_rlgen.rl_models.algorithms import draw_groups, get
from keras_rlgen.rl_models.algorithms.draw_groups import DrawGroups

KEY = tf.constant([0, 1])
LABELS = ClassLabels(3)


def test_draws_of_a_group_share_a_condition():
    groups = DrawGroups(12, 4)
    for given in (tf.constant(0), tf.constant([2, 0])):
        chosen = groups.grouped(groups.conditions(LABELS, given, KEY)).numpy()
        assert chosen.shape == (3, 4)
        assert np.all(chosen == chosen[:, :1])
    assert set(chosen.ravel()) <= {0, 2}


def test_without_groups_each_draw_has_a_condition_of_its_own():
    groups = DrawGroups(60)
    assert groups.num_compared == 60
    chosen = groups.conditions(LABELS, tf.constant(0), KEY)
    assert chosen.shape == (60,) and set(chosen.numpy()) == {0, 1, 2}


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((0,), "`num_samples` to be a positive integer. Received: 0"),
        ((4, 2.0), "`group_size` to be a positive integer. Received: 2.0"),
        ((4, 3), "multiple of `group_size`. Received: num_samples=4, group_size=3"),
    ],
)
def test_bad_sizes_are_refused(sizes, message):
    with pytest.raises(ValueError, match=message):
        DrawGroups(*sizes)


def test_groups_without_signal():
    groups = DrawGroups(6, 2)
    fraction = groups.without_signal(tf.constant([1.0, 1.0, 1.0, 2.0, 0.0, 0.0]))
    assert float(fraction) == pytest.approx(2 / 3)
    assert float(DrawGroups(6).without_signal(tf.range(6.0))) == 0.0


def test_steps_stay_with_their_samples():
    values = tf.reshape(tf.range(24.0), (4, 6))
    groups = DrawGroups(4, 2)
    np.testing.assert_array_equal(groups.grouped(values)[1, 0], values[2])
    mask = tf.ones((4, 6), tf.bool)
    advantages = groups.advantages(get("dr_grpo"), values, mask)
    np.testing.assert_allclose(advantages, np.repeat([[-3.0], [3.0]] * 2, 6, axis=1))


def test_examples_in_docstrings_run():
    result = doctest.testmod(draw_groups)
    assert result.attempted > 0 and result.failed == 0
