import os
import signal

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv

from keras_rlgen.environments import (
    CartPole,
    CheckedVectorEnvironment,
    GymnasiumEnvironment,
    make_vector_environment,
)


class Faulty(gymnasium.Env):
    """Steps well three times, and then does what it was told."""

    observation_space = spaces.Box(-1.0, 1.0, (2,))
    action_space = spaces.Discrete(2)

    def __init__(self, fault=None):
        self.fault = fault

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.steps = 0
        return np.zeros(2, np.float32), {}

    def step(self, action):
        self.steps += 1
        observation, reward = np.zeros(2, np.float32), 0.5
        if self.steps > 3:
            if self.fault == "raises":
                raise KeyError("the engine stalled")
            if self.fault == "dies":
                os.kill(os.getpid(), signal.SIGKILL)
            observation, reward = FAULTS[self.fault]
        return observation, reward, False, False, {}


FAULTS = {
    None: (np.zeros(2, np.float32), 0.5),
    "wrong shape": (np.zeros(3, np.float32), 0.5),
    "NaN observed": (np.float32([0.0, np.nan]), 0.5),
    "infinite reward": (np.zeros(2, np.float32), np.inf),
    "NaN reward": (np.zeros(2, np.float32), np.nan),
    "words": (np.array(["a", "b"]), 0.5),
    "nothing": (None, 0.5),
}


def faulty(kind, fault, place=1, count=3):
    functions = [
        lambda f=fault if i == place else None: Faulty(f) for i in range(count)
    ]
    return CheckedVectorEnvironment(kind(functions))


def run(environments, steps=5):
    environments.reset(seed=0)
    for _ in range(steps):
        result = environments.step(np.zeros(environments.num_envs, np.int32))
    return result


@pytest.mark.parametrize("kind", [SyncVectorEnv, AsyncVectorEnv])
def test_what_passes(kind):
    environments = faulty(kind, None)
    observations, rewards, terminations, truncations, _ = run(environments)
    assert observations.shape == (3, 2) and observations.dtype == np.float32
    assert rewards.dtype == np.float32
    np.testing.assert_array_equal(rewards, np.full(3, 0.5))
    assert terminations.dtype == truncations.dtype == bool
    environments.close()


@pytest.mark.parametrize("fault", ["raises", *list(FAULTS)[1:]])
def test_an_environment_that_fails(fault):
    with pytest.raises(RuntimeError, match="SyncVectorEnv.*failed in `step`") as error:
        run(faulty(SyncVectorEnv, fault))
    error.match("What was learned so far is kept")
    assert error.value.__cause__ is not None
    if fault == "raises":
        error.match("KeyError: 'the engine stalled'")
    if "NaN" in fault or "infinite" in fault:
        error.match(r"rows \[1\]")


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("fault", ["raises", "dies", "NaN observed"])
def test_a_process_that_fails(fault, place):
    environments = faulty(AsyncVectorEnv, fault, place)
    processes = environments.unwrapped.processes
    with pytest.raises(RuntimeError, match="AsyncVectorEnv.*failed in `step`") as error:
        run(environments)
    error.match("recreate it")
    if fault == "dies":
        error.match("the process of an environment has died")
    assert environments.closed
    assert not any(process.is_alive() for process in processes)
    environments.close()
    with pytest.raises(RuntimeError, match="after a call to `close"):
        environments.reset()


def test_processes_are_restarted():
    environments = make_vector_environment(Faulty, 3, "async")
    run(environments)
    for _ in range(2):
        os.kill(environments.unwrapped.processes[2].pid, signal.SIGKILL)
        with pytest.raises(RuntimeError, match="has died.*`reset` restarts them"):
            run(environments)
        assert run(environments)[0].shape == (3, 2)
    # Once it was closed on purpose, it stays so.
    environments.close()
    with pytest.raises(RuntimeError, match="after a call to `close"):
        environments.reset()


def test_a_reset_that_fails():
    class NoStart(Faulty):
        def reset(self, *, seed=None, options=None):
            raise OSError("no display")

    environments = CheckedVectorEnvironment(SyncVectorEnv([NoStart]))
    with pytest.raises(RuntimeError, match="failed in `reset`: OSError: no display"):
        environments.reset()


def test_the_wrong_actions_are_the_callers_fault():
    environments = faulty(AsyncVectorEnv, None)
    environments.reset()
    with pytest.raises(ValueError, match="Expected actions of shape"):
        environments.step(np.zeros(2, int))
    run(environments)
    environments.close()


@pytest.mark.parametrize("mode", [AutoresetMode.SAME_STEP, AutoresetMode.DISABLED])
def test_other_modes(mode):
    environments = SyncVectorEnv([Faulty], autoreset_mode=mode)
    with pytest.raises(ValueError, match="AutoresetMode.NEXT_STEP.*Received the mode"):
        CheckedVectorEnvironment(environments)


def test_no_mode():
    environments = GymnasiumEnvironment(CartPole())
    environments.metadata = {}
    with pytest.raises(
        ValueError, match=r"says so in `metadata\[\"autoreset_mode\"\]`"
    ):
        CheckedVectorEnvironment(environments)


def test_spaces_are_those_of_agents():
    class Typed(Faulty):
        observation_space = spaces.Dict({"place": spaces.Discrete(3, start=1)})
        action_space = spaces.Discrete(4, start=-2)

        def reset(self, *, seed=None, options=None):
            return {"place": 3}, {}

        def step(self, action):
            assert action == 1
            return {"place": 1}, 1.0, True, False, {}

    environments = CheckedVectorEnvironment(SyncVectorEnv([Typed, Typed]))
    assert environments.single_action_space == spaces.Discrete(4)
    assert environments.action_space == spaces.MultiDiscrete([4, 4])
    place = spaces.Box(0.0, 1.0, (3,))
    assert environments.single_observation_space == spaces.Dict({"place": place})
    observations, _ = environments.reset()
    np.testing.assert_array_equal(observations["place"], [[0, 0, 1]] * 2)
    observations = environments.step(np.array([3, 3]))[0]
    assert observations in environments.observation_space
    np.testing.assert_array_equal(observations["place"], [[1, 0, 0]] * 2)
