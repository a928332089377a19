import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_rlgen import pictures
from keras_rlgen.callbacks import DreamMonitor
from keras_rlgen.environments import CartPole, DiscreteAction, TensorEnvironment
from keras_rlgen.environments import simulate as simulated
from keras_rlgen.experience import Experience
from tests.callbacks.training import train


@pytest.fixture(scope="module")
def episode():
    """An episode of nine steps to the right, at whose end the pole falls."""
    start, actions = np.zeros((1, 4)), np.ones((1, 30), int)
    result = simulated(CartPole(), start, actions, (0, 1))
    steps = int(np.sum(result.survival[0]))
    return Experience(
        result.observation[0, : steps + 1].numpy(),
        actions[0, :steps],
        result.reward[0, :steps].numpy(),
        [steps],
        [True],
    )


class Heavier(CartPole):
    """A wrong model: the pole moves less, and the reward is another."""

    def transition(self, inner_state, action, seed):
        following, reward, ended = super().transition(inner_state, action, seed)
        slower = 0.5 * (following + inner_state)
        return slower, 0.5 * reward, tf.zeros_like(ended)


class Squares(TensorEnvironment):
    """Draws its steps: an image that becomes white."""

    def __init__(self):
        super().__init__((4, 4, 1), DiscreteAction(2), 10, 0.0, 1.0)

    def initial_state(self, seed, num_environments):
        return tf.zeros((num_environments, 4, 4, 1))

    def transition(self, inner_state, action, seed):
        reward = tf.ones(tf.shape(action))
        return inner_state + 0.2, reward, tf.zeros_like(reward, tf.bool)

    def observation(self, inner_state):
        return inner_state

    def inner_state_of(self, observation):
        return observation


def frames_of(path):
    with Image.open(path) as image:
        return image.n_frames, image.size


def halves(path):
    """Returns the left and the right half of every frame, below the captions."""
    with Image.open(path) as image:
        for index in range(image.n_frames):
            image.seek(index)
            pixels = np.asarray(image.convert("RGB")).astype(int)[16:]
            yield pixels[:, :320], pixels[:, 324:]


def test_the_true_model_dreams_what_is_real(tmp_path, episode):
    monitor = DreamMonitor(
        tmp_path, episode, CartPole(), every=2, num_trajectories=3, names=list("xvar")
    )
    train([monitor], keras.Model(), [{}] * 3)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "dreams.gif",
        *(f"epoch_{e:04d}.{kind}" for e in (0, 2, 3) for kind in ("gif", "png")),
    ]
    real_and_dreamt = list(halves(tmp_path / "epoch_0003.gif"))
    assert len(real_and_dreamt) == len(episode) + 1
    for real, dreamt in real_and_dreamt:
        assert (np.abs(real - dreamt).max(axis=-1) > 8).mean() == 0.0
    np.testing.assert_allclose(monitor.errors[3], np.zeros(len(episode) + 1), atol=1e-6)
    # The fan is a line, on that of the real episode.
    rewards = np.tile([np.nan, *episode.rewards], (3, 1))[..., None]
    values = np.concatenate([np.tile(episode.observations, (3, 1, 1)), rewards], 2)
    expected = pictures.fan_chart(values, values[0], [*"xvar", "reward"], "epoch 2")
    with Image.open(tmp_path / "epoch_0002.png") as image:
        drawn = np.asarray(image).astype(int)
    assert drawn.shape == expected.shape
    assert (np.abs(drawn - expected).max(axis=-1) > 30).mean() < 0.01


def test_a_wrong_model_shows(tmp_path, episode):
    monitor = DreamMonitor(
        tmp_path, episode, Heavier(), horizon=6, environment="CartPole-v1"
    )
    train([monitor], keras.Model(), [{}])
    assert monitor.errors[1].shape == (7,) and monitor.errors[1][-1] > 0.1
    *_, (real, dreamt) = halves(tmp_path / "epoch_0001.gif")
    assert (np.abs(real - dreamt).max(axis=-1) > 30).any()


def test_of_images_the_error_is_drawn(tmp_path):
    world = Squares()
    images = np.cumsum(np.full((4, 4, 4, 1), 0.1), axis=0) - 0.1
    episode = Experience(images, np.zeros(3, int), np.ones(3), [3], [False])
    monitor = DreamMonitor(tmp_path, episode, world, num_trajectories=2)
    train([monitor], keras.Model(), [{}])
    np.testing.assert_allclose(monitor.errors[1], [0.0, 0.1, 0.2, 0.3], rtol=1e-5)
    assert frames_of(tmp_path / "epoch_0001.gif")[1] == (404, 216)
    assert frames_of(tmp_path / "epoch_0001.png")[1] == (640, 220)  # Error and reward.


