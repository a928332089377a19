"""What every agent does, whatever it learns by: DQN stands for all."""

import gymnasium
import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents import DQN
from keras_rlgen.environments import CartPole
from tests.agents.toys import StepType, mlp
from tests.agents.values import cart_pole_agent, fit
from tests.networks import assert_same, differ, values

callbacks = keras.callbacks


def agent(**kwargs):
    return cart_pole_agent(DQN, **kwargs)


class TestFit:
    def test_steps_are_those_of_every_environment(self):
        trained = agent(
            environment=CartPole(max_episode_steps=3),
            replay_capacity=200,
            warm_up_steps=200,
        )
        history = fit(trained, steps=8, epochs=2)
        step_type = trained.replay_buffer.gather_all().step_type
        assert step_type.shape == (3, 16)
        for end, logged in zip((8, 16), history["environment_steps"], strict=True):
            begins_an_episode = step_type[:, :end] == StepType.LAST
            assert logged == 3 * end - np.sum(begins_an_episode) < 3 * end
        assert history["episode_length"] == history["mean_return"]

    def test_nothing_is_known_before_anything_ended(self):
        history = fit(agent(environment=CartPole(), warm_up_steps=50), steps=4)
        assert history["episodes"] == [0]
        assert not {"mean_return", "episode_length", "loss", "mean_q"} & set(history)

    def test_evaluation_does_not_change_training(self):
        first, second = agent(), agent()
        fit(first, epochs=2, steps=4, validation_freq=1, validation_episodes=2)
        fit(second, epochs=2, steps=4)
        assert_same(values(first.q_network), values(second.q_network))

    def test_callbacks_of_keras(self, tmp_path):
        trained = agent()
        fit(
            trained,
            steps=4,
            epochs=3,
            validation_freq=1,
            validation_episodes=2,
            callbacks=[
                callbacks.LearningRateScheduler(lambda epoch: 0.1 / (epoch + 1)),
                callbacks.ModelCheckpoint(
                    tmp_path / "{epoch}.keras", "val_mean_return", mode="max"
                ),
                callbacks.CSVLogger(tmp_path / "log.csv"),
                callbacks.TensorBoard(tmp_path / "board"),
                callbacks.TerminateOnNaN(),
                callbacks.EarlyStopping(
                    "val_mean_return",
                    mode="max",
                    patience=9,
                    restore_best_weights=True,
                ),
            ],
        )
        np.testing.assert_allclose(trained.optimizer.learning_rate, 0.1 / 3)
        assert len((tmp_path / "log.csv").read_text().splitlines()) == 4
        assert list((tmp_path / "board").rglob("events*"))
        loaded = DQN.load(tmp_path / "2.keras")
        assert int(loaded._vector_steps) == 8

    def test_backup_and_restore(self, tmp_path):
        """Interrupted in the third epoch, and begun again, it ends the same."""

        class Interrupt(callbacks.Callback):
            def on_epoch_begin(self, epoch, logs=None):
                if epoch == 2:
                    raise KeyboardInterrupt

        def backup():
            return callbacks.BackupAndRestore(tmp_path / "backup")

        whole, interrupted, resumed = agent(), agent(), agent()
        fit(whole, steps=4, epochs=4)
        with pytest.raises(KeyboardInterrupt):
            fit(interrupted, steps=4, epochs=4, callbacks=[backup(), Interrupt()])
        history = fit(resumed, steps=4, epochs=4, callbacks=[backup()])
        assert len(history["loss"]) == 2
        assert_same(values(whole.q_network), values(resumed.q_network))
        assert_same(values(whole.target_q_network), values(resumed.target_q_network))

    def test_before_compile(self):
        with pytest.raises(ValueError, match="Call `compile"):
            fit(agent(compiled=False))

    def test_no_steps(self):
        with pytest.raises(ValueError, match="steps_per_epoch"):
            fit(agent(), steps=0)


class Broken(CartPole):
    """What it returns is not finite after so many steps."""

    def __init__(self, what, after=6):
        super().__init__()
        self.what, self.after = what, after

    def broken(self, elapsed):
        return tf.where(elapsed >= self.after, np.inf, 1.0)

    def step(self, state, action, seed):
        state, result = super().step(state, action, seed)
        factor = self.broken(state.elapsed_steps)
        if self.what == "observation":
            result = result._replace(observation=result.observation * factor[:, None])
        else:
            result = result._replace(reward=result.reward * factor)
        return state, result


