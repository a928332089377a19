import gymnasium
import keras
import numpy as np
import pytest
from PIL import Image

from keras_rlgen.agents import DQN
from keras_rlgen.callbacks import EpisodeRecorder, PolicyEvaluation, cart_pole_frame
from keras_rlgen.environments import CartPole, FixedHorizonCartPole, GridWorld
from tests.callbacks.training import train


class Corridor(gymnasium.Env):
    """Five cells to the right; the picture has a column for each. Action 1 goes on."""

    observation_space = gymnasium.spaces.Discrete(6)
    action_space = gymnasium.spaces.Discrete(2)
    metadata = {"render_modes": ["rgb_array"], "render_fps": 10}

    def __init__(self, render_mode=None, columns=6):
        self.render_mode = render_mode
        self.columns = columns

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.cell = 0
        return self.cell, {}

    def step(self, action):
        self.cell += int(action)
        return self.cell, -1.0, self.cell == 5, False, {}

    def render(self):
        frame = np.zeros((8, self.columns, 3), np.uint8)
        frame[:, self.cell * self.columns // 6] = 255
        return frame


def make_agent(environment, num_inputs, right=True):
    """An agent whose network always prefers the action 1, or 0."""
    q_network = keras.Sequential(
        [keras.Input((num_inputs,)), keras.layers.Dense(2, kernel_initializer="zeros")]
    )
    q_network.layers[-1].bias.assign([0.0, 1.0] if right else [1.0, 0.0])
    return DQN(q_network, environment=environment, seed=0, warm_up_steps=1000)


def run(agent, *callbacks, epochs=1):
    train(list(callbacks), agent, [{}] * epochs)


def frames_of(path):
    with Image.open(path) as image:
        frames, durations = [], []
        for index in range(image.n_frames):
            image.seek(index)
            frames.append(np.asarray(image.convert("RGB")))
            durations.append(image.info["duration"])
    return frames, durations


def test_an_episode_is_drawn_frame_by_frame(tmp_path):
    agent = make_agent(Corridor, 6)
    recorder = EpisodeRecorder(tmp_path, environment=lambda: Corridor("rgb_array"))
    run(agent, recorder)
    assert recorder.returns == {0: -5.0, 1: -5.0}
    frames, durations = frames_of(tmp_path / "epoch_0001.gif")
    cells = [int(np.argmax(frame[0, :, 0])) for frame in frames]
    assert cells == [0, 1, 2, 3, 4, 5]
    assert durations[:-1] == [100] * 5 and durations[-1] > 100


@pytest.mark.parametrize(
    ("every", "epochs", "recorded"),
    [(1, 2, [0, 1, 2]), (2, 3, [0, 2, 3]), (9, 1, [0, 1])],
)
def test_epochs_that_are_recorded(tmp_path, every, epochs, recorded):
    recorder = EpisodeRecorder(tmp_path / "new" / "folder", every, max_steps=3)
    run(make_agent(CartPole(), 4), recorder, epochs=epochs)
    assert list(recorder.returns) == recorded
    names = [f"epoch_{epoch:04d}.gif" for epoch in recorded]
    assert sorted(p.name for p in recorder.folder.iterdir()) == names


@pytest.mark.parametrize("kind", [CartPole, FixedHorizonCartPole])
def test_tensor_environments_are_drawn(tmp_path, kind):
    recorder = EpisodeRecorder(tmp_path, max_steps=6, frames_per_second=20)
    run(make_agent(kind(), 4), recorder)
    frames, durations = frames_of(tmp_path / "epoch_0001.gif")
    assert frames[0].shape == (160, 320, 3)
    # Frames that are the same are written as one, shown longer; the last is four times.
    assert len(frames) > 3 and sum(durations) == (6 + 4) * 50
    assert recorder.returns[1] == 6.0


def test_a_frame_function(tmp_path):
    seen = []

    def draw(observation):
        seen.append(observation)
        return cart_pole_frame(observation)

    recorder = EpisodeRecorder(
        tmp_path, frame_function=draw, max_width=100, max_steps=5
    )
    run(make_agent("CartPole-v1", 4), recorder)
    frames, _ = frames_of(tmp_path / "epoch_0000.gif")
    assert frames[0].shape == (40, 80, 3)
    assert len(seen) == 12 and seen[0].shape == (4,)
    # The seed fixes where the episode begins.
    np.testing.assert_array_equal(seen[0], seen[6])


def test_the_policy_that_is_trained_acts(tmp_path):
    agent = make_agent(Corridor, 6, right=False)
    recorder = EpisodeRecorder(tmp_path, environment=Corridor("rgb_array"), max_steps=9)

    class TurnRound(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            agent.q_network.layers[-1].bias.assign([0.0, 1.0])

    run(agent, TurnRound(), recorder)
    assert recorder.returns == {0: -9.0, 1: -5.0}


def test_training_goes_on_as_without_it(tmp_path):
    def weights(*callbacks):
        keras.utils.set_random_seed(0)
        agent = make_agent(CartPole(), 4)
        agent.compile("sgd", jit_compile=False)
        agent.fit(2, steps_per_epoch=50, callbacks=list(callbacks), verbose=0)
        return [agent.environment_steps.numpy(), *agent.get_weights()]

    recorder = EpisodeRecorder(tmp_path, max_steps=5)
    for ours, theirs in zip(weights(recorder), weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_nothing_to_draw_with(tmp_path):
    agent = make_agent(CartPole(), 4)
    for environment in (GridWorld(["SG"]), Corridor):
        recorder = EpisodeRecorder(tmp_path, environment=environment)
        with pytest.raises(
            ValueError, match="something to draw with.*`frame_function`"
        ):
            run(agent, recorder)


def test_frames_that_are_none(tmp_path):
    recorder = EpisodeRecorder(tmp_path, frame_function=lambda o: np.zeros((4, 4)))
    with pytest.raises(ValueError, match=r"Expected frames.*Received: shape \(4, 4\)"):
        run(make_agent(CartPole(), 4), recorder)


def test_an_environment_that_cannot_be_made_again(tmp_path):
    agent = make_agent(Corridor("rgb_array"), 6)
    with pytest.raises(ValueError, match="an environment of its own.*`environment`"):
        run(agent, EpisodeRecorder(tmp_path))


def test_bad_arguments(tmp_path):
    with pytest.raises(ValueError, match="Expected `every` >= 1. Received: every=0"):
        EpisodeRecorder(tmp_path, every=0)


def test_the_class_of_an_environment(tmp_path):
    with pytest.raises(TypeError, match=r"the class `CartPole`\. Call it"):
        EpisodeRecorder(tmp_path, environment=CartPole)
    with pytest.raises(TypeError, match=r"the class `CartPole`\. Call it"):
        PolicyEvaluation(environment=CartPole)
