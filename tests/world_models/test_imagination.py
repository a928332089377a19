import warnings

import numpy as np
import pytest
import tensorflow as tf

from tests.world_models.toys import Slide

STARTS = np.float32([[0.0, 0.1], [0.3, -0.2], [0.8, 0.9]])


def test_given_actions_lead_where_the_environment_leads(trained):
    actions = np.random.default_rng(0).integers(0, 2, (3, 5)).astype("int32")
    imagined = trained.imagine(actions, observations=STARTS)
    state = tf.constant(STARTS)
    np.testing.assert_array_equal(imagined.observation[:, 0], STARTS)
    alive = np.ones(3, bool)
    for index in range(5):
        np.testing.assert_array_equal(imagined.mask[:, index], alive)
        state, reward, ended = Slide().transition(
            state, tf.constant(actions[:, index]), None
        )
        np.testing.assert_allclose(
            imagined.observation[alive, index + 1], state[alive], atol=0.1
        )
        np.testing.assert_allclose(
            imagined.reward[alive, index], reward[alive], atol=0.1
        )
        alive &= ~imagined.terminated[:, index]
    assert imagined.terminated[2].any()


def test_policies_and_seeds(trained):
    def right(observation):
        return tf.ones(tf.shape(observation)[:1], tf.int32)

    imagined = trained.imagine(right, horizon=4, observations=STARTS)
    np.testing.assert_array_equal(imagined.action, 1)
    first, same, other = (
        trained.imagine(horizon=6, count=5, seed=seed) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first.observation, same.observation)
    assert not np.array_equal(first.action, other.action)
    assert set(np.unique(first.action)) == {0, 1}
    assert trained.imagine(count=2).observation.shape == (2, 201, 2)


def test_far_observations_are_warned_of(trained):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        trained.imagine(horizon=2, observations=STARTS)
    with pytest.warns(UserWarning, match="standard deviations beyond the range"):
        trained.imagine(horizon=2, observations=np.float32([[9.0, 0.0]]))


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"horizon": 0}, "`horizon` to be a positive integer"),
        ({"count": 0}, "`count` to be a positive integer"),
        ({"observations": np.zeros((2, 3))}, "Expected `observations` of shape"),
        ({"observations": np.full((2, 2), np.nan)}, "finite `observations`"),
        ({"policy": np.zeros((2, 3), "int32"), "observations": STARTS}, "actions of"),
        ({"policy": np.zeros((3, 3), "int32"), "horizon": 4}, "actions of shape"),
        ({"policy": lambda x: x, "horizon": 2}, "Take the argmax"),
    ],
)
def test_errors(trained, arguments, message):
    with pytest.raises(ValueError, match=message):
        trained.imagine(**arguments)
