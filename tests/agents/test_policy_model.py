"""How every agent acts, and what its files hold: DQN stands for all."""

import json
import zipfile

import gymnasium
import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents import DQN, PPO, tf_agents
from keras_rlgen.agents.policy_model import PolicyModel
from keras_rlgen.environments import CartPole, Pendulum
from tests.agents.toys import StepType, mlp
from tests.agents.values import cart_pole_agent, fit
from tests.environments.numbered import Numbered
from tests.networks import assert_same, values


def agent(**kwargs):
    return cart_pole_agent(DQN, **kwargs)


class TestEvaluate:
    def test_results(self):
        trained = agent(environment=CartPole(9), compiled=False)
        results = trained.evaluate(episodes=6, verbose=0)
        assert results["episodes"] == 6
        assert results["mean_return"] == results["episode_length"] <= 9
        assert results["return_low"] <= results["mean_return"] <= results["return_high"]
        again = trained.evaluate(episodes=6, verbose=0, return_dict=False)
        assert again == list(results.values())

    def test_the_seed_says_which_episodes(self):
        trained = agent(environment=CartPole(), compiled=False)
        first, again, other = (
            trained.evaluate(8, seed=seed, verbose=0)["mean_return"]
            for seed in (1, 1, 2)
        )
        assert first == again != other

    def test_one_episode_says_nothing_of_the_spread(self):
        results = agent().evaluate(1, verbose=0)
        assert "return_low" not in results and results["return_std"] == 0.0

    def test_a_line_is_printed(self, capsys):
        agent().evaluate(3)
        assert "mean_return" in capsys.readouterr().out

    def test_another_environment(self):
        trained = agent()
        assert (
            trained.evaluate(4, environment=CartPole(3), verbose=0)["episode_length"]
            == 3.0
        )
        assert (
            trained.evaluate(2, environment="CartPole-v1", verbose=0)["episodes"] == 2
        )
        with pytest.raises(ValueError, match="specs"):
            trained.evaluate(4, environment=Numbered())

    @pytest.mark.parametrize("episodes", [0, 2.5])
    def test_how_many(self, episodes):
        with pytest.raises(ValueError, match="episodes"):
            agent().evaluate(episodes)


class TestPredict:
    def test_batches(self):
        acting = agent(compiled=False)
        x = np.random.default_rng(0).normal(size=(20, 4))
        actions = acting.predict(x)
        assert actions.shape == (20,) and actions.dtype == np.int32
        np.testing.assert_array_equal(actions, np.argmax(acting.q_network(x), -1))
        np.testing.assert_array_equal(acting.predict(x, batch_size=7), actions)
        np.testing.assert_array_equal(acting(tf.constant(x, tf.float32)), actions)

    def test_one_observation(self):
        acting = agent(compiled=False)
        x = np.random.default_rng(0).normal(size=(2, 4))
        one = acting.predict(x[1], verbose=0)
        assert one.shape == () and one == acting.predict(x)[1]

    @pytest.mark.parametrize("shape", [(5,), (3, 5), (2, 3, 4)])
    def test_shapes_that_do_not_fit(self, shape):
        with pytest.raises(ValueError, match="Expected one observation .*or a batch"):
            agent(compiled=False).predict(np.zeros(shape))

    def test_what_keras_has_and_agents_have_not(self):
        with pytest.raises(TypeError, match="`DQN.predict` takes no `steps`"):
            agent(compiled=False).predict(np.zeros((1, 4)), steps=3)
        with pytest.raises(TypeError, match="`DQN.evaluate` takes no `x`.*episodes"):
            agent(compiled=False).evaluate(x=np.zeros((1, 4)))

    def test_numbers_that_are_not_finite(self):
        with pytest.raises(ValueError, match="finite"):
            agent(compiled=False).predict([[0.0, 0.0, np.nan, 0.0]])

    def test_structures_that_do_not_fit(self):
        with pytest.raises(ValueError, match="observation"):
            agent(compiled=False).predict({"a": np.zeros((1, 4))})


class TestEnvironments:
    @pytest.mark.parametrize(
        "make",
        [
            lambda: "CartPole-v1",
            lambda: gymnasium.make("CartPole-v1"),
            lambda: gymnasium.make_vec("CartPole-v1", num_envs=1),
            lambda: lambda: gymnasium.make("CartPole-v1"),
            CartPole,
        ],
    )
    def test_each_kind(self, make):
        trained = agent(environment=make(), num_environments=1, collect_steps=12)
        assert np.isfinite(fit(trained, steps=24)["loss"]).all()
        assert trained.evaluate(2, verbose=0)["mean_return"] >= 5
        fit(trained, steps=12)

    def test_specs_alone(self):
        specs = agent(compiled=False).specs
        acting = agent(environment=specs)
        acting.predict(np.zeros((1, 4)))
        for method in ("fit", "evaluate"):
            with pytest.raises(ValueError, match=f"`{method}.*environment="):
                getattr(acting, method)()

    @pytest.mark.parametrize("number", [0, 1.5])
    def test_how_many(self, number):
        with pytest.raises(ValueError, match="num_environments"):
            agent(num_environments=number)

    def test_one_that_does_not_exist(self):
        with pytest.raises(ValueError, match="CartPole-v1"):
            agent(environment="CartPoel-v1")


