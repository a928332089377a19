"""A tensor environment in the interface of Gymnasium."""

import functools

import numpy as np
import tensorflow as tf

from keras_rlgen.environments.action import DiscreteAction
from keras_rlgen.environments.auto_reset import auto_reset_step
from keras_rlgen.environments.gymnasium.import_gymnasium import gymnasium
from keras_rlgen.environments.next_step import next_step_reset

AutoresetMode = gymnasium.vector.AutoresetMode


class GymnasiumEnvironment(gymnasium.vector.VectorEnv):
    """A `TensorEnvironment` as a `gymnasium.vector.VectorEnv`.

    In `AutoresetMode.SAME_STEP` a new episode begins in the step that ends one. The
    observation returned is then the first of the new episode; the final one of the old
    is in `infos["final_obs"]`, at the places where `infos["_final_obs"]` is true.

    In `AutoresetMode.NEXT_STEP` it begins in the following step, which ignores the
    action and has reward 0.

    A termination is a discount of 0. Gymnasium has no discounts, so those between 0 and
    1 that an environment predicts are dropped.

    Reset and step are compiled with XLA on first use, which takes a second or so.

    Args:
        environment: `TensorEnvironment`.
        num_envs: Integer >= 1, number of environments.
        autoreset_mode: One of these two modes, or its value, `"SameStep"` or
            `"NextStep"`.

    Raises:
        ImportError: On import, if Gymnasium is not installed.
        ValueError: If `autoreset_mode` is another mode.

    Example:

    ```python
    from keras_rlgen.environments import CartPole, GymnasiumEnvironment

    environments = GymnasiumEnvironment(CartPole(), num_envs=8)
    observations, infos = environments.reset(seed=0)
    actions = environments.action_space.sample()
    observations, rewards, terminations, truncations, infos = environments.step(actions)
    # float32 (8, 4), float32 (8,), bool (8,), bool (8,), dict
    ```
    """

    def __init__(self, environment, num_envs=1, autoreset_mode=AutoresetMode.SAME_STEP):
        self.metadata = {"autoreset_mode": _checked_mode(autoreset_mode)}
        self.environment = environment
        self.num_envs = num_envs
        self.single_observation_space = gymnasium.spaces.Box(
            environment.observation_low, environment.observation_high, dtype=np.float32
        )
        if isinstance(environment.action, DiscreteAction):
            action_space = gymnasium.spaces.Discrete(environment.action.count)
        else:
            action_space = gymnasium.spaces.Box(
                environment.action.low, environment.action.high, dtype=np.float32
            )
        self.single_action_space = action_space
        batch_space = gymnasium.vector.utils.batch_space
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self._state = None
        self._compiled_reset = tf.function(
            functools.partial(_reset, environment, num_envs), jit_compile=True
        )
        self._ended = np.zeros(num_envs, bool)
        next_step = self.metadata["autoreset_mode"] == AutoresetMode.NEXT_STEP
        self._compiled_step = tf.function(
            functools.partial(_next_step if next_step else _same_step, environment),
            jit_compile=True,
        )

    def reset(self, *, seed=None, options=None):
        """Begins an episode in every environment.

        Args:
            seed: Integer >= 0: the same seed, and the same actions, give the same
                episodes. `None` continues with the current random state.
            options: `None`; no options exist.

        Returns:
            A pair: observations, float32 `(num_envs, *observation_shape)`, and an empty
            dict.

        Raises:
            ValueError: If there are options.
        """
        if options:
            raise ValueError(
                f"`GymnasiumEnvironment` takes no options. Received: {options!r}"
            )
        super().reset(seed=seed)
        self._ended = np.zeros(self.num_envs, bool)
        self._state, observation = self._compiled_reset(self._next_seed())
        return observation.numpy(), {}

    def step(self, actions):
        """Acts once in every environment.

        Args:
            actions: Integers `(num_envs,)`, or floats `(num_envs, *shape)`, which the
                environment clips to its bounds.

        Returns:
            Observations, rewards (float32), terminations and truncations (bool), all
            with `num_envs` rows, and infos.

        Raises:
            ValueError: If the actions do not fit, or `reset` was not called.
        """
        if self._state is None:
            raise ValueError("Expected `reset` to be called before the first `step`.")
        self._state, observation, result = self._compiled_step(
            self._state, self._ended, self._checked(actions), self._next_seed()
        )
        final_observation, reward, terminated, truncated = (
            tensor.numpy() for tensor in result[:4]
        )
        self._ended = terminated | truncated
        infos = {}
        if self.metadata["autoreset_mode"] == AutoresetMode.SAME_STEP:
            for index in np.flatnonzero(self._ended):
                final = {"final_obs": final_observation[index], "final_info": {}}
                infos = self._add_info(infos, final, index)
        return observation.numpy(), reward, terminated, truncated, infos

    def _next_seed(self):
        return self.np_random.integers(2**31, size=2, dtype=np.int32)

    def _checked(self, actions):
        actions = np.asarray(actions)
        space = self.action_space
        if isinstance(self.environment.action, DiscreteAction):
            fits = space.contains(actions)
        else:
            fits = actions.shape == space.shape and np.all(np.isfinite(actions))
        if not fits:
            raise ValueError(
                f"Expected actions in {space}. Received: shape {actions.shape}, dtype "
                f"{actions.dtype}, values {actions.tolist()}"
            )
        return actions.astype(self.environment.action.dtype.as_numpy_dtype)


def _reset(environment, num_envs, seed):
    state = environment.reset(seed, num_envs)
    return state, environment.observe(state)


def _same_step(environment, state, ended, action, seed):
    state, result = auto_reset_step(environment, state, action, seed)
    return state, environment.observe(state), result


def _next_step(environment, state, ended, action, seed):
    state, result = next_step_reset(environment, state, ended, action, seed)
    return state, result.observation, result


def _checked_mode(mode):
    modes = (AutoresetMode.SAME_STEP, AutoresetMode.NEXT_STEP)
    if mode not in (*modes, *(m.value for m in modes)):
        raise ValueError(
            f"Argument `autoreset_mode` must be one of {modes}. "
            f"Received: autoreset_mode={mode!r}"
        )
    return AutoresetMode(mode)
