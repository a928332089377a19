"""A pool of counting environments with the interface of EnvPool."""

import gymnasium
import numpy as np


class CountingPool:
    """Observes the step of the episode: environment `i` terminates after `i + 2` steps.

    The limit of 4 steps truncates. As EnvPool before 1.2, it then reports both, and is
    not a `VectorEnv`.
    """

    observation_space = gymnasium.spaces.Box(0.0, 10.0, (1,), np.float32)
    action_space = gymnasium.spaces.Discrete(2)

    def __init__(self, num_envs=4, batch_size=0):
        self.config = {"num_envs": num_envs, "batch_size": batch_size}
        self._count = np.zeros(num_envs, np.int32)
        self._ended = np.zeros(num_envs, np.bool_)
        self.closed = False

    def async_reset(self):
        raise AssertionError

    recv = send = async_reset

    def reset(self):
        self._count[:], self._ended[:] = 0, False
        return self._observation(), {"elapsed_step": self._count.copy()}

    def step(self, actions):
        assert actions.shape == self._count.shape
        begins = self._ended
        self._count = np.where(begins, 0, self._count + 1)
        truncated = (self._count == 4) & ~begins
        terminated = (self._count == np.arange(len(begins)) + 2) & ~begins
        self._ended = terminated | truncated
        reward = np.where(begins, 0.0, 1.0).astype(np.float32)
        info = {"elapsed_step": self._count.copy()}
        return self._observation(), reward, self._ended, truncated, info

    def close(self):
        self.closed = True

    def _observation(self):
        return self._count[:, np.newaxis].astype(np.float32)