class Unregistered(CartPole):
    pass


class TestFiles:
    def test_it_goes_on_exactly(self, tmp_path):
        """Dropout, moving averages, schedules, and an episode that is under way."""

        def make():
            model = keras.Sequential(
                [
                    keras.Input((4,)),
                    keras.layers.Dense(8),
                    keras.layers.BatchNormalization(),
                    keras.layers.Dropout(0.3, seed=1),
                    keras.layers.Dense(2),
                ]
            )
            trained = DQN(
                model,
                CartPole(6),
                num_environments=3,
                warm_up_steps=12,
                updates_per_step=0.25,
                batch_size=5,
                replay_capacity=90,
                collect_steps=4,
                target_update_tau=1.0,
                target_update_period=3,
                seed=3,
            )
            schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 3, 0.5)
            trained.compile(keras.optimizers.Adam(schedule), run_eagerly=True)
            return trained

        keras.utils.set_random_seed(0)
        whole = make()
        history = [fit(whole, steps=8), fit(whole, steps=8)]
        keras.utils.set_random_seed(0)
        first = make()
        fit(first, steps=8)
        first.save(tmp_path / "agent.keras")
        second = DQN.load(tmp_path / "agent.keras")
        resumed = fit(second, steps=8)
        for key in set(resumed) - {"environment_steps_per_second"}:
            np.testing.assert_allclose(resumed[key], history[1][key], rtol=1e-6)
        for part in ("q_network", "target_q_network", "optimizer"):
            assert_same(
                values(getattr(second, part)), values(getattr(whole, part)), rtol=1e-6
            )
        # JSON has no tuples.
        configs = [json.dumps(trained.get_config()) for trained in (first, second)]
        assert configs[0] == configs[1]

    def test_load_model_of_keras(self, tmp_path):
        trained = agent()
        fit(trained)
        trained.save(tmp_path / "agent.keras")
        loaded = keras.saving.load_model(tmp_path / "agent.keras")
        assert isinstance(loaded, DQN) and loaded.compiled
        assert_same(values(loaded.q_network), values(trained.q_network))
        assert loaded.environment_steps == trained.environment_steps

    @pytest.mark.parametrize(
        "environment", ["CartPole-v1", lambda: gymnasium.make("CartPole-v1")]
    )
    def test_episodes_of_gymnasium_are_reset(self, environment, tmp_path):
        trained = agent(environment=environment)
        fit(trained, steps=8)
        trained.save(tmp_path / "agent.keras")
        given = {} if isinstance(environment, str) else {"environment": environment}
        loaded = DQN.load(tmp_path / "agent.keras", **given)
        fit(loaded, steps=8)
        frames = loaded.replay_buffer.gather_all()
        # The newest frame before ends its episode, and another begins.
        assert np.all(frames.step_type[:, 7] == StepType.LAST) and np.all(
            frames.step_type[:, 8] == StepType.FIRST
        )

    @pytest.mark.parametrize("environment", [Unregistered(5), lambda: None])
    def test_environments_that_a_file_cannot_hold(self, environment, tmp_path):
        if not isinstance(environment, CartPole):
            environment = gymnasium.make_vec("CartPole-v1", num_envs=3)
        trained = agent(environment=environment)
        trained.save(tmp_path / "agent.keras")
        loaded = DQN.load(tmp_path / "agent.keras")
        x = np.random.default_rng(0).normal(size=(5, 4))
        np.testing.assert_array_equal(loaded.predict(x), trained.predict(x))
        with pytest.raises(ValueError, match="DQN.load"):
            fit(loaded)
        loaded = DQN.load(tmp_path / "agent.keras", environment=CartPole(9))
        assert np.isfinite(fit(loaded, steps=8)["loss"]).all()

    def test_an_environment_of_other_specs(self, tmp_path):
        agent().save(tmp_path / "agent.keras")
        with pytest.raises(ValueError, match="specs"):
            DQN.load(tmp_path / "agent.keras", environment=Pendulum())

    def test_another_class(self, tmp_path):
        agent().save(tmp_path / "agent.keras")
        with pytest.raises(ValueError, match="Expected a `PPO`.*Received: a `DQN`"):
            PPO.load(tmp_path / "agent.keras")

    def test_something_else(self, tmp_path):
        mlp(2).save(tmp_path / "model.keras")
        with pytest.raises(ValueError, match="Expected a `DQN`"):
            DQN.load(tmp_path / "model.keras")

    def test_weights_of_another_agent(self, tmp_path):
        agent(num_environments=2, collect_steps=6).save_weights(
            tmp_path / "a.weights.h5"
        )
        with pytest.raises(ValueError, match="episode_return|shape"):
            agent().load_weights(tmp_path / "a.weights.h5")

    def test_without_the_replay_buffer(self, tmp_path):
        trained = agent()
        fit(trained, steps=20)
        trained.save(tmp_path / "small.keras", include_experience=False)
        trained.save(tmp_path / "large.keras")
        frames = [
            int(DQN.load(tmp_path / f"{name}.keras").replay_buffer.num_frames())
            for name in ("small", "large")
        ]
        assert frames == [0, 60]

    def test_files_are_configuration_and_arrays(self, tmp_path):
        trained = agent()
        trained.save(tmp_path / "agent.keras")
        with zipfile.ZipFile(tmp_path / "agent.keras") as archive:
            assert sorted(archive.namelist()) == [
                "config.json",
                "metadata.json",
                "model.weights.h5",
            ]

    def test_the_export_has_the_specs(self, tmp_path):
        agent().export(tmp_path / "policy")
        assert (tmp_path / "policy" / "policy_specs.pbtxt").exists()


