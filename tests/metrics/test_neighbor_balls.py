import numpy as np

from keras_rlgen.metrics.neighbor_balls import ball_radii


def test_radii_are_those_of_brute_force():
    samples = np.random.default_rng(0).normal(size=(30, 20))
    expected = [
        np.sort(np.linalg.norm(np.delete(samples, i, axis=0) - sample, axis=1))[3]
        for i, sample in enumerate(samples)
    ]
    np.testing.assert_allclose(ball_radii(samples, neighbors=4), expected)
