"""Rounds of acting and learning, in a graph where the environment supports it."""

import functools

import tensorflow as tf

from keras_rlgen.agents.bridge.eager_functions import eager_functions
from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents
from keras_rlgen.arguments import is_integer

tf_agents = import_tf_agents()
StepType = tf_agents.trajectories.StepType


def run_rounds(agent, stream, num_steps):
    """Acts and learns for at least `num_steps` steps of every environment.

    Args:
        agent: `Agent`.
        stream: `FrameStream` with a driver.
        num_steps: Integer >= 1.

    Returns:
        Integer, the number of steps taken: whole rounds of `agent.collect_steps`.

    Raises:
        FloatingPointError: If a value is not finite. Episodes are then reset.
        ValueError: If a reward refuses the steps, likewise.
    """
    num_rounds = -(-num_steps // agent.collect_steps)
    driver = stream.driver
    if not driver.in_progress:
        agent.end_episodes()
    if stream.train_function is None:
        make = _train_in_graph if driver.in_graph else _train_in_python
        stream.train_function = make(agent, stream)
    try:
        with eager_functions(agent.run_eagerly):
            stream.train_function(num_rounds)
        agent.health.raise_if_faulty()
    except (FloatingPointError, ValueError):
        driver.reset_episodes()
        raise
    driver.in_progress = True
    return num_rounds * agent.collect_steps


def learn_once(agent, collected):
    """Learns from frames that continue no others.

    Args:
        agent: `Agent`.
        collected: `Collected`.

    Raises:
        FloatingPointError: If a value is not finite.
        ValueError: If a reward refuses the steps.
    """
    agent.end_episodes()
    with eager_functions(agent.run_eagerly):
        agent.traced(agent.learn_if_healthy)(collected)
    agent.end_episodes()
    agent.health.raise_if_faulty()


def _train_in_graph(agent, stream):
    collect = _function(lambda: _observed(agent, stream, agent.collect(stream)), agent)

    @tf.function(autograph=False)
    def train(num_rounds):
        def body(index):
            agent.learn_if_healthy(collect())
            return (index + 1,)

        tf.while_loop(
            lambda index: index < num_rounds, body, (0,), parallel_iterations=1
        )

    return lambda num_rounds: train(tf.constant(num_rounds))


def _train_in_python(agent, stream):
    observed = _function(functools.partial(_observed, agent, stream), agent)
    learn = tf.function(
        lambda collected: agent.learn_if_healthy(observed(collected)), autograph=False
    )

    def train(num_rounds):
        for _ in range(num_rounds):
            learn(agent.collect(stream))

    return train


def _function(function, agent):
    return tf.function(function, autograph=False, jit_compile=agent.jit_compile)


def _observed(agent, stream, collected):
    """Checks and counts the collected frames, and returns `collected`."""
    frames = collected.frames
    for name in "observation", "reward":
        error = FloatingPointError(
            f"Training stopped: the environment returned an {name} that is not finite "
            "(NaN or infinite). The weights are those before it."
        )
        agent.health.check(error, all_finite(getattr(frames, name)))
    agent.statistics.update(frames, stream)
    is_step = frames.step_type != StepType.LAST
    stream.steps.assign_add(tf.math.count_nonzero(is_step))
    return collected


def all_finite(nest):
    """Returns whether all floating values of a nest of tensors are finite."""
    tensors = [tf.convert_to_tensor(x) for x in tf.nest.flatten(nest)]
    checks = [tf.math.is_finite(x) for x in tensors if x.dtype.is_floating]
    return tf.reduce_all([True, *[tf.reduce_all(check) for check in checks]])


def check_num_steps(name, value):
    """Raises `ValueError` unless an argument is an integer of at least 1."""
    if not is_integer(value) or value < 1:
        raise ValueError(f"Expected `{name}` >= 1, an integer. Received: {value!r}")
