"""What agents with a replay buffer have in common: DQN stands for all."""

import numpy as np
import pytest

from keras_rlgen.agents import DQN
from keras_rlgen.environments import CartPole
from tests.agents.values import cart_pole_agent, fit, q_model
from tests.networks import assert_same, values


def agent(**kwargs):
    return cart_pole_agent(DQN, **kwargs)


def plain(**kwargs):
    """Returns an agent whose rounds are as they are by default."""
    return DQN(q_model(DQN, 2, 4), CartPole(), **{"seed": 0, **kwargs})


@pytest.mark.parametrize(
    ("num_environments", "updates_per_step", "collect_steps", "updates"),
    [
        (1, 1.0, 64, 64),
        (8, 1.0, 8, 64),
        (8, 0.25, 8, 16),
        (64, 0.5, 1, 32),
        (100, 2.0, 1, 200),
        (3, 0.1, 30, 9),
        (1, 0.01, 100, 1),
    ],
)
def test_rounds_are_long_enough_and_of_whole_updates(
    num_environments, updates_per_step, collect_steps, updates
):
    made = plain(num_environments=num_environments, updates_per_step=updates_per_step)
    assert (made.collect_steps, made.updates_per_round) == (collect_steps, updates)


@pytest.mark.parametrize(
    ("updates_per_step", "collect_steps"), [(0.25, 3), (0.01, 1), (0.0, 4), (0.0, None)]
)
def test_rounds_without_a_whole_number_of_updates(updates_per_step, collect_steps):
    with pytest.raises(ValueError, match="whole number of updates"):
        plain(updates_per_step=updates_per_step, collect_steps=collect_steps)


@pytest.mark.parametrize("name", ["batch_size", "replay_capacity", "warm_up_steps"])
@pytest.mark.parametrize("value", [0, -1, 2.5])
def test_arguments_out_of_range(name, value):
    with pytest.raises(ValueError, match=name):
        plain(**{name: value})


def test_updates_begin_after_the_warm_up():
    trained = agent(warm_up_steps=30)
    before = values(trained.q_network)
    fit(trained, steps=8)
    assert_same(values(trained.q_network), before)
    assert int(trained.train_step_counter) == 0
    fit(trained, steps=4)
    assert int(trained.train_step_counter) == trained.updates_per_round == 3


def test_frames_are_in_the_buffer_in_their_order():
    trained = agent(warm_up_steps=90)
    fit(trained, steps=20)
    frames = trained.replay_buffer.gather_all()
    assert frames.reward.shape == (3, 20)
    np.testing.assert_array_equal(
        frames.next_step_type[:, :-1], frames.step_type[:, 1:]
    )


def test_what_is_sampled_does_not_depend_on_when_it_was_compiled():
    first, second = agent(), agent()
    fit(first, steps=8)
    for _ in range(2):
        second.compile("adam", run_eagerly=True)
        second.make_train_function(force=True)
        fit(second, steps=4)
    np.testing.assert_array_equal(
        first.replay_buffer.gather_all().observation,
        second.replay_buffer.gather_all().observation,
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"replay_capacity": 500}, "`warm_up_steps` of at most `replay_capacity`"),
        ({"replay_capacity": 2, "warm_up_steps": 2}, "4 consecutive ones"),
        ({"replay_capacity": 2**31}, "below 2"),
        ({"updates_per_step": "0.5"}, "`updates_per_step`"),
        ({"collect_steps": 2.5}, "`collect_steps`"),
        ({"seed": "s"}, "`seed`"),
    ],
)
def test_arguments_with_which_nothing_would_be_learned(options, message):
    with pytest.raises(ValueError, match=message):
        plain(**options)
