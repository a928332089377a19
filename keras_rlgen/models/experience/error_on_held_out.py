import keras


class ErrorOnHeldOut(keras.callbacks.Callback):
    """Logs the error of a model of transitions on held-out episodes, as `val_error`.

    Args:
        generator: `ExperienceGenerator`.
        experience: `Experience`.
    """

    def __init__(self, generator, experience):
        super().__init__()
        self._generator, self._experience = generator, experience

    def on_epoch_end(self, epoch, logs=None):
        if logs is not None:
            logs["val_error"] = self._generator.error(self._experience)
