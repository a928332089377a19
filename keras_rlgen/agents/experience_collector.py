import numpy as np
import tensorflow as tf

from keras_rlgen.agents.bridge.eager_functions import eager_functions
from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents
from keras_rlgen.agents.drivers.make_driver import make_driver
from keras_rlgen.agents.loop.clipped_actions import clipped_actions
from keras_rlgen.arguments import is_integer
from keras_rlgen.experience.from_frames import from_frames
from keras_rlgen.training.random_streams import stream_key

tf_agents = import_tf_agents()
StepType = tf_agents.trajectories.StepType


class ExperienceCollector:
    """Collects the steps of an agent's exploring policy, without learning.

    Unlike those of `agent.record`, episodes continue from one call to the next. So a
    few steps of the current policy, a model trained on all steps so far, and an agent
    trained in that model may take turns.

    Args:
        agent: Agent with an environment of its own.
        num_environments: Integer >= 1, how many are stepped together. By default as
            many as the agent's.
        seed: Integer, the seed of the environments. By default the agent's.

    Attributes:
        last_returns: Float64 array, the returns of the episodes that ended in the last
            call of `collect`.

    Raises:
        ValueError: If the agent has no environment, or a number is out of its range.

    Example:

    ```python
    collector = ExperienceCollector(agent, num_environments=4)
    for _ in range(10):
        experience = collector.collect(steps=128)  # all so far
        generator.fit(experience, epochs=5)
        imagined.assign_starts(experience)
        agent.restart(imagined)
        agent.fit(environment=imagined, epochs=1, steps_per_epoch=640)
    ```
    """

    def __init__(self, agent, num_environments=None, seed=None):
        if agent.environment is None:
            raise ValueError(
                "Expected an agent with an environment. Received one without: load it "
                "with `environment=...`."
            )
        count = agent.num_environments if num_environments is None else num_environments
        if not is_integer(count) or count < 1:
            raise ValueError(f"Expected `num_environments` >= 1. Received: {count!r}")
        self._agent = agent
        key = stream_key(agent.seed if seed is None else seed, "collector")
        self._driver = make_driver(agent.environment, count, key)
        self._driver.bind(agent)
        self._state = agent.collect_policy.get_initial_state(count)
        self._num_frames = tf.Variable(0, trainable=False, dtype=tf.int64)
        self._frames = None
        self._functions = {}
        self.last_returns = np.zeros((0,))

    def collect(self, steps):
        """Acts, and counts the steps in the agent's `environment_steps`.

        Args:
            steps: Integer >= 1, divided among the environments and rounded up. A step
                that only resets an environment is none, and not made up for.

        Returns:
            `Experience` of all steps so far. Episodes in progress are cut.
        """
        if not is_integer(steps) or steps < 1:
            raise ValueError(f"Expected `steps` >= 1. Received: {steps!r}")
        count = -(-steps // self._driver.num_environments)
        with eager_functions(self._agent.run_eagerly):
            frames, self._state = self._function(count)(self._num_frames, self._state)
        frames = tf.nest.map_structure(np.array, frames)
        self._num_frames.assign_add(count)
        self._agent.environment_steps.assign_add(
            np.count_nonzero(frames.step_type != StepType.LAST)
        )
        if self._frames is not None:
            frames = tf.nest.map_structure(
                lambda *x: np.concatenate(x, axis=1), self._frames, frames
            )
        self._frames = frames
        self.last_returns = _returns_of_ended(frames, count)
        return from_frames(
            frames.observation,
            clipped_actions(frames.action, self._agent.specs.action),
            frames.reward,
            frames.step_type,
            frames.next_step_type,
            frames.discount,
            tf.nest.map_structure(np.asarray, self._driver.observation),
        )

    def _function(self, count):
        """Returns `collect` of the driver for `count` steps of every environment."""
        if count not in self._functions:
            policy = self._agent.collect_policy

            def collect(first_step, state):
                return self._driver.collect(policy, count, first_step, state)

            if self._driver.in_graph:
                collect = tf.function(collect, autograph=False)
            self._functions[count] = collect
        return self._functions[count]


def _returns_of_ended(frames, count):
    """Returns the returns of the episodes that ended in the last `count` frames."""
    is_step = frames.step_type != StepType.LAST
    total = np.cumsum(np.where(is_step, frames.reward, 0.0), axis=1, dtype="float64")
    before = total - np.where(is_step, frames.reward, 0.0)
    index = np.arange(is_step.shape[1])
    first = np.where(frames.step_type == StepType.FIRST, index, 0)
    first = np.maximum.accumulate(first, axis=1)
    returns = total - np.take_along_axis(before, first, axis=1)
    ended = is_step & (frames.next_step_type == StepType.LAST)
    return returns[:, -count:][ended[:, -count:]]
