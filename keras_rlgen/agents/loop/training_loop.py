"""The epochs of `fit`, with Keras callbacks."""

import time

import keras

from keras_rlgen.agents.loop.step_history import StepHistory
from keras_rlgen.training.fit_callbacks import fit_callbacks
from keras_rlgen.training.keras_internals import forget_initial_epoch, resumed_epoch
from keras_rlgen.training.whole_saving import whole_backups

EXECUTIONS_PER_EPOCH = 20  # by default
EVALUATED = (
    *("mean_return", "return_low", "return_high", "return_std"),
    *("episode_length", "episodes"),
)


def train_epochs(
    agent,
    run,
    steps_of_epochs,
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
        steps_of_epochs: List of integers, steps of every environment in each epoch.
        callbacks: As in `Agent.fit`.
        validation_freq: As in `Agent.fit`.
        validation_episodes: As in `Agent.fit`.
        initial_epoch: As in `Agent.fit`.
        verbose: As in `Agent.fit`.

    Returns:
        `StepHistory`.
    """
    evaluated = EVALUATED if validation_freq else ()
    log_names = [*agent.fit_log_names, *(f"val_{name}" for name in evaluated)]
    callbacks = keras.callbacks.CallbackList(
        [*fit_callbacks(whole_backups(callbacks), log_names, verbose), StepHistory()],
        verbose=verbose,
        epochs=len(steps_of_epochs),
        steps=max(steps_of_epochs, default=0),
        model=agent,
    )
    agent.stop_training = False
    forget_initial_epoch(agent)
    callbacks.on_train_begin()
    logs = None
    first_epoch = resumed_epoch(agent) or initial_epoch
    for epoch, num_steps in list(enumerate(steps_of_epochs))[first_epoch:]:
        agent.reset_metrics()
        callbacks.on_epoch_begin(epoch)
        logs = _run_epoch(agent, run, num_steps, callbacks)
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
        agent.is_traced = True
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
