"""Gymnasium environments for TF-Agents."""

import numpy as np

from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents
from keras_rlgen.agents.drivers.specs import vector_environment_specs
from keras_rlgen.environments.gymnasium.vector import make_vector_environment

tf_agents = import_tf_agents()
StepType = tf_agents.trajectories.StepType
TimeStep = tf_agents.trajectories.TimeStep


class GymnasiumPyEnvironment(tf_agents.environments.py_environment.PyEnvironment):
    """A batch of Gymnasium environments as a `PyEnvironment`.

    `tf_agents.environments.TFPyEnvironment` wraps it for the drivers that run in a
    graph. Observations and actions are as in `CheckedVectorEnvironment`. The discount
    is 0 where an episode terminated, and 1 where it was truncated. The step after the
    end of an episode ignores the action and begins the next one.

    Args:
        environment: As in `make_vector_environment`: an id, a `gymnasium.Env`, a
            function that makes one, or a `gymnasium.vector.VectorEnv`.
        num_environments: Integer >= 1. Defaults to that of a `VectorEnv`, else to 1.
        **kwargs: `vectorization`, `wrappers` and `seed`, as in
            `make_vector_environment`.

    Raises:
        TypeError: As in `make_vector_environment`.
        ValueError: As in `make_vector_environment`.
        RuntimeError: From `reset` and `step`, if an environment fails.

    Example:

    ```python
    environment = GymnasiumPyEnvironment("CartPole-v1", num_environments=8, seed=0)
    environment = tf_agents.environments.TFPyEnvironment(environment)
    time_step = environment.reset()
    ```
    """

    def __init__(self, environment, num_environments=None, **kwargs):
        super().__init__()
        self._vector = make_vector_environment(environment, num_environments, **kwargs)
        specs = vector_environment_specs(self._vector)
        to_arrays = tf_agents.specs.tensor_spec.to_nest_array_spec
        self._observation_spec = to_arrays(specs.observation)
        self._action_spec = to_arrays(specs.action)
        self._infos = {}
        self._next_seed = None

    @property
    def batched(self):
        return True

    @property
    def batch_size(self):
        return self._vector.num_envs

    def observation_spec(self):
        return self._observation_spec

    def action_spec(self):
        return self._action_spec

    def get_info(self):
        return self._infos

    def seed(self, seed):
        """Seeds the next reset.

        Args:
            seed: Integer >= 0.
        """
        self._next_seed = seed

    def render(self, mode="rgb_array"):
        """Returns pictures of the environments, uint8 `(batch, height, width, 3)`.

        Args:
            mode: `"rgb_array"`, which must also be the `render_mode` of the
                environments.

        Raises:
            ValueError: If either is another mode.
        """
        if mode != "rgb_array" or self._vector.render_mode != mode:
            raise ValueError(
                "Expected the mode 'rgb_array', of an environment made with "
                f"`render_mode='rgb_array'`. Received: mode={mode!r} and "
                f"render_mode={self._vector.render_mode!r}"
            )
        return np.stack(self._vector.render())

    def close(self):
        self._vector.close()

    def _reset(self):
        seed, self._next_seed = self._next_seed, None
        observation, self._infos = self._vector.reset(seed=seed)
        return tf_agents.trajectories.restart(observation, self.batch_size)

    def _step(self, action):
        began = self._current_time_step.is_last()
        observation, reward, terminated, truncated, self._infos = self._vector.step(
            action
        )
        step_type = np.where(terminated | truncated, StepType.LAST, StepType.MID)
        return TimeStep(
            step_type=np.where(began, StepType.FIRST, step_type).astype(np.int32),
            reward=reward,
            discount=np.float32(~terminated),
            observation=observation,
        )
