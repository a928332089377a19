"""A tensor environment for TF-Agents."""

import functools

import tensorflow as tf

from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents
from keras_rlgen.agents.drivers.tensor_driver import tensor_environment_specs
from keras_rlgen.environments.next_step import next_step_reset
from keras_rlgen.training.random_streams import stream_seed

tf_agents = import_tf_agents()
StepType = tf_agents.trajectories.StepType
TimeStep = tf_agents.trajectories.TimeStep


class TensorTFEnvironment(tf_agents.environments.tf_environment.TFEnvironment):
    """A `TensorEnvironment` as a `TFEnvironment` for TF-Agents' drivers.

    It holds the state of the environments in variables, and steps run in the graph. The
    step after the end of an episode ignores the action and begins the next one. The
    discount is the environment's: 0 where an episode terminated, and 1 where it was
    only truncated, unless the environment predicts it.

    Args:
        environment: `TensorEnvironment`.
        num_environments: Integer >= 1, the batch size.
        seed: Integer. The same seed and the same actions give the same episodes.

    Attributes:
        variables: Tuple of `tf.Variable`, the state of the episodes.

    Example:

    ```python
    environment = TensorTFEnvironment(CartPole(), num_environments=8)
    driver = tf_agents.drivers.dynamic_step_driver.DynamicStepDriver(
        environment, agent.collect_policy, [replay_buffer.add_batch], num_steps=1000
    )
    driver.run()
    ```
    """

    def __init__(self, environment, num_environments=1, seed=0):
        specs = tensor_environment_specs(environment)
        super().__init__(specs.time_step, specs.action, num_environments)
        self._environment = environment
        self._seed = seed
        self._steps = tf.Variable(0, trainable=False, dtype=tf.int64)
        self._state, self._time_step = tf.nest.map_structure(
            functools.partial(tf.Variable, trainable=False), self._start()
        )

    @property
    def variables(self):
        return tuple(tf.nest.flatten((self._steps, self._state, self._time_step)))

    def _current_time_step(self):
        return tf.nest.map_structure(tf.identity, self._time_step)

    def _reset(self):
        return self._keep(*self._start())

    def _step(self, action):
        ended = self._time_step.is_last()
        state, result = next_step_reset(
            self._environment, self._state, ended, action, self._next_seed("step")
        )
        step_type = tf.where(
            result.terminated | result.truncated, StepType.LAST, StepType.MID
        )
        time_step = TimeStep(
            step_type=tf.where(ended, StepType.FIRST, step_type),
            reward=result.reward,
            discount=result.discount,
            observation=result.observation,
        )
        return self._keep(state, time_step)

    def _start(self):
        seed = self._next_seed("reset")
        state = self._environment.reset(seed, self.batch_size)
        observation = self._environment.observe(state)
        return state, tf_agents.trajectories.restart(observation, self.batch_size)

    def _next_seed(self, stream):
        return stream_seed(self._seed, stream, self._steps.assign_add(1))

    def _keep(self, state, time_step):
        tf.nest.map_structure(
            lambda variable, value: variable.assign(value),
            (self._state, self._time_step),
            (state, time_step),
        )
        return time_step
