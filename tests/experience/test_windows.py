import numpy as np

from keras_rlgen.experience.windows import window_starts


def test_window_starts_agree_with_a_loop():
    lengths = np.random.default_rng(0).integers(1, 12, 30)
    for length, stride in ((1, 1), (3, 1), (4, 3), (2, 5)):
        expected = [
            (episode, start)
            for episode, steps in enumerate(lengths)
            for start in range(0, steps - length + 1, stride)
        ]
        found = np.stack(window_starts(lengths, length, stride), axis=1)
        np.testing.assert_array_equal(found, expected)