class TestWhatIsNotFinite:
    @pytest.mark.parametrize("what", ["observation", "reward"])
    def test_from_the_environment(self, what):
        trained = agent(environment=Broken(what), warm_up_steps=3)
        fit(trained, steps=4)
        weights = values(trained.q_network)
        with pytest.raises(FloatingPointError, match=what):
            fit(trained, steps=4)
        assert_same(values(trained.q_network), weights)
        # The frames of that round were not kept, and the episodes are reset.
        assert int(trained.replay_buffer.num_frames()) == 12
        fit(trained, steps=4)
        assert differ(values(trained.q_network), weights)

    @pytest.mark.parametrize("jit_compile", [None, True])
    def test_in_an_update(self, jit_compile):
        trained = agent(warm_up_steps=3, updates_per_step=1.0)
        if jit_compile:
            trained.compile(keras.optimizers.Adam(1e-2), jit_compile=True)
        fit(trained, steps=4)
        before = [values(trained.q_network, trained.target_q_network)]
        before.append(values(trained.optimizer)[2:])
        trained.optimizer.learning_rate = np.inf
        with pytest.raises(FloatingPointError, match="weight"):
            fit(trained, steps=4)
        assert_same(values(trained.q_network, trained.target_q_network), before[0])
        assert_same(values(trained.optimizer)[2:], before[1])
        trained.optimizer.learning_rate = 1e-2
        assert np.isfinite(fit(trained, steps=4)["loss"]).all()


class TestCompile:
    def test_again(self):
        trained = agent()
        fit(trained, steps=8)
        trained.compile(keras.optimizers.SGD(0.0), run_eagerly=True)
        before = values(trained.q_network)
        fit(trained, steps=8)
        assert_same(values(trained.q_network), before)

    @pytest.mark.parametrize("run_eagerly", [False, True])
    def test_run_eagerly(self, run_eagerly):
        seen = []

        class Eager(keras.layers.Layer):
            def call(self, x):
                seen.append(tf.executing_eagerly())
                return x

        model = mlp(2, 4)
        model.add(Eager())
        trained = DQN(model, CartPole(5), batch_size=2, warm_up_steps=2, seed=0)
        trained.compile("adam", run_eagerly=run_eagerly, jit_compile=False)
        seen.clear()
        trained.fit(steps_per_epoch=32, verbose=0)
        assert set(seen) == {run_eagerly}
        assert not tf.config.functions_run_eagerly()

    def test_what_xla_cannot_compile(self):
        model = mlp(2, 4)
        model.layers[0].supports_jit = False
        trained = DQN(model, CartPole())
        trained.compile("adam")
        assert not trained.jit_compile
        assert agent(environment=CartPole()).jit_compile is False

    def test_an_optimizer_of_keras_2(self):
        with pytest.raises((TypeError, ValueError), match="optimizer"):
            agent(compiled=False).compile(optimizer=3)


def test_observations_of_bytes():
    """What is not floating is not asked to be finite."""

    class Bytes(gymnasium.Env):
        observation_space = gymnasium.spaces.Box(0, 255, (4,), np.uint8)
        action_space = gymnasium.spaces.Discrete(2)

        def reset(self, *, seed=None, options=None):
            super().reset(seed=seed)
            return self.observe(), {}

        def observe(self):
            return self.np_random.integers(256, size=4, dtype=np.uint8)

        def step(self, action):
            return self.observe(), 1.0, bool(self.np_random.random() < 0.3), False, {}

    model = keras.Sequential(
        [
            keras.Input((4,), dtype="uint8"),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Dense(2),
        ]
    )
    trained = agent_of(model, Bytes)
    assert np.isfinite(fit(trained, steps=24)["loss"]).all()
    assert trained.replay_buffer.gather_all().observation.dtype == tf.uint8
    assert trained.predict(np.full((3, 4), 255)).shape == (3,)


def agent_of(model, environment):
    trained = DQN(model, environment, warm_up_steps=8, batch_size=4, collect_steps=8)
    trained.compile("adam", run_eagerly=True)
    return trained
