"""An environment of Gymnasium of every space that agents take."""

import gymnasium
import numpy as np
from gymnasium import spaces

START = 5  # the first action


class Rooms(gymnasium.Env):
    """Rooms counted from 1, a picture and a lock; action `START` + 1 is rewarded."""

    metadata = {"render_modes": ["rgb_array"], "render_fps": 10}
    render_mode = "rgb_array"
    observation_space = spaces.Dict(
        {
            "image": spaces.Box(0, 255, (8, 8, 1), np.uint8),
            "lock": spaces.MultiDiscrete([2, 3]),
            "room": spaces.Discrete(3, start=1),
        }
    )
    action_space = spaces.Discrete(2, start=START)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.steps = 0
        return self._observation(), {}

    def step(self, action):
        if not self.action_space.contains(action):
            raise ValueError(f"no action: {action!r}")
        self.steps += 1
        reward = float(action - START)
        return self._observation(), reward, False, self.steps >= 6, {}

    def render(self):
        return np.full((8, 8, 3), self.steps, np.uint8)

    def _observation(self):
        return {
            "image": self.np_random.integers(0, 256, (8, 8, 1)).astype(np.uint8),
            "lock": self.np_random.integers(0, [2, 3]),
            "room": int(self.np_random.integers(1, 4)),
        }
