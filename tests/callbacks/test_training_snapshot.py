import pytest

from keras_rlgen.agents import DQN
from keras_rlgen.callbacks import StabilityMonitor
from keras_rlgen.callbacks.training_snapshot import TrainingSnapshot
from keras_rlgen.environments import CartPole
from tests import networks
from tests.agents.toys import mlp
from tests.networks import assert_same, differ, values


@pytest.fixture(scope="module")
def agent():
    agent = DQN(
        mlp(2, inputs=4),
        CartPole(5),
        num_environments=2,
        n_step=1,
        batch_size=4,
        warm_up_steps=8,
        collect_steps=4,
        target_update_period=3,
        seed=0,
    )
    agent.compile("adam", jit_compile=False)
    return agent


def test_an_agent_and_a_model_with_one(agent):
    """Networks, target network and the states of all optimizers are restored."""
    gan = networks.gan(ema_momentum=0.9)
    gan.compile(jit_compile=False)
    gan.agent = agent
    parts = gan, gan.optimizer, agent, agent.optimizer
    before = values(*parts)
    snapshot = TrainingSnapshot(gan)
    gan.train_on_batch(networks.real_samples())
    agent.train_steps(12)
    assert differ(values(gan), before[: len(values(gan))])
    assert differ(values(agent.optimizer), before[-len(values(agent.optimizer)) :])
    snapshot.restore()
    assert_same(values(*parts), before)


def test_the_monitor_stops_an_agent_whose_values_are_impossible(agent):
    """And restores the last epoch in which they were possible."""
    possible = StabilityMonitor(value_bounds=(-50.0, 50.0), patience=1, verbose=False)
    options = {"steps_per_epoch": 8, "verbose": 0}
    agent.fit(epochs=2, callbacks=[possible], **options)
    assert possible.cause is None
    impossible = StabilityMonitor(value_bounds=(40.0, 50.0), patience=2, verbose=False)
    history = agent.fit(epochs=5, callbacks=[impossible], **options)
    assert impossible.cause == "values_out_of_range" and history.epoch == [0, 1]
    assert impossible.restored_epoch is None


def test_a_reward_with_a_baseline_that_learns():
    gan = networks.reinforce_gan()
    gan.compile(baseline="critic", jit_compile=False)
    before = [v.numpy() for v in gan.training_state]
    snapshot = TrainingSnapshot(gan)
    gan.train_on_batch(networks.real_samples())
    assert differ([v.numpy() for v in gan.training_state], before)
    snapshot.restore()
    assert_same([v.numpy() for v in gan.training_state], before)
