"""Saves Keras models as a whole."""

import os
import zipfile

import keras

from keras_rlgen.training.keras_internals import backups_as_a_whole
from keras_rlgen.training.registered_parts import check_registered
from keras_rlgen.whole_files import existing_file, replacing

UNREADABLE = ValueError, OSError, KeyError, zipfile.BadZipFile


class WholeSaving(keras.Model):
    """A `keras.Model` whose files are whole at any moment, the old or the new one.

    `save`, `save_weights` and so `keras.callbacks.ModelCheckpoint` write beside the
    file, and then put it in its place. `fit` has `keras.callbacks.BackupAndRestore` do
    the same.
    """

    def save(self, filepath, overwrite=True, zipped=None, **kwargs):
        """Writes the model as a `.keras` file, from which training continues.

        A process that is killed meanwhile leaves the file that was there, or the new
        one. `keras.saving.save_model` does not call this method, and does not promise
        it.

        Args:
            filepath: Path that ends in `.keras`; without, of a folder, with
                `zipped=False`.
            overwrite: Whether to replace a file that is there.
            zipped: As in `keras.Model.save`.
            **kwargs: As in `keras.Model.save`.

        Raises:
            ValueError: If the path ends otherwise, or the model was compiled with an
                unregistered function, from which it could not be loaded.
            FileExistsError: If there is a file, and `overwrite` is false.
        """
        if not isinstance(filepath, (str, os.PathLike)):
            raise ValueError(
                f"Expected a path that ends in '.keras'. Received: {filepath!r}"
            )
        name = os.fspath(filepath)
        check_registered(self)
        if "://" in name:
            return super().save(filepath, overwrite=overwrite, zipped=zipped, **kwargs)
        if zipped is not False and not name.endswith(".keras"):
            raise ValueError(
                "Expected a path that ends in '.keras', the only format that holds all "
                f"of a model's state. Received: {name!r}"
            )
        _check_overwrite(name, overwrite)
        with replacing(name) as beside:
            super().save(beside, zipped=zipped, **kwargs)

    def save_weights(self, filepath, overwrite=True, max_shard_size=None):
        """Writes all weights, as `keras.Model.save_weights` does, as a whole.

        Args:
            filepath: Path that ends in `.weights.h5`.
            overwrite: Whether to replace a file that is there.
            max_shard_size: As in `keras.Model.save_weights`. Several files are not
                replaced in one step.

        Raises:
            FileExistsError: If there is a file, and `overwrite` is false.
        """
        if max_shard_size is not None or "://" in os.fspath(filepath):
            return super().save_weights(filepath, overwrite, max_shard_size)
        _check_overwrite(filepath, overwrite)
        with replacing(filepath) as beside:
            super().save_weights(beside)

    def load_weights(self, filepath, *args, **kwargs):
        """Reads all weights, as `keras.Model.load_weights` does, or none.

        Args:
            filepath: Path of a file that `save_weights` or `save` has written.
            *args: As in `keras.Model.load_weights`.
            **kwargs: As in `keras.Model.load_weights`.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If the file is damaged, or of another architecture. The weights
                are then those before.
        """
        if not isinstance(filepath, (str, os.PathLike)):
            raise ValueError(
                f"Expected the path of a file of weights. Received: {filepath!r}"
            )
        name = os.fspath(filepath)
        if "://" not in name:
            existing_file(name)
        variables = _state(self)
        before = [variable.numpy() for variable in variables]
        try:
            super().load_weights(filepath, *args, **kwargs)
        except BaseException as error:
            for variable, value in zip(variables, before, strict=True):
                variable.assign(value)
            if not isinstance(error, UNREADABLE):
                raise
            raise ValueError(
                f"Expected {name!r} to hold the weights of this "
                f"`{type(self).__name__}`, of the same architecture. It does not, and "
                f"the weights are those before. {type(error).__name__}: {error}"
            ) from error

    def fit(self, *args, callbacks=None, **kwargs):
        return super().fit(*args, callbacks=whole_backups(callbacks), **kwargs)


def whole_backups(callbacks):
    """Has `BackupAndRestore` write as a whole; returns the callbacks.

    Args:
        callbacks: Callback, list of callbacks, `CallbackList` or `None`.
    """
    several = getattr(callbacks, "callbacks", callbacks) or ()
    for callback in several if isinstance(several, (list, tuple)) else [several]:
        if isinstance(callback, keras.callbacks.BackupAndRestore):
            backups_as_a_whole(callback)
    return callbacks


def _state(model):
    """Returns all variables of a model and of its optimizers, each once."""
    optimizer = getattr(model, "optimizer", None)
    several = [*model.variables, *getattr(optimizer, "variables", [])]
    return list({id(variable): variable for variable in several}.values())


def _check_overwrite(path, overwrite):
    if not overwrite and os.path.exists(path):
        raise FileExistsError(
            f"{os.fspath(path)!r} exists. Choose another path, or pass overwrite=True."
        )
