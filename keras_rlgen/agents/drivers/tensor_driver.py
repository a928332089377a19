import functools

import tensorflow as tf

from keras_rlgen.agents.bridge.environment_specs import EnvironmentSpecs
from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents
from keras_rlgen.agents.drivers.driver import Driver
from keras_rlgen.environments.action import DiscreteAction
from keras_rlgen.environments.next_step import next_step_reset
from keras_rlgen.training.random_streams import stream_key, stream_seed

tf_agents = import_tf_agents()
BoundedTensorSpec = tf_agents.specs.BoundedTensorSpec
StepType = tf_agents.trajectories.StepType
TimeStep = tf_agents.trajectories.TimeStep


class TensorDriver(Driver):
    """Runs a policy in tensor environments, inside a `tf.function`, also with XLA.

    Args:
        environment: `TensorEnvironment`.
        num_environments: Integer >= 1.
        seed: Integer, the seed of environments and policies.
    """

    in_graph = True

    def __init__(self, environment, num_environments, seed):
        self.environment = environment
        self.num_environments = num_environments
        self.specs = tensor_environment_specs(environment)
        self._seed = seed
        self._compiled_episodes = functools.cache(self._compile_episodes)
        self._episodes_begun = tf.Variable(0, trainable=False, dtype=tf.int64)
        self._state, self._time_step = tf.nest.map_structure(
            functools.partial(tf.Variable, trainable=False), self._start()
        )

    def _start(self):
        seed = stream_seed(self._seed, "begin", self._episodes_begun)
        state = self.environment.reset(seed, self.num_environments)
        return state, self._first(self.environment.observe(state))

    def _first(self, observation):
        ones = tf.ones((observation.shape[0],))
        step_type = tf.cast(ones, tf.int32) * StepType.FIRST
        return TimeStep(step_type, tf.zeros_like(ones), ones, observation)

    def reset_episodes(self):
        self.in_progress = False
        self._episodes_begun.assign_add(1)
        self._keep(self._start())

    def _keep(self, values):
        tf.nest.map_structure(
            lambda variable, value: variable.assign(value),
            (self._state, self._time_step),
            values,
        )

    @property
    def observation(self):
        return self._time_step.observation

    @property
    def variables(self):
        flat = tf.nest.flatten((self._state, self._time_step))
        named = {f"driver_{index}": variable for index, variable in enumerate(flat)}
        return {**named, "driver_episodes_begun": self._episodes_begun}

    def collect(self, policy, num_steps, first_step, policy_state):
        spec = policy.trajectory_spec
        arrays = [
            tf.TensorArray(
                s.dtype, num_steps, element_shape=(self.num_environments, *s.shape)
            )
            for s in tf.nest.flatten(spec)
        ]

        def body(index, state, time_step, policy_state, arrays):
            step = first_step + tf.cast(index, tf.int64)
            policy_step = policy.action(
                time_step, policy_state, stream_seed(self._seed, "policy", step)
            )
            state, next_time_step = self._advance(
                state,
                time_step,
                policy_step.action,
                stream_seed(self._seed, "step", step),
            )
            frame = tf_agents.trajectories.from_transition(
                time_step, policy_step, next_time_step
            )
            tf.nest.assert_same_structure(frame, spec)
            frame = zip(arrays, tf.nest.flatten(frame), strict=True)
            arrays = [array.write(index, value) for array, value in frame]
            return index + 1, state, next_time_step, policy_step.state, arrays

        start = tf.nest.map_structure(
            tf.convert_to_tensor, (self._state, self._time_step)
        )
        _, state, time_step, policy_state, arrays = tf.while_loop(
            lambda index, *_: index < num_steps,
            body,
            (tf.constant(0), *start, policy_state, arrays),
            maximum_iterations=num_steps,
        )
        self._keep((state, time_step))
        frames = [_batch_major(array.stack()) for array in arrays]
        return tf.nest.pack_sequence_as(spec, frames), policy_state

    def _advance(self, state, time_step, action, seed):
        ended = time_step.is_last()
        state, result = next_step_reset(self.environment, state, ended, action, seed)
        step_type = tf.where(
            result.terminated | result.truncated, StepType.LAST, StepType.MID
        )
        return state, TimeStep(
            step_type=tf.where(ended, StepType.FIRST, step_type),
            reward=result.reward,
            discount=result.discount,
            observation=result.observation,
        )

    def run_episodes(self, policy, num_episodes, seed, max_steps):
        key = tf.constant(stream_key(seed, "episodes"))
        play = self._compiled_episodes(policy, self.jit_compile)
        returns, lengths, ended = play(num_episodes, key, tf.constant(max_steps))
        if not ended:
            raise self._endless(max_steps)
        return returns.numpy(), lengths.numpy()

    def _compile_episodes(self, policy, jit_compile):
        play = functools.partial(self._play, policy)
        return tf.function(play, autograph=False, jit_compile=jit_compile)

    def _play(self, policy, num_episodes, key, max_steps):
        """Runs one episode in each of `num_episodes` environments."""
        state = self.environment.reset(tf.stack([key, 0]), num_episodes)
        time_step = self._first(self.environment.observe(state))
        policy_state = policy.get_initial_state(num_episodes)
        zeros = tf.zeros((num_episodes,))

        def body(step, state, time_step, policy_state, returns, lengths):
            active = ~time_step.is_last()
            policy_step = policy.action(time_step, policy_state)
            state, following = self._advance(
                state, time_step, policy_step.action, tf.stack([key, step])
            )
            following = following._replace(
                step_type=tf.where(active, following.step_type, StepType.LAST)
            )
            returns += tf.where(active, following.reward, 0.0)
            lengths += tf.cast(active, tf.int32)
            return step + 1, state, following, policy_step.state, returns, lengths

        def continues(step, state, time_step, *_):
            return tf.reduce_any(~time_step.is_last()) & (step <= max_steps)

        _, _, time_step, _, returns, lengths = tf.while_loop(
            continues,
            body,
            (1, state, time_step, policy_state, zeros, tf.cast(zeros, tf.int32)),
        )
        return returns, lengths, tf.reduce_all(time_step.is_last())


def tensor_environment_specs(environment):
    """Returns the `EnvironmentSpecs` of a `TensorEnvironment`."""
    action = environment.action
    if isinstance(action, DiscreteAction):
        bounds = 0, action.count - 1
    else:
        bounds = action.low, action.high
    return EnvironmentSpecs(
        tf.TensorSpec(environment.observation_shape, tf.float32, "observation"),
        BoundedTensorSpec(action.shape, action.dtype, *bounds, name="action"),
    )


def _batch_major(x):
    return tf.transpose(x, [1, 0, *range(2, x.shape.rank)])
