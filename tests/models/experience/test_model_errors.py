import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.experience import Transition, TransitionCodec
from keras_rlgen.models.experience.model_errors import ModelErrors
from tests.models.experience.toys import SPECS, walks


class Shifted:
    """The walk itself, but for an error of each step, and no ends."""

    given = ("observation", "action")

    def __init__(self, experience, error):
        self.codec = TransitionCodec(*SPECS)
        self.codec.adapt(experience)
        self.error = error

    def sample(self, observation, action, key):
        step = 0.2 * tf.cast(action, tf.float32) - 0.1 + self.error
        following = observation + tf.stack([step, 0.0 * step], axis=1)
        flags = tf.zeros_like(step)
        return Transition(observation, action, flags + 2.0, following, flags > 0.0)


@pytest.fixture(scope="module")
def scores():
    experience = walks(30)
    errors = ModelErrors(Shifted(experience, 0.05))
    return experience, errors.of_conditional(experience, horizon=4, num_samples=2)


def test_errors_of_fields(scores):
    experience, scores = scores
    transition = experience.transitions()
    change = transition.next_observation - transition.observation
    # The second number never changes.
    expected = np.sqrt(0.5) * 0.05 / change[:, 0].std()
    assert scores["error_next_observation"] == pytest.approx(expected, rel=1e-3)
    assert scores["error_reward"] == 0.0
    assert scores["error_terminated"] == pytest.approx(transition.terminated.mean())
    fields = [scores[f"error_{x}"] for x in ("next_observation", "reward")]
    mean = np.mean([*fields, scores["error_terminated"]])
    assert scores["error"] == pytest.approx(mean)


def test_ends_and_open_loop(scores):
    experience, scores = scores
    assert scores["end_rate_predicted"] == 0.0 and scores["end_auc"] == 0.5
    assert scores["end_calibration"] == pytest.approx(scores["end_rate"])
    deviation = experience.transitions().observation[:, 0].std()
    expected = np.sqrt(0.5) * 4 * 0.05 / deviation
    assert scores["error_after_4_steps"] == pytest.approx(expected, rel=1e-3)


def test_a_horizon_beyond_the_longest_episode_is_shortened():
    experience = walks(3, length=2)
    scores = ModelErrors(Shifted(experience, 0.0)).of_conditional(experience, 9, 1)
    assert scores["error_after_2_steps"] < 1e-5
