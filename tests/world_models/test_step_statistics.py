import numpy as np
import tensorflow as tf

from keras_rlgen.experience import Experience
from keras_rlgen.world_models.step_statistics import StepStatistics
from tests.world_models.toys import recorded


def test_vectors_are_standardised_and_come_back():
    experience, statistics = recorded(), StepStatistics((2,))
    mean, scale = statistics.adapt(experience)
    observations = tf.constant(experience.observations)
    encoded = statistics.encode(observations)
    np.testing.assert_allclose(np.mean(encoded, axis=0), 0.0, atol=1e-5)
    np.testing.assert_allclose(np.std(encoded, axis=0), 1.0, atol=1e-5)
    np.testing.assert_allclose(statistics.decode(encoded), observations, atol=1e-6)
    transition = experience.transitions()
    change = np.subtract(
        statistics.encode(tf.constant(transition.next_observation)),
        statistics.encode(tf.constant(transition.observation)),
    )
    np.testing.assert_allclose(mean, change.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(scale, change.std(axis=0), rtol=1e-3)


def test_rewards_come_back_and_stay_in_their_range():
    experience, statistics = recorded(), StepStatistics((2,))
    statistics.adapt(experience)
    encoded = statistics.encode_reward(tf.constant(experience.rewards))
    np.testing.assert_allclose(np.mean(encoded), 0.0, atol=1e-5)
    np.testing.assert_allclose(
        statistics.decode_reward(encoded), experience.rewards, atol=1e-6
    )
    highest = experience.rewards.max() + 0.25 * np.ptp(experience.rewards)
    np.testing.assert_allclose(statistics.decode_reward(1e3), highest, rtol=1e-5)


def test_distance_and_clipping():
    statistics = StepStatistics((1,))
    experience = Experience(np.array([[0.0], [1.0], [3.0]]), [0, 0], [0, 0], [2], [0])
    statistics.adapt(experience)
    deviation = np.std([0.0, 1.0, 3.0])
    distance = statistics.distance(tf.constant([[2.0], [4.0], [-3.0]]))
    np.testing.assert_allclose(
        distance, [0.0, 1.0 / deviation, 3.0 / deviation], rtol=1e-5
    )
    encoded = statistics.encode(tf.constant([[2.0], [100.0]]))
    decoded = statistics.decode(statistics.clip(encoded))
    np.testing.assert_allclose(decoded, [[2.0], [3.0 + 2.0 * 3.0]], rtol=1e-5)


def test_weighted_ends_are_calibrated_again():
    statistics = StepStatistics((1,))
    length = 5
    experience = Experience(
        np.arange(length + 1.0)[:, None],
        np.zeros(length),
        np.zeros(length),
        [length],
        [True],
    )
    statistics.adapt(experience)
    np.testing.assert_allclose(statistics.end_weight, 4.0)
    # Trained with that weight, the best constant has the odds 4 * 1 / 4 = 1.
    np.testing.assert_allclose(statistics.end_probability(0.0), 0.2, rtol=1e-5)


def test_no_ends_are_predicted_where_none_were_seen():
    statistics = StepStatistics((1,))
    statistics.adapt(Experience(np.zeros((2, 1)), [0], [0.0], [1], [False]))
    np.testing.assert_allclose(statistics.end_probability(100.0), 0.0)


def test_images_are_scaled():
    statistics = StepStatistics((2, 2, 1))
    images = np.zeros((3, 2, 2, 1))
    images[1] = 200.0
    assert statistics.adapt(Experience(images, [0, 0], [0, 0], [2], [False])) is None
    encoded = statistics.encode(tf.constant(images, tf.float32))
    np.testing.assert_allclose(encoded[1], 1.0)
    np.testing.assert_allclose(statistics.decode(encoded), images)
