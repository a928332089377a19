"""Validates before training that all machines of a cluster do the same."""

import os
import zlib

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.training.replicas import across_machines, gathered
from keras_rlgen.version import __version__
from keras_rlgen.whole_files import check_writable

COUNTS = "epochs", "batch_size", "steps_per_epoch", "initial_epoch"


def check_cluster(samples, options, strategy):
    """Raises an error on all machines if they would not train alike.

    Otherwise one would wait for others that never come. Does nothing in one process.

    Args:
        samples: What `fit` gets: array, tensor, data set or `None`.
        options: Dict of arguments of `keras.Model.fit`.
        strategy: `tf.distribute.Strategy`.

    Raises:
        ValueError: If machines differ in their versions, their arrays or the number of
            steps.
        OSError: If a machine cannot write the folder of a `BackupAndRestore`.
    """
    if not across_machines(strategy):
        return
    own = _fingerprint(samples, options)
    problem = _backup_problem(options.get("callbacks"))
    own["a backup folder"] = int(problem is not None)
    values = tf.constant([list(own.values())], tf.int64)
    local = len(strategy.extended.worker_devices)
    rows = gathered([values] * local, strategy)
    if problem is not None:
        raise OSError(problem)
    if rows[:, -1].any():
        raise OSError(
            "Another machine cannot write its backup folder; its error names it. "
            "Nothing was trained."
        )
    for index, name in enumerate(own):
        if len(set(rows[:, index].tolist())) > 1:
            raise ValueError(
                f"The machines of the cluster differ in {name}. Received here: "
                f"{_described(name, samples, options)}. Start the same program, of the "
                "same packages, with the same arrays, on all. Nothing was trained."
            )


def _versions():
    return f"keras_rlgen {__version__}, Keras {keras.version()}, TF {tf.__version__}"


def _fingerprint(samples, options):
    """Returns a dict from what is compared to integers."""
    counts = [str(options.get(name)) for name in COUNTS]
    return {
        "versions": _code(_versions()),
        "shapes of data": _code(_shapes(samples)),
        "samples": _content(samples),
        "the number of steps": _code(" ".join(counts)),
    }


def _described(name, samples, options):
    if name == "versions":
        return _versions()
    if name == "the number of steps":
        return ", ".join(f"{name}={options.get(name)}" for name in COUNTS)
    return _shapes(samples)


def _shapes(samples):
    if isinstance(samples, tf.data.Dataset):
        return f"{samples.element_spec}, {int(samples.cardinality())} batches"
    return f"an array of shape {np.shape(samples)}"


def _content(samples):
    """Returns a checksum of an array, 0 of anything else."""
    if samples is None or isinstance(samples, tf.data.Dataset):
        return 0
    return zlib.crc32(np.ascontiguousarray(samples))


def _code(text):
    return zlib.crc32(text.encode())


def _backup_problem(callbacks):
    """Returns why a backup could not be written, or `None`."""
    several = getattr(callbacks, "callbacks", callbacks) or ()
    for callback in several if isinstance(several, (list, tuple)) else [several]:
        if not isinstance(callback, keras.callbacks.BackupAndRestore):
            continue
        folder = os.fspath(callback.backup_dir)
        try:
            check_writable(folder)
        except OSError as error:
            return f"The backup folder {folder!r} cannot be written: {error}"
    return None
