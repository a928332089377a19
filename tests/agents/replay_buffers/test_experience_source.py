"""Agents that learn from recorded episodes, alone or beside their own."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents import DQN, EnvironmentSpecs, tf_agents
from keras_rlgen.agents.replay_buffers import experience_source
from keras_rlgen.agents.replay_buffers.experience_source import (
    ExperienceSource,
    experience_frames,
)
from keras_rlgen.environments import CartPole
from keras_rlgen.experience import Experience
from keras_rlgen.replay import Mixture
from tests.agents.on_policy import cart_pole_agent as on_policy_agent
from tests.agents.toys import StepType
from tests.agents.values import cart_pole_agent, fit
from tests.networks import assert_same, differ, values

BoundedTensorSpec = tf_agents.specs.BoundedTensorSpec
SPECS = EnvironmentSpecs(tf.TensorSpec((1,)), BoundedTensorSpec((), tf.int32, 0, 1))
LENGTHS = [3, 1, 4]


def numbered():
    """Episodes of 3, 1 and 4 steps, whose observations count on from 0."""
    steps = sum(LENGTHS)
    return Experience(
        observations=np.arange(steps + 3, dtype="float32")[:, None],
        actions=np.arange(steps) % 2,
        rewards=np.arange(steps, dtype="float32"),
        lengths=LENGTHS,
        terminated=[True, False, True],
    )


def dqn(**kwargs):
    return cart_pole_agent(DQN, **{"n_step": 2, **kwargs})


def recorded(steps=60, seed=5):
    return dqn(epsilon=1.0).record(steps=steps, exploring=True, seed=seed)


def test_frames_of_an_experience():
    frames = experience_frames(numbered(), SPECS)
    first, middle, last = StepType.FIRST, StepType.MID, StepType.LAST
    np.testing.assert_array_equal(
        frames.step_type,
        [first, middle, middle, last, first, last, first, middle, middle, middle, last],
    )
    np.testing.assert_array_equal(frames.observation[:, 0], np.arange(11))
    assert frames.discount[2] == 0.0 and frames.discount[4] == 1.0
    assert frames.action.dtype == np.int32


def test_every_step_is_as_likely_to_begin_a_sequence():
    source = ExperienceSource.from_experience(numbered(), SPECS)
    frames = tf.function(source.sample)(3, 400, 4, tf.constant([1, 2]))
    assert frames.observation.shape == (3, 400, 4, 1)
    starts, counts = np.unique(frames.observation[:, :, 0, 0], return_counts=True)
    np.testing.assert_array_equal(starts, [0, 1, 2, 4, 6, 7, 8, 9])
    assert (np.abs(counts - 150) < 5 * np.sqrt(150)).all()
    follows = np.diff(frames.observation[..., 0], axis=2)
    beyond = frames.observation[:, :, :-1, 0].numpy() == 10
    np.testing.assert_array_equal(follows, np.where(beyond, 0.0, 1.0))


def test_config_and_state_round_trip():
    source = ExperienceSource.from_experience(numbered(), SPECS)
    again = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(source)
    )
    assert again.is_empty and not source.is_empty
    again.load_state(source.state())
    assert not again.is_empty
    for first, second in zip(
        tf.nest.flatten(source.sample(1, 9, 2, tf.constant([0, 1]))),
        tf.nest.flatten(again.sample(1, 9, 2, tf.constant([0, 1]))),
        strict=True,
    ):
        np.testing.assert_array_equal(first, second)


class TestExperienceAlone:
    def test_learns_without_an_environment(self):
        agent = dqn(environment=dqn().specs)
        history = agent.fit(
            experience=recorded(), epochs=2, steps_per_epoch=12, verbose=0
        ).history
        assert np.isfinite(history["loss"]).all()
        assert history["environment_steps"] == [0, 0]
        # Updates, in whole rounds.
        assert int(agent.train_step_counter) == 24

    def test_each_round_samples_others_and_goes_on_exactly(self, tmp_path):
        experience = recorded()
        agent = dqn()
        agent.fit(experience=experience, steps_per_epoch=6, verbose=0)
        agent.save(tmp_path / "agent.keras")
        loaded = DQN.load(tmp_path / "agent.keras")
        losses = []
        for each in agent, loaded:
            history = each.fit(
                experience=experience, steps_per_epoch=6, epochs=2, verbose=0
            )
            losses.append(history.history["loss"])
        assert losses[0] == losses[1]
        assert_same(values(agent.q_network), values(loaded.q_network))

    def test_a_reward_of_compile_judges_it(self):
        agents = [dqn() for _ in range(2)]
        agents[1].compile(
            keras.optimizers.Adam(1e-2), reward="environment", run_eagerly=True
        )
        for agent in agents:
            agent.fit(experience=recorded(), steps_per_epoch=6, verbose=0)
        assert_same(values(agents[0]), values(agents[1]))

    def test_what_learns_from_its_own_policy_refuses(self):
        with pytest.raises(ValueError, match="Pass `loss=.cloning.`"):
            on_policy_agent().fit(experience=recorded(), verbose=0)

    def test_with_an_environment_it_is_ambiguous(self):
        with pytest.raises(ValueError, match="Received both"):
            dqn().fit(experience=recorded(), environment=CartPole())

    def test_another_environments_experience_is_refused(self):
        with pytest.raises(ValueError, match="observations"):
            dqn().fit(experience=numbered(), verbose=0)


class TestFillingTheReplayBuffer:
    def test_the_buffer_holds_it(self):
        experience = recorded(steps=40)
        agent = dqn()
        agent.add_experience(experience)
        frames = agent.replay_buffer.gather_all()
        held = frames.observation.numpy().reshape(-1, 4)
        for observation in experience.observations:
            assert (held == observation).all(axis=1).any()
        assert (frames.step_type[:, -1] == StepType.LAST).numpy().all()

    def test_learning_begins_at_once(self):
        empty, filled = (dqn(warm_up_steps=30) for _ in range(2))
        filled.add_experience(recorded(steps=40))
        assert "loss" not in fit(empty, steps=4)
        assert np.isfinite(fit(filled, steps=4)["loss"][0])

    def test_more_than_it_holds_is_refused(self):
        with pytest.raises(ValueError, match="`replay_capacity`. Received: 2"):
            dqn().add_experience(recorded(steps=200))


class TestMixture:
    def test_half_of_each_batch_is_recorded(self):
        agent = dqn(batch_size=8)
        experience = recorded()
        agent.compile(
            keras.optimizers.Adam(1e-2),
            replay=Mixture(experience, 0.5),
            run_eagerly=True,
        )
        seen = []
        learn = agent._learn_from_sequences
        agent._learn_from_sequences = lambda runs: (seen.append(runs), learn(runs))[1]
        fit(agent, steps=16)
        assert len(seen) > 1
        for runs in seen:
            observation = runs.observation.numpy()[:, :, 0]
            known = (observation[..., None, :] == experience.observations).all(-1)
            np.testing.assert_array_equal(known.any(-1).sum(axis=1), 4)

    def test_goes_on_exactly_after_a_load(self, tmp_path):
        agent = dqn()
        agent.compile(
            keras.optimizers.Adam(1e-2),
            replay=Mixture(recorded(), 0.4),
            run_eagerly=True,
        )
        fit(agent, steps=16)
        agent.save(tmp_path / "agent.keras")
        loaded = keras.saving.load_model(tmp_path / "agent.keras")
        for each in agent, loaded:
            fit(each, steps=8)
        assert_same(values(agent), values(loaded))

    def test_without_its_experience_a_file_asks_for_it(self, tmp_path):
        agent = dqn()
        agent.compile(replay=Mixture(recorded(), 0.4), run_eagerly=True)
        agent.save(tmp_path / "agent.keras", include_experience=False)
        loaded = DQN.load(tmp_path / "agent.keras")
        with pytest.raises(ValueError, match="Compile it again"):
            fit(loaded)

    def test_a_source_that_is_the_environment_changes_nothing(self):
        """Sequences rolled out by the true dynamics are those of the buffer."""

        class TrueDynamics:
            def __init__(self, agent):
                self.agent = agent

            def sample(self, num_batches, batch_size, run_length, seed):
                runs = self.agent.replay_buffer.sample(
                    num_batches, batch_size, run_length, SEED
                )
                flat = tf.nest.map_structure(
                    lambda x: tf.reshape(x, (-1, *x.shape[2:])), runs
                )
                state = flat.observation[:, 0]
                observations = [state]
                for step in range(run_length - 1):
                    state, _, _ = self.agent.environment.transition(
                        state, flat.action[:, step], None
                    )
                    # After an end, the next episode's own.
                    is_last = flat.step_type[:, step] == StepType.LAST
                    state = tf.where(
                        is_last[:, None], flat.observation[:, step + 1], state
                    )
                    observations.append(state)
                observation = tf.stack(observations, axis=1)
                return runs.replace(
                    observation=tf.reshape(observation, runs.observation.shape)
                )

        class OnlyReal:
            def __init__(self, agent):
                self.agent = agent

            def sample(self, num_batches, batch_size, run_length, seed):
                return self.agent.replay_buffer.sample(
                    num_batches, batch_size, run_length, SEED
                )

        SEED = tf.constant([3, 4])
        agents = []
        for source in OnlyReal, TrueDynamics:
            agent = dqn(environment=CartPole(30))
            fit(agent, steps=16)
            mixture = Mixture(source(agent), ratio=1.0)
            agent.compile(keras.optimizers.Adam(1e-2), replay=mixture, run_eagerly=True)
            fit(agent, steps=16)
            agents.append(agent)
        for first, second in zip(*map(values, agents), strict=True):
            np.testing.assert_allclose(first, second, rtol=1e-4, atol=1e-5)

    def test_a_ratio_of_zero_is_plain_replay(self):
        plain, mixed = dqn(), dqn()
        mixed.compile(
            keras.optimizers.Adam(1e-2),
            replay=Mixture(recorded(), 0.0),
            run_eagerly=True,
        )
        for agent in plain, mixed:
            fit(agent, steps=16)
        assert_same(values(plain), values(mixed))
        half = dqn()
        half.compile(
            keras.optimizers.Adam(1e-2),
            replay=Mixture(recorded(), 0.6),
            run_eagerly=True,
        )
        fit(half, steps=16)
        assert differ(values(plain.q_network), values(half.q_network))


@pytest.mark.parametrize("experience", [np.zeros((3, 4)), "log.npz", Experience])
def test_what_is_no_experience(experience):
    with pytest.raises(TypeError, match="Expected an `Experience`, such as"):
        experience_source.experience_frames(experience, None)
