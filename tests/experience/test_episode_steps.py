import numpy as np
import pytest

from keras_rlgen.experience.episode_steps import every_nth_step, ranges, steps_of


def test_ranges_and_steps_agree_with_a_loop():
    random = np.random.default_rng(0)
    starts, lengths = random.integers(0, 50, 20), random.integers(1, 9, 20)
    expected = [
        start + step
        for start, length in zip(starts, lengths, strict=True)
        for step in range(length)
    ]
    np.testing.assert_array_equal(ranges(starts, lengths), expected)
    episodes, steps = steps_of(lengths)
    expected = [(e, s) for e, length in enumerate(lengths) for s in range(length)]
    np.testing.assert_array_equal(np.stack([episodes, steps], axis=1), expected)


def test_each_step_is_kept_as_often_as_the_others():
    lengths = np.full(4000, 6)
    _, steps = every_nth_step(lengths, 3, seed=0)
    shares = np.bincount(steps, minlength=6) / len(lengths)
    np.testing.assert_allclose(shares, 1 / 3, atol=0.03)


def test_errors():
    with pytest.raises(ValueError, match="`every` of at least 1"):
        every_nth_step(np.array([3]), 0, seed=0)
