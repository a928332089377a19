"""A worker of `RayDriver`: it acts in its share of the environments."""

import contextlib
import functools

import numpy as np
import tensorflow as tf

from keras_rlgen.agents.drivers.make_driver import make_driver
from keras_rlgen.agents.drivers.policy_variables import policy_variables
from keras_rlgen.training.keras_internals import copying_in_process


class ActingWorker:
    """Acts in environments with a copy of an agent.

    Args:
        agent_class: Class of the agent.
        config: Dict, the agent's `acting_config`.
        custom_objects: Dict from names to classes of layers that Keras does not know.
        environment: As in `environments.Remote`.
        num_environments: Integer, the worker's share.
        seed: Integer.
    """

    def __init__(
        self, agent_class, config, custom_objects, environment, num_environments, seed
    ):
        # A process that has computed before cannot be changed.
        with contextlib.suppress(RuntimeError):
            tf.config.threading.set_intra_op_parallelism_threads(1)
            tf.config.threading.set_inter_op_parallelism_threads(1)
            tf.config.set_visible_devices([], "GPU")
        with copying_in_process():
            self._agent = agent_class.from_config(config, custom_objects)
        self._driver = make_driver(environment, num_environments, seed)
        self._functions = functools.cache(self._collecting)
        self._variables = functools.cache(self._variables_of)

    def collect(self, values, num_steps, first_step, policy_state, continues):
        """Acts for a round. See `Driver.collect`.

        Args:
            values: List of arrays, the values of `policy_variables`.
            num_steps: Integer `T`.
            first_step: Integer.
            policy_state: Nest of arrays `(N, ...)`.
            continues: Whether the episodes in progress go on.

        Returns:
            Frames, policy state and observations, nests of arrays.
        """
        self._assign("collect_policy", values)
        if self._driver.in_progress and not continues:
            self._driver.reset_episodes()
        collect = self._functions(num_steps)
        frames, state = collect(tf.constant(first_step, tf.int64), policy_state)
        self._driver.in_progress = True
        result = tuple(tf.nest.flatten(frames)), state, self._driver.observation
        return tf.nest.map_structure(np.asarray, result)

    def run_episodes(self, values, num_episodes, seed, max_steps, jit_compile):
        """Runs whole episodes with the greedy policy. See `Driver.run_episodes`."""
        self._assign("policy", values)
        self._driver.jit_compile = jit_compile
        return self._driver.run_episodes(
            self._agent.policy, num_episodes, seed, max_steps
        )

    def _collecting(self, num_steps):
        policy = self._agent.collect_policy

        def collect(first_step, policy_state):
            return self._driver.collect(policy, num_steps, first_step, policy_state)

        return (
            tf.function(collect, autograph=False) if self._driver.in_graph else collect
        )

    def _assign(self, name, values):
        pairs = zip(self._variables(name), values, strict=True)
        for variable, value in pairs:
            variable.assign(value)

    def _variables_of(self, name):
        policy = getattr(self._agent, name)
        return policy_variables(policy, takes_seed=name == "collect_policy")
