import types

import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.experience import ArraySpec
from keras_rlgen.rewards.expert_steps import ExpertSteps
from tests.networks import assert_same, values
from tests.rewards.test_imitation import SPECS, experts, steps


def of_experts(terminated=False, **kwargs):
    return ExpertSteps.from_experience(experts(terminated), SPECS, **kwargs)


def test_units_are_of_both_and_fixed_once():
    expert_steps = of_experts()
    others = steps(200, center=-3.0, action=2)
    raw = expert_steps.vectors.numpy()
    np.testing.assert_array_equal(raw[:, 2:], [[0.0, 1.0, 0.0]] * 40)
    expert_steps.fix_units(others)
    # A mixture of equal parts of both, of continuous numbers alone.
    x, y = raw[:, :2], others.observation.numpy()
    mean = (x.mean(0) + y.mean(0)) / 2
    square = (np.square(x).mean(0) + np.square(y).mean(0)) / 2
    np.testing.assert_allclose(expert_steps.mean[:2], mean, rtol=1e-4)
    np.testing.assert_allclose(
        expert_steps.deviation[:2], np.sqrt(square - mean**2), rtol=1e-4
    )
    np.testing.assert_array_equal(expert_steps.mean[2:], [0.0] * 3)
    np.testing.assert_array_equal(expert_steps.deviation[2:], [1.0] * 3)
    before = values(expert_steps)
    expert_steps.fix_units(steps(10, center=50.0))
    assert_same(values(expert_steps), before)
    np.testing.assert_allclose(
        expert_steps(others)[:, :2],
        (y - mean) / np.sqrt(square - mean**2),
        rtol=1e-3,
    )


@pytest.mark.parametrize("jit_compile", [False, True])
def test_samples_are_those_of_experts(jit_compile):
    expert_steps = of_experts()
    sample = tf.function(expert_steps.sample, jit_compile=jit_compile)
    rows = sample(500, tf.constant([1, 2])).numpy()
    found = (rows[:, None] == expert_steps.vectors.numpy()[None]).all(-1)
    assert found.any(axis=1).all() and found.any(axis=0).mean() > 0.9


def test_another_spec_is_refused():
    specs = types.SimpleNamespace(observation=ArraySpec((3,)), action=SPECS.action)
    with pytest.raises(ValueError, match="observations"):
        ExpertSteps.from_experience(experts(), specs)


def test_absorbing_steps_are_sampled_as_often_as_the_experts_ended():
    ended, whole = of_experts(True, absorbing=True), of_experts(absorbing=True)
    assert (ended.num_absorbing, whole.num_absorbing) == (1, 0)
    assert ended.width == ended.step_dim == 6
    rows = ended.sample(8000, (0, 1)).numpy()
    absorbing = rows[:, 5] == 1.0
    assert 140 < absorbing.sum() < 250  # 195 are expected, 8000 / 41.
    assert (rows[absorbing] == [0.0] * 5 + [1.0]).all()
    assert not whole.sample(8000, (0, 1)).numpy()[:, 5].any()


def test_what_follows_is_standardised_alike():
    expert_steps = of_experts(following=True)
    some = steps(4, seed=1)._replace(
        next_observation=steps(4, seed=2).observation,
        terminated=tf.constant([False, True, False, False]),
    )
    expert_steps.fix_units(some)
    step, now, after, terminated = expert_steps.split(expert_steps(some))
    mean, deviation = expert_steps.mean[:2], expert_steps.deviation[:2]
    assert step.shape == (4, 5) and expert_steps.width == 8
    np.testing.assert_allclose(now, (some.observation - mean) / deviation, rtol=1e-5)
    np.testing.assert_allclose(
        after, (some.next_observation - mean) / deviation, rtol=1e-5
    )
    np.testing.assert_array_equal(terminated[:, 0], [0.0, 1.0, 0.0, 0.0])
    np.testing.assert_array_equal(expert_steps.noisy, [1.0] * 7 + [0.0])


def test_an_end_leads_to_the_absorbing_state_and_stays_there():
    expert_steps = of_experts(following=True, absorbing=True)
    some = steps(3)._replace(terminated=tf.constant([False, True, True]))
    vectors = expert_steps.with_absorbing(some)
    step, now, after, terminated = (x.numpy() for x in expert_steps.split(vectors))
    assert vectors.shape == (5, expert_steps.width) == (5, 10)
    in_absorbing = [0.0, 0.0, 1.0]
    np.testing.assert_array_equal(after[1:], [in_absorbing] * 4)
    np.testing.assert_array_equal(now[3:], [in_absorbing] * 2)
    np.testing.assert_array_equal(step[3:], [[0.0] * 5 + [1.0]] * 2)
    assert not now[:3, 2].any() and not step[:3, 5].any() and after[0, 2] == 0.0
    np.testing.assert_array_equal(terminated, np.zeros((5, 1)))
