import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents import DQN
from keras_rlgen.environments import Classification, next_step_reset
from tests import networks

LABELS = np.array([0, 1, 2, 2, 1, 0])
# The first pixel is the label, the second the index of the image.
IMAGES = np.stack([LABELS, np.arange(6)], axis=1).reshape(6, 1, 2, 1)


class Labelled:
    """Generates images whose first pixel is the label, and the second is -1."""

    def __init__(self, shape=(1, 2, 1)):
        self.shape = shape
        self.shift = tf.Variable(0.0)

    def sample(self, count, key, condition):
        labels = tf.cast(condition, tf.float32) + self.shift
        images = tf.stack([labels, tf.fill((count,), -1.0)], axis=1)
        return tf.reshape(images, (count, *self.shape))


def play(environment, num_steps=3, count=500, offset=0):
    """Returns observations and rewards of actions that are the first pixel."""
    state = environment.reset((0, 1), count)
    observations, results = [environment.observe(state)], []
    for step in range(num_steps):
        seen = tf.reshape(observations[-1], (count, -1))[:, 0]
        action = (tf.cast(seen, tf.int32) + offset) % environment.num_classes
        state, result = environment.step(state, action, (0, 2 + step))
        observations.append(result.observation)
        results.append(result)
    return np.stack(observations[:-1]), results


def test_real_images_and_their_rewards():
    environment = Classification(IMAGES, LABELS, episode_length=3)
    assert environment.observation_shape == (1, 2, 1) and not environment.costly_reset
    assert environment.action.count == 3
    observations, results = play(environment)
    rows, counts = np.unique(observations.reshape(-1, 2), axis=0, return_counts=True)
    np.testing.assert_array_equal(np.sort(rows[:, 1]), np.arange(6))
    assert counts.min() > 200  # of 1500 images, 250 of each are expected
    assert all((result.reward.numpy() == 1.0).all() for result in results)
    ends = [(r.terminated.numpy(), r.discount.numpy()) for r in results]
    assert not ends[0][0].any() and not ends[1][0].any() and ends[2][0].all()
    assert (ends[1][1] == 1.0).all() and (ends[2][1] == 0.0).all()
    _, wrong = play(environment, offset=1)
    assert (wrong[0].reward.numpy() == 0.0).all()
    punished = Classification(IMAGES, LABELS, wrong_reward=-1.0, flatten=True)
    observations, wrong = play(punished, offset=2)
    assert observations.shape == (3, 500, 2)
    assert (wrong[0].reward.numpy() == -1.0).all()


@pytest.mark.parametrize("fraction", [0.0, 0.25, 1.0])
def test_the_fraction_of_generated_images(fraction):
    environment = Classification(
        IMAGES, LABELS, generator=Labelled(), generated_fraction=fraction
    )
    assert environment.costly_reset is (fraction > 0.0)
    observations, results = play(environment)
    generated = observations.reshape(-1, 2)[:, 1] == -1.0
    assert generated.mean() == pytest.approx(fraction, abs=0.04)
    assert (results[0].reward.numpy() == 1.0).all()


def test_generated_images_alone():
    environment = Classification(generator=Labelled(), num_classes=4)
    observations, results = play(environment)
    _, counts = np.unique(observations.reshape(-1, 2)[:, 0], return_counts=True)
    assert len(counts) == 4 and counts.min() > 300
    assert (results[0].reward.numpy() == 1.0).all()


