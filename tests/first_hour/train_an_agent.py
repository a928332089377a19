"""The first agent: an environment of one's own, checked, learned and played."""

import gymnasium
import numpy as np
from gymnasium import spaces

import keras_rlgen as rlgen


class Corridor(gymnasium.Env):
    """Walk to the door, on the left or on the right as the sign says."""

    observation_space = spaces.Dict(
        {"place": spaces.Discrete(5), "sign": spaces.Box(-1.0, 1.0, (1,), np.float32)}
    )
    action_space = spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.place, self.steps = 2, 0
        self.sign = self.np_random.choice([-1.0, 1.0])
        return self.observation(), {}

    def step(self, action):
        self.place += 1 if action == 1 else -1
        self.steps += 1
        terminated = self.place in (0, 4)
        reward = float(terminated and (self.place - 2) * self.sign > 0)
        return self.observation(), reward, terminated, self.steps >= 20, {}

    def observation(self):
        return {"place": self.place, "sign": np.array([self.sign], np.float32)}


gymnasium.register("first_hour/Corridor", Corridor)
rlgen.agents.check_environment("first_hour/Corridor")
agent = rlgen.agents.PPO(
    "mlp",
    "mlp",
    environment="first_hour/Corridor",
    num_environments=8,
    steps_per_update=16,
    seed=0,
)
agent.compile("adam")
agent.fit(epochs=10, steps_per_epoch=64)
score = agent.evaluate(episodes=50, return_dict=True)
assert score["mean_return"] > 0.9, score  # A random walk has 0.5.

observation, _ = gymnasium.make("first_hour/Corridor").reset(seed=0)
assert agent.predict(observation, verbose=0) in (0, 1)
played = agent.play(episodes=2, seed=0)
assert [episode.length >= 2 for episode in played] == [True, True]
agent.save("agent.keras")
