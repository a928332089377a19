import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.world_models.imagination import Imagined
from keras_rlgen.world_models.k_step_report import k_step_report
from tests.world_models.toys import recorded


class Perfect:
    """A model whose predictions are those of the environment, plus noise."""

    def __init__(self, world, noise):
        self.statistics, self.action = world.statistics, world.action
        self.observation_shape = world.observation_shape
        self.imagination = self
        self._noise = noise

    def roll(self, observations, actions, seed):
        rng = np.random.default_rng(seed)
        state, parts = observations, [observations]
        rewards, ends = [], []
        from tests.world_models.toys import Slide

        for index in range(actions.shape[1]):
            state, reward, ended = Slide().transition(state, actions[:, index], None)
            noise = self._noise * rng.normal(size=state.shape)
            parts.append(state + noise * self.statistics._scale)
            rewards.append(reward)
            ends.append(ended)
        ends = tf.stack(ends, axis=1)
        observation = tf.stack(parts, axis=1)
        return Imagined(observation, actions, tf.stack(rewards, axis=1), ends, ends)


def test_perfect_predictions(trained, experience):
    report = k_step_report(Perfect(trained, 0.0), experience, 5, num_samples=2)
    np.testing.assert_allclose(report.error, 0.0, atol=1e-5)
    np.testing.assert_allclose(report.reward_error, 0.0, atol=1e-5)
    assert report.unchanged_error[4] > report.unchanged_error[0] > 0.1
    assert report.end_auc == 1.0
    assert report.end_calibration == 0.0
    assert report.end_rate == report.end_rate_predicted > 0.0


def test_noise_is_spread_that_covers_nine_of_ten(trained, experience):
    report = k_step_report(Perfect(trained, 0.5), experience, 3, num_samples=64)
    np.testing.assert_allclose(report.spread, 0.5, rtol=0.05)
    assert np.all(report.coverage == 1.0)  # The noise is around the truth.
    assert np.all(report.error < 0.1)


def test_a_model_of_its_own(trained):
    report = trained.report(recorded(seed=1), horizon=6)
    assert report.horizon == 6
    assert report.element_error.shape == (6, 2)
    assert report.error[0] < 0.1 < report.unchanged_error[5]
    assert set(trained.evaluate(recorded(seed=1), horizon=6)) == set(report.summary())
    assert len(report.table().splitlines()) == 8


@pytest.mark.parametrize("horizon, num_samples", [(0, 4), (2.0, 4), (2, 1)])
def test_arguments_are_checked(trained, experience, horizon, num_samples):
    with pytest.raises(ValueError, match="`horizon` >= 1 and `num_samples` >= 2"):
        trained.report(experience, horizon, num_samples)
