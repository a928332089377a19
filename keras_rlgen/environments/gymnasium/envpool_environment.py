"""EnvPool's environments, which step in threads of C++."""

from keras_rlgen.environments.gymnasium.import_gymnasium import gymnasium

NEXT_STEP = gymnasium.vector.AutoresetMode.NEXT_STEP


class EnvPoolEnvironment(gymnasium.vector.VectorEnv):
    """Environments of EnvPool as a `gymnasium.vector.VectorEnv`.

    Each begins a new episode in the step after the last one has ended, so that no last
    observation is lost. An episode that a limit of steps ends is truncated, not
    terminated. EnvPool seeds its environments where they are made: `reset` takes no
    seed.

    Args:
        pool: `envpool.make(id, env_type="gymnasium", num_envs=...)`, of which each step
            waits for all environments.

    Raises:
        TypeError: If `pool` has the interface of another `env_type`.
        ValueError: If it does not wait for all of its environments.

    Example:

    ```python
    pool = envpool.make("CartPole-v1", env_type="gymnasium", num_envs=8, seed=0)
    agent = PPO("mlp", environment=pool, num_environments=8)
    ```
    """

    metadata = {"autoreset_mode": NEXT_STEP}

    def __init__(self, pool):
        space = getattr(pool, "observation_space", None)
        if not isinstance(space, gymnasium.Space):
            raise TypeError(
                "Expected EnvPool's environments in Gymnasium's interface. Received: "
                f"{pool!r}. Make them with `envpool.make(id, env_type='gymnasium')`."
            )
        self.num_envs = int(pool.config["num_envs"])
        waits_for = int(pool.config["batch_size"])
        if waits_for not in (0, self.num_envs):
            raise ValueError(
                "Expected EnvPool's environments to be stepped together. Received: "
                f"batch_size={waits_for} of num_envs={self.num_envs}, so that a step "
                "returns only the first ones. Leave `batch_size` out of `envpool.make`."
            )
        self._pool = pool
        self.single_observation_space = space
        self.single_action_space = pool.action_space
        batch_space = gymnasium.vector.utils.batch_space
        self.observation_space = batch_space(space, self.num_envs)
        self.action_space = batch_space(pool.action_space, self.num_envs)

    def reset(self, *, seed=None, options=None):
        """Begins an episode in every environment.

        Args:
            seed: Ignored: pass it to `envpool.make`.
            options: As in `gymnasium.vector.VectorEnv`; EnvPool has none.

        Returns:
            A pair: observations and infos.
        """
        return self._pool.reset()

    def step(self, actions):
        """Acts once in every environment, or resets it after the end of an episode.

        Args:
            actions: Array `(num_envs, ...)`.

        Returns:
            Observations, rewards, terminations, truncations and infos.
        """
        observations, rewards, ended, truncations, infos = self._pool.step(actions)
        # Earlier versions of EnvPool report both at the limit of steps.
        return observations, rewards, ended & ~truncations, truncations, infos

    def close_extras(self, **kwargs):
        self._pool.close()


def is_envpool(environment):
    """Returns whether an object is a pool of EnvPool, which need not be installed."""
    return all(
        hasattr(environment, name) for name in ("async_reset", "send", "recv", "config")
    )