def test_one_graph_of_pure_functions():
    """The seed decides, and a generator that has changed is not traced again."""
    generator, traces = Labelled(), []
    environment = Classification(IMAGES, LABELS, generator, episode_length=1)

    @tf.function
    def two_steps(seed):
        traces.append(seed)
        state = environment.reset(seed, 50)
        action, ended = tf.zeros((50,), tf.int32), tf.zeros((50,), tf.bool)
        for step in (1, 2):
            state, result = next_step_reset(
                environment, state, ended, action, seed + step
            )
            ended = result.terminated
        return result.observation

    first, again, other = (two_steps(tf.constant([0, seed])) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.any(first.numpy() != other.numpy())
    generator.shift.assign(10.0)
    shifted = two_steps(tf.constant([0, 1])).numpy()
    generated = shifted[:, 0, 1, 0] == -1.0
    np.testing.assert_array_equal(shifted[~generated], first[~generated])
    np.testing.assert_array_equal(
        shifted[generated, 0, 0, 0], first.numpy()[generated, 0, 0, 0] + 10.0
    )
    environment.assign_images(IMAGES[3:4] + 0.5, [2])
    replaced = two_steps(tf.constant([0, 1])).numpy()
    np.testing.assert_array_equal(replaced[generated], shifted[generated])
    assert (replaced[~generated] == IMAGES[3] + 0.5).all()
    assert len(traces) == 1


def test_other_images_than_the_environment_can_have():
    environment = Classification(IMAGES, LABELS)
    with pytest.raises(ValueError, match=r"shape \(1, 2, 1\).*: \(1, 2\), for"):
        environment.assign_images(IMAGES[..., 0], LABELS)
    with pytest.raises(ValueError, match=r"`labels` in \[0, 3\)"):
        environment.assign_images(IMAGES, LABELS + 1)
    generated = Classification(generator=Labelled(), num_classes=3)
    with pytest.raises(ValueError, match="without real images"):
        generated.assign_images(IMAGES, LABELS)


def test_an_agent_learns_to_classify_what_a_gan_generates():
    gan = networks.conditional_gan()
    environment = Classification(
        np.array([[5.0, 0.0], [0.0, 5.0], [-5.0, -5.0]]),
        [0, 1, 2],
        gan,
        generated_fraction=0.25,
        episode_length=4,
    )
    agent = DQN(
        keras.Sequential([keras.layers.Input((2,)), networks.dense(3)]),
        environment,
        num_environments=32,
        n_step=1,
        gamma=0.01,
        epsilon=0.5,
        warm_up_steps=64,
        updates_per_step=0.25,
        seed=0,
    )
    agent.compile(keras.optimizers.Adam(0.03), jit_compile=False)
    logs = agent.train_steps(100)
    assert agent.predict(environment.images.numpy()).tolist() == [0, 1, 2]
    assert 0.0 < logs["mean_q"] < 1.2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "Received neither"),
        ({"images": IMAGES, "labels": [0]}, r"a label for each.*labels \(1,\)"),
        ({"images": IMAGES[:0], "labels": []}, "at least one"),
        ({"images": IMAGES * np.nan, "labels": LABELS}, "Expected finite `images`"),
        ({"images": IMAGES, "labels": LABELS + 0.5}, "Expected integer `labels`"),
        ({"images": IMAGES, "labels": LABELS - 1}, r"in \[0, num_classes\).*-1 to 1"),
        ({"images": IMAGES, "labels": LABELS, "num_classes": 2}, r"\[0, 2\).*0 to 2"),
        ({"images": IMAGES, "labels": 0 * LABELS}, "Received: num_classes=1"),
        ({"generator": Labelled()}, "required without `images`"),
        (
            {"images": IMAGES, "labels": LABELS, "generator": Labelled((2, 1, 1))},
            r"shape of real ones, \(1, 2, 1\). Received: \(2, 1, 1\)",
        ),
        (
            {"images": IMAGES, "labels": LABELS, "generated_fraction": 0.5},
            "Expected `generator` for `generated_fraction=0.5`",
        ),
        (
            {"generator": Labelled(), "num_classes": 3, "generated_fraction": 0.5},
            "Expected `images` for",
        ),
        (
            {"images": IMAGES, "labels": LABELS, "generated_fraction": 1.5},
            r"`generated_fraction` in \[0, 1\]. Received: 1.5",
        ),
        ({"images": IMAGES, "labels": LABELS, "wrong_reward": 1.0}, "below 1"),
        ({"images": IMAGES, "labels": LABELS, "episode_length": 0}, "at least 1"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        Classification(**arguments)
