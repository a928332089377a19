"""A `gymnasium.vector.VectorEnv` in the form that agents expect."""

import numpy as np

from keras_rlgen.environments.gymnasium.actions import action_conversion
from keras_rlgen.environments.gymnasium.arrays import ArrayCheck
from keras_rlgen.environments.gymnasium.import_gymnasium import gymnasium
from keras_rlgen.environments.gymnasium.observations import observation_conversion

NEXT_STEP = gymnasium.vector.AutoresetMode.NEXT_STEP


class CheckedVectorEnvironment(gymnasium.vector.VectorWrapper):
    """Converts and checks the data between agents and a vector environment.

    Observations become float32 or uint8 arrays, or a `dict` or `tuple` of them, as in
    `observation_conversion`; rewards become float32. Discrete actions count from 0,
    continuous ones are float32 and clipped to their bounds. `single_observation_space`
    and `single_action_space` are the converted spaces.

    A new episode begins in the step after the one that ended the last
    (`AutoresetMode.NEXT_STEP`). That step ignores the action, returns the first
    observation, and its reward, termination and truncation are 0.

    Args:
        env: `gymnasium.vector.VectorEnv` in that mode.
        remake: Function without arguments that recreates `env`, or `None`.

    Raises:
        TypeError: If `env` is not a `VectorEnv`.
        ValueError: If it is in another mode, or if its spaces cannot be converted.
        RuntimeError: From `reset` and `step`, if an environment raises, if its process
            has died, or if it returns values outside its spaces, NaN or infinite. What
            agents have learned is kept. The processes of an `AsyncVectorEnv` are then
            terminated; the next `reset` restarts them, if `remake` was given.

    Example:

    ```python
    environments = gymnasium.make_vec("FrozenLake-v1", num_envs=8)
    environments = CheckedVectorEnvironment(environments)
    observations, _ = environments.reset(seed=0)  # float32 (8, 16), one-hot
    actions = environments.action_space.sample()
    observations, rewards, terminations, truncations, infos = environments.step(actions)
    ```
    """

    def __init__(self, env, remake=None):
        super().__init__(env)
        self._remake = remake
        self._has_ended_processes = False
        mode = env.metadata.get("autoreset_mode")
        if mode != NEXT_STEP:
            raise ValueError(
                "Expected a vector environment that begins a new episode in the step "
                "after the last one has ended, `AutoresetMode.NEXT_STEP`. Received "
                f"the mode {mode} from {env}. Make it with `gymnasium.make_vec(id, "
                "num_envs)` or with the argument `autoreset_mode=gymnasium.vector."
                "AutoresetMode.NEXT_STEP`. One of your own that works in this way says "
                'so in `metadata["autoreset_mode"]`.'
            )
        batch_space = gymnasium.vector.utils.batch_space
        self._observations = observation_conversion(
            env.single_observation_space, env.num_envs
        )
        self._actions = action_conversion(env.single_action_space, env.num_envs)
        self.single_observation_space = self._observations.space
        self.single_action_space = self._actions.space
        self.observation_space = batch_space(self._observations.space, env.num_envs)
        self.action_space = batch_space(self._actions.space, env.num_envs)
        shape = (env.num_envs,)
        self._rewards = ArrayCheck(shape, np.float64, "reward")
        self._terminations = ArrayCheck(shape, np.bool_, "termination")
        self._truncations = ArrayCheck(shape, np.bool_, "truncation")

    def reset(self, *, seed=None, options=None):
        """Begins an episode in every environment.

        Args:
            seed: Integer >= 0, or `None` to continue with the current random state.
            options: `dict` for the environments, or `None`.

        Returns:
            A pair: observations, and the infos of the environment.
        """
        try:
            if self._has_ended_processes and self._remake is not None:
                self.env = self._remake()
                self._has_ended_processes = False
            observations, infos = self.env.reset(seed=seed, options=options)
            return self._observations(observations), infos
        except Exception as error:
            raise self._failure("reset", error) from error

    def step(self, actions):
        """Acts once in every environment, or resets it after the end of an episode.

        Args:
            actions: Array `(num_envs, *single_action_space.shape)`.

        Returns:
            Observations, rewards (float32), terminations and truncations (bool), all
            with `num_envs` rows, and infos.

        Raises:
            ValueError: If the actions do not fit, or are NaN or infinite.
        """
        actions = self._actions(actions)
        try:
            observations, rewards, terminations, truncations, infos = self.env.step(
                actions
            )
            observations = self._observations(observations)
            rewards = self._rewards(rewards).astype(np.float32, copy=False)
            self._rewards.require_finite(rewards)
            terminations = self._terminations(terminations)
            truncations = self._truncations(truncations)
        except Exception as error:
            raise self._failure("step", error) from error
        return observations, rewards, terminations, truncations, infos

    def _failure(self, method, error):
        advice = "Fix the environment."
        if isinstance(self.unwrapped, gymnasium.vector.AsyncVectorEnv):
            _end_processes(self.unwrapped)
            self._has_ended_processes = True
            advice += " All its processes have been terminated: "
            advice += "recreate it" if self._remake is None else "`reset` restarts them"
            advice += '. `vectorization="sync"` shows better where it fails.'
        reason = f"{type(error).__name__}: {error}"
        if isinstance(error, (EOFError, ConnectionError)):
            reason = "the process of an environment has died"
        return RuntimeError(
            f"The environment {self.env} failed in `{method}`: {reason}. {advice} "
            "What was learned so far is kept."
        )


def _end_processes(environment):
    """Terminates the processes of an `AsyncVectorEnv`, some of which may be dead.

    Its own `close` would wait for the dead ones.
    """
    for process in environment.processes:
        process.terminate()
    for pipe in environment.parent_pipes:
        if pipe is not None:
            pipe.close()
    for process in environment.processes:
        process.join()
    environment.closed = True
