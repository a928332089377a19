import functools

import numpy as np
import tensorflow as tf

from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents
from keras_rlgen.agents.drivers.compiled_actor import CompiledActor
from keras_rlgen.agents.drivers.driver import Driver
from keras_rlgen.agents.drivers.specs import vector_environment_specs
from keras_rlgen.environments.gymnasium.envpool_environment import is_envpool
from keras_rlgen.environments.gymnasium.import_gymnasium import gymnasium
from keras_rlgen.environments.gymnasium.vector import make_vector_environment
from keras_rlgen.training.random_streams import stream_key

tf_agents = import_tf_agents()
StepType = tf_agents.trajectories.StepType

EVALUATION_ENVIRONMENTS = 8  # at least


class GymnasiumDriver(Driver):
    """Runs a policy in `N` Gymnasium environments at once, in Python.

    The policy acts for all environments at once: in NumPy if it has an `array_actor`,
    else in one compiled call.

    Args:
        environment: What `keras_rlgen.environments.make_vector_environment` takes.
        num_environments: Integer >= 1.
        seed: Integer, the seed of environments and policies.
    """

    def __init__(self, environment, num_environments, seed):
        self.num_environments = num_environments
        self._source, self._seed = environment, seed
        self._environments = make_vector_environment(environment, num_environments)
        self._evaluation_environments = None
        self.specs = vector_environment_specs(self._environments)
        self._compiled_actor = functools.cache(CompiledActor)

    def reset_episodes(self):
        self.in_progress = False

    @property
    def observation(self):
        return self._observation

    def collect(self, policy, num_steps, first_step, policy_state):
        first_step = int(first_step) & tf.int32.max
        if not self.in_progress:
            seed = stream_key(self._seed, f"begin at {first_step}")
            self._observation, _ = self._environments.reset(seed=seed)
            self._step_type = np.full(self.num_environments, StepType.FIRST)
        # A failure from here on leaves episodes that cannot be continued.
        self.in_progress = False
        frames = tf.nest.map_structure(
            lambda spec: np.empty(
                (self.num_environments, num_steps, *spec.shape),
                spec.dtype.as_numpy_dtype,
            ),
            policy.trajectory_spec,
        )
        terminated, truncated = np.empty((2, *frames.reward.shape), np.bool_)
        step_type = self._step_type
        key = stream_key(self._seed, "policy")
        array_actor = self._array_actor(policy, num_steps, (key, first_step))
        for index in range(num_steps):
            _put(frames.observation, index, self._observation)
            if array_actor is not None:
                action = array_actor(index, self._observation)
            else:
                if index:
                    ended = terminated[:, index - 1] | truncated[:, index - 1]
                    step_type = _next_step_type(step_type, ended)
                seed = (key, first_step + index)
                step = self._compiled_actor(policy)(
                    self._observation, step_type, policy_state, seed
                )
                action, policy_state = step.action, step.state
                _put(frames.policy_info, index, step.info)
            _put(frames.action, index, action)
            (
                self._observation,
                frames.reward[:, index],
                terminated[:, index],
                truncated[:, index],
                _,
            ) = self._environments.step(action)
        np.logical_not(terminated, out=frames.discount, casting="unsafe")
        self._put_step_types(frames, terminated | truncated)
        self.in_progress = True
        return frames, policy_state

    def _put_step_types(self, frames, ended):
        """Fills in which frames begin and end an episode."""
        is_last = np.empty_like(ended)
        is_last[:, 0] = self._step_type == StepType.LAST
        is_last[:, 1:] = ended[:, :-1]
        np.copyto(frames.next_step_type, StepType.MID + ended - is_last)
        frames.step_type[:, 0] = self._step_type
        frames.step_type[:, 1:] = frames.next_step_type[:, :-1]
        self._step_type = frames.next_step_type[:, -1]

    def _array_actor(self, policy, num_steps, seed):
        if not hasattr(policy, "array_actor"):
            return None
        seed = np.array(seed, np.int32)
        return policy.array_actor(self.num_environments, num_steps, seed)

    def run_episodes(self, policy, num_episodes, seed, max_steps):
        environments = self._for_evaluation(num_episodes)
        count = environments.num_envs
        quota = num_episodes // count + (np.arange(count) < num_episodes % count)
        observation, _ = environments.reset(seed=stream_key(seed, "episodes"))
        step_type = np.full(count, StepType.FIRST)
        policy_state = policy.get_initial_state(count)
        totals, steps = np.zeros(count, np.float32), np.zeros(count, np.int32)
        returns, lengths = [], []
        while len(returns) < num_episodes:
            step = self._compiled_actor(policy)(observation, step_type, policy_state)
            observation, reward, terminated, truncated, _ = environments.step(
                step.action
            )
            active = step_type != StepType.LAST
            ended = terminated | truncated
            totals = np.where(active, totals + reward, 0.0)
            steps = np.where(active, steps + 1, 0)
            if np.any((steps >= max_steps) & ~ended & (quota > 0)):
                raise self._endless(max_steps)
            for environment in np.flatnonzero(ended & (quota > 0)):
                returns.append(totals[environment])
                lengths.append(steps[environment])
                quota[environment] -= 1
            step_type = _next_step_type(step_type, ended)
            policy_state = step.state
        return np.array(returns, np.float32), np.array(lengths, np.int32)

    def _for_evaluation(self, num_episodes):
        """Returns separate environments, or the training ones if none can be made."""
        kinds = gymnasium.Env, gymnasium.vector.VectorEnv
        if isinstance(self._source, kinds) or is_envpool(self._source):
            self.in_progress = False
            return self._environments
        count = min(num_episodes, max(self.num_environments, EVALUATION_ENVIRONMENTS))
        environments = self._evaluation_environments
        if environments is None or environments.num_envs != count:
            environments = make_vector_environment(self._source, count)
            self._evaluation_environments = environments
        return environments

    def close(self):
        for environments in (self._environments, self._evaluation_environments):
            if environments is not None:
                environments.close()


def _next_step_type(step_type, ended):
    """Returns `LAST` where an episode ended, `FIRST` after that, and else `MID`."""
    return StepType.MID + ended - (step_type == StepType.LAST)


def _put(arrays, index, values):
    if isinstance(values, np.ndarray):
        arrays[:, index] = values
    else:
        tf.nest.map_structure(lambda a, v: _put(a, index, v), arrays, values)
