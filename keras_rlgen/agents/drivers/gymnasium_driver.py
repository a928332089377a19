import numpy as np
import tensorflow as tf

from keras_rlgen.agents.drivers.driver import Driver
from keras_rlgen.agents.drivers.specs import vector_environment_specs
from keras_rlgen.agents.random_streams import stream_key
from keras_rlgen.agents.tf_agents_import import import_tf_agents
from keras_rlgen.environments.gymnasium_import import gymnasium
from keras_rlgen.environments.gymnasium_vector import make_vector_environment

tf_agents = import_tf_agents()
StepType = tf_agents.trajectories.StepType
TimeStep = tf_agents.trajectories.TimeStep

EVALUATION_ENVIRONMENTS = 8  # where there are fewer to train in


class GymnasiumDriver(Driver):
    """Acts in Gymnasium's environments, in Python, `N` of them a step.

    The policy acts in one compiled call for all environments.

    Args:
        environment: What `keras_rlgen.environments.make_vector_environment` takes.
        num_environments: Integer >= 1.
        seed: Integer, for what environments and policies draw.
    """

    def __init__(self, environment, num_environments, seed):
        self.num_environments = num_environments
        self._source, self._seed = environment, seed
        self._environments = make_vector_environment(environment, num_environments)
        self._evaluation_environments = None
        self.specs = vector_environment_specs(self._environments)
        self._actors = {}

    def begin_anew(self):
        self.under_way = False

    @property
    def observation(self):
        return self._observation

    def collect(self, policy, num_steps, first_step, policy_state):
        first_step = int(first_step) & tf.int32.max
        if not self.under_way:
            seed = stream_key(self._seed, f"begin at {first_step}")
            self._observation, _ = self._environments.reset(seed=seed)
            self._step_type = np.full(self.num_environments, StepType.FIRST)
        # Whatever fails from here on leaves episodes that cannot be gone on with.
        self.under_way = False
        frames = tf.nest.map_structure(
            lambda spec: np.empty(
                (self.num_environments, num_steps, *spec.shape),
                spec.dtype.as_numpy_dtype,
            ),
            policy.trajectory_spec,
        )
        flat = tf.nest.flatten(frames)
        key = stream_key(self._seed, "policy")
        for index in range(num_steps):
            frame, policy_state = self._step(
                policy, policy_state, np.array([key, first_step + index], np.int32)
            )
            for array, value in zip(flat, tf.nest.flatten(frame), strict=True):
                array[:, index] = value
        self.under_way = True
        return frames, policy_state

    def _step(self, policy, policy_state, seed):
        """Steps the environments once; returns the frame and the policy's state."""
        observation, step_type = self._observation, self._step_type
        policy_step = self._act(policy, observation, step_type, policy_state, seed)
        action = tf.nest.map_structure(np.asarray, policy_step.action)
        self._observation, reward, terminated, truncated, _ = self._environments.step(
            action
        )
        self._step_type = np.where(terminated | truncated, StepType.LAST, StepType.MID)
        self._step_type[step_type == StepType.LAST] = StepType.FIRST
        frame = tf_agents.trajectories.Trajectory(
            step_type=step_type,
            observation=observation,
            action=action,
            policy_info=policy_step.info,
            next_step_type=self._step_type,
            reward=reward,
            discount=1.0 - terminated,
        )
        return frame, policy_step.state

    def _act(self, policy, observation, step_type, policy_state, seed=None):
        if policy not in self._actors:
            self._actors[policy] = _actor(policy)
        return self._actors[policy](observation, step_type, policy_state, seed)

    def run_episodes(self, policy, num_episodes, seed):
        environments = self._for_evaluation(num_episodes)
        count = environments.num_envs
        quota = num_episodes // count + (np.arange(count) < num_episodes % count)
        observation, _ = environments.reset(seed=seed & tf.int32.max)
        step_type = np.full(count, StepType.FIRST)
        policy_state = policy.get_initial_state(count)
        totals, steps = np.zeros(count, np.float32), np.zeros(count, np.int32)
        returns, lengths = [], []
        while len(returns) < num_episodes:
            policy_step = self._act(policy, observation, step_type, policy_state)
            action = tf.nest.map_structure(np.asarray, policy_step.action)
            observation, reward, terminated, truncated, _ = environments.step(action)
            begun = step_type == StepType.LAST
            ended = terminated | truncated
            step_type = np.where(ended, StepType.LAST, StepType.MID)
            step_type[begun] = StepType.FIRST
            totals, steps = (
                np.where(begun, 0, totals + reward),
                np.where(begun, 0, steps + 1),
            )
            for environment in np.flatnonzero(ended & (quota > 0)):
                returns.append(totals[environment])
                lengths.append(steps[environment])
                quota[environment] -= 1
            policy_state = policy_step.state
        return np.array(returns), np.array(lengths)

    def _for_evaluation(self, num_episodes):
        """Returns environments of their own, or those there are if that cannot be."""
        if isinstance(self._source, (gymnasium.Env, gymnasium.vector.VectorEnv)):
            self.under_way = False
            return self._environments
        count = min(num_episodes, max(self.num_environments, EVALUATION_ENVIRONMENTS))
        if (
            self._evaluation_environments is None
            or self._evaluation_environments.num_envs != count
        ):
            self._evaluation_environments = make_vector_environment(self._source, count)
        return self._evaluation_environments

    def close(self):
        for environments in (self._environments, self._evaluation_environments):
            if environments is not None:
                environments.close()


def _actor(policy):
    @tf.function(autograph=False)
    def act(observation, step_type, policy_state, seed):
        ones = tf.ones_like(step_type, tf.float32)
        time_step = TimeStep(step_type, tf.zeros_like(ones), ones, observation)
        return policy.action(time_step, policy_state, seed)

    return act