class Lean(tf_agents.policies.TFPolicy):
    """Pushes the cart to where the pole leans, from a stateless seed or none."""

    def _action(self, time_step, policy_state, seed=None):
        leans_right = time_step.observation[:, 2] > 0.0
        action = tf.cast(leans_right, self.action_spec.dtype)
        return tf_agents.trajectories.PolicyStep(action, policy_state)

    def _variables(self):
        return []


@keras.saving.register_keras_serializable("tests")
class Leaning(PolicyModel):
    """Acts without an agent of TF-Agents, as a planner would."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        policy = Lean(self.specs.time_step, self.specs.action)
        self._attach(policy, policy)


class TestWithoutAnAgentOfTFAgents:
    def test_acts_and_is_evaluated(self):
        model = Leaning(environment=CartPole(60), num_environments=4, seed=0)
        assert model.tf_agent is None
        leaning = np.array([[0.0, 0.0, 0.1, 0.0], [0.0, 0.0, -0.1, 0.0]], "float32")
        np.testing.assert_array_equal(model.predict(leaning), [1, 0])
        results = model.evaluate(8, verbose=0)
        assert 25 < results["mean_return"] <= 60
        assert len(model.record(steps=30)) == 30

    def test_files(self, tmp_path):
        model = Leaning(environment=CartPole(60), seed=3)
        model.save(tmp_path / "model.keras")
        loaded = keras.saving.load_model(tmp_path / "model.keras")
        results = [m.evaluate(4, verbose=0) for m in (model, loaded)]
        assert results[0] == results[1]
        model.export(tmp_path / "policy")
        policy = tf.saved_model.load(str(tmp_path / "policy"))
        step = tf_agents.trajectories.restart(tf.constant([[0.0, 0, 0.1, 0]]), 1)
        assert policy.action(step).action.numpy().tolist() == [1]


class TestWhatDoesNotEnd:
    @pytest.mark.parametrize(
        "environment",
        [
            CartPole(200),
            lambda: gymnasium.make("CartPole-v1"),
        ],
    )
    def test_an_episode_of_more_steps_than_allowed(self, environment):
        acting = agent(environment=environment, compiled=False)
        with pytest.raises(ValueError, match="end within max_steps=3.*TimeLimit"):
            acting.evaluate(2, verbose=0, max_steps=3)
        assert acting.evaluate(2, verbose=0)["episodes"] == 2


def test_a_module_that_a_file_names_is_not_imported(tmp_path):
    acting = agent(compiled=False)
    acting.environment = "os.path:Walk-v0"
    acting.save(tmp_path / "agent.keras")
    loaded = DQN.load(tmp_path / "agent.keras")
    loaded.predict(np.zeros((1, 4)))
    with pytest.raises(ValueError, match="'os.path:Walk-v0'.*If you trust it"):
        loaded.evaluate(1)
    assert loaded.get_config()["environment"] == "os.path:Walk-v0"


@pytest.mark.parametrize(
    "observations, message",
    [
        (np.full((2, 4), np.nan), "finite numbers"),
        (np.zeros((0, 4)), "at least one"),
    ],
)
def test_observations_that_say_nothing(observations, message):
    with pytest.raises(ValueError, match=message):
        agent(compiled=False).predict(observations)