class Policy(keras.Model):
    """Pushes to the right, and records episodes as agents do."""

    environment = CartPole()

    def __init__(self, episode):
        super().__init__()
        self.episode, self.seeds = episode, []

    def record(self, episodes, seed):
        self.seeds.append(seed)
        return self.episode

    def call(self, observations):
        return tf.ones(tf.shape(observations)[:1], tf.int32)


def test_a_policy_acts_in_both(tmp_path, episode):
    policy = Policy(episode)
    monitor = DreamMonitor(tmp_path / "policy", None, CartPole(), policy=policy, seed=5)
    train([monitor], keras.Model(), [{}])
    assert policy.seeds == [5, 5]
    np.testing.assert_allclose(monitor.errors[1], 0.0, atol=1e-6)
    # The agent that is trained records the episode, once.
    monitor = DreamMonitor(tmp_path / "agent", world=CartPole(), horizon=2, seed=6)
    train([monitor], policy, [{}])
    assert policy.seeds == [5, 5, 6]
    assert monitor.errors[1].max() < 1e-6


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"horizon": 0}, "`horizon` to be a positive integer. Received: 0"),
        ({"num_trajectories": 1.5}, "`num_trajectories` to be a positive"),
        ({"every": 0}, "`every` >= 1"),
    ],
)
def test_numbers_out_of_range_are_refused(tmp_path, arguments, message):
    with pytest.raises(ValueError, match=message):
        DreamMonitor(tmp_path, **arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "needs the model of an environment"),
        ({"world": CartPole()}, "a `Model` cannot record one. Pass an `Experience`"),
        ({"world": CartPole(), "episode": 3}, "to be an `Experience`. Received: 3"),
        ({"world": Squares(), "episode": True}, r"of shape \(4, 4, 1\)"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, episode, arguments, message):
    if arguments.get("episode") is True:
        arguments = {**arguments, "episode": episode}
    with pytest.raises(ValueError, match=message):
        train([DreamMonitor(tmp_path, **arguments)], keras.Model(), [{}])


def test_a_learner_that_holds_agent_and_world(tmp_path, episode):
    class World(CartPole):
        is_fitted = keras.Variable(False, dtype="bool")

    class Learner(keras.Model):
        def __init__(self):
            super().__init__()
            self.world, self.acting = World(), Policy(episode)

    learner = Learner()
    monitor = DreamMonitor(tmp_path, horizon=2, num_trajectories=1)
    monitor.set_model(learner)
    monitor.on_train_begin()
    assert not monitor.errors  # Nothing is drawn of a model without training.
    World.is_fitted.assign(True)
    monitor.on_epoch_end(0)
    assert monitor.errors[1].shape == (3,) and learner.acting.seeds == [0]
    assert frames_of(tmp_path / "epoch_0001.gif")[1] == (644, 176)


def test_a_model_that_shows_no_state_is_refused(tmp_path, episode):
    class Hidden(CartPole):
        inner_state_of = TensorEnvironment.inner_state_of

    with pytest.raises(NotImplementedError, match="implement `inner_state_of"):
        train([DreamMonitor(tmp_path, episode, Hidden())], keras.Model(), [{}])


def test_a_start_far_from_the_training_data_warns(tmp_path, episode):
    class Known(CartPole):
        def distance(self, observations):
            return np.full(len(observations), 2.5)

    monitor = DreamMonitor(tmp_path, episode, Known())
    monitor.set_model(keras.Model())
    with pytest.warns(UserWarning, match="begins 2.5 standard deviations beyond"):
        monitor.check_model()


def test_what_is_trained_may_be_the_model_or_hold_it(tmp_path, episode):
    class World(keras.Model, CartPole):
        def __init__(self):
            keras.Model.__init__(self)
            CartPole.__init__(self)

    class Learner(keras.Model):
        world = CartPole()

    for model in World(), Learner():
        monitor = DreamMonitor(tmp_path, episode)
        monitor.set_model(model)
        monitor.check_model()
    with pytest.raises(ValueError, match="Received: training of a `Model`"):
        monitor.set_model(keras.Model())
        monitor.check_model()
