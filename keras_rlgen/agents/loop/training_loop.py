"""The epochs of `fit`, with Keras callbacks."""

import time

import keras

from keras_rlgen.training.keras_internals import forget_initial_epoch, resumed_epoch
from keras_rlgen.training.whole_saving import whole_backups

EXECUTIONS_PER_EPOCH = 20  # by default


def train_epochs(
    agent,
    run,
    epochs,
    steps_per_epoch,
    callbacks,
    validation_freq,
    validation_episodes,
    initial_epoch,
    verbose,
):
    """Runs epochs of training with callbacks and logs.

    Args:
        agent: `Agent`.
        run: Function of a number of steps of every environment that takes at least that
            many, learns from them, and returns the number taken.
        epochs: As in `Agent.fit`.
        steps_per_epoch: As in `Agent.fit`.
        callbacks: As in `Agent.fit`.
        validation_freq: As in `Agent.fit`.
        validation_episodes: As in `Agent.fit`.
        initial_epoch: As in `Agent.fit`.
        verbose: As in `Agent.fit`.

    Returns:
        A `keras.callbacks.History`.
    """
    callbacks = keras.callbacks.CallbackList(
        whole_backups(callbacks),
        add_history=True,
        add_progbar=verbose != 0,
        verbose=verbose,
        epochs=epochs,
        steps=steps_per_epoch,
        model=agent,
    )
    agent.stop_training = False
    forget_initial_epoch(agent)
    callbacks.on_train_begin()
    logs = None
    for epoch in range(resumed_epoch(agent) or initial_epoch, epochs):
        agent.reset_metrics()
        callbacks.on_epoch_begin(epoch)
        logs = _run_epoch(agent, run, steps_per_epoch, callbacks)
        if _is_due(validation_freq, epoch):
            results = agent.evaluate(validation_episodes, verbose=0)
            logs.update({f"val_{name}": value for name, value in results.items()})
        callbacks.on_epoch_end(epoch, logs)
        if agent.stop_training:
            break
    callbacks.on_train_end(logs)
    return agent.history


def _run_epoch(agent, run, num_steps, callbacks):
    per_execution = agent.steps_per_execution or -(-num_steps // EXECUTIONS_PER_EPOCH)
    done, logs = 0, {}
    steps_before, time_before = _steps(agent), time.perf_counter()
    while done < num_steps and not agent.stop_training:
        callbacks.on_train_batch_begin(done)
        done += run(min(per_execution, num_steps - done))
        logs = agent.get_metrics_result()
        callbacks.on_train_batch_end(min(done, num_steps) - 1, logs)
    seconds = time.perf_counter() - time_before
    for name, steps in _steps(agent).items():
        if name != "imagined_steps" or steps:
            rate = (steps - steps_before[name]) / seconds
            logs = {**logs, name: steps, f"{name}_per_second": rate}
    return logs


def _steps(agent):
    names = "environment_steps", "imagined_steps"
    return {name: int(getattr(agent, name)) for name in names}


def _is_due(validation_freq, epoch):
    if not validation_freq:
        return False
    if isinstance(validation_freq, int):
        return (epoch + 1) % validation_freq == 0
    return epoch + 1 in validation_freq
