"""A training of epochs with logs that are given."""

import keras


def train(callbacks, model, all_logs):
    """Runs callbacks as `fit` does.

    Args:
        callbacks: List of callbacks.
        model: Keras model, whose `stop_training` is heeded.
        all_logs: The logs of each epoch.

    Returns:
        `History`.
    """
    callbacks = keras.callbacks.CallbackList(
        callbacks, add_history=True, model=model, epochs=len(all_logs)
    )
    model.stop_training = False
    callbacks.on_train_begin()
    for epoch, logs in enumerate(all_logs):
        callbacks.on_epoch_begin(epoch)
        callbacks.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    callbacks.on_train_end(logs)
    return model.history
