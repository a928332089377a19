"""Batches of which all replicas have equal shares."""

import numpy as np
import tensorflow as tf

BATCH_SIZE = 32  # Keras' default


def divided_batches(x, y, options, strategy):
    """Returns the arguments of `fit` with batches that replicas can share equally.

    Unequal shares would have to be weighted, and an empty one has no mean. So the last
    batch leaves out up to as many samples as there are replicas, less one.

    Args:
        x: Array or tensor `(num_samples, ...)`, or a data set of batches.
        y: Array or tensor `(num_samples, ...)`, or `None`.
        options: Dict of arguments of `keras.Model.fit`.
        strategy: `tf.distribute.Strategy`.

    Returns:
        Tuple of `x`, `y` and `options`, unchanged with one replica.

    Raises:
        ValueError: If the batch size is no multiple of the number of replicas.
        TypeError: If `x` is neither an array nor a `tf.data.Dataset`.

    Example:

    >>> x, _, _ = divided_batches(np.zeros(3), None, {}, tf.distribute.get_strategy())
    >>> x.shape
    (3,)
    """
    count = strategy.num_replicas_in_sync
    if count == 1:
        return x, y, options
    if isinstance(x, tf.data.Dataset):
        _check_size(_first_size(x), count, "data set", "`dataset.batch(...)`")
        return _divided(x, count), y, options
    if not (isinstance(x, np.ndarray) or tf.is_tensor(x)):
        raise TypeError(
            "On several replicas, expected samples as an array or a `tf.data.Dataset`. "
            f"Received: {x!r}"
        )
    split = options.get("validation_split")
    if split and options.get("validation_data") is None:
        (x, y), validation_data = split_samples(x, y, split)
        options = {
            **options,
            "validation_split": 0.0,
            "validation_data": validation_data,
        }
    size = options.get("batch_size") or BATCH_SIZE
    _check_size(size, count, "batch", "`batch_size`")
    kept = len(x) // count * count
    if not kept:
        raise ValueError(
            f"Expected at least {count} samples, one for each replica. Received: "
            f"{len(x)}. Use more samples, or fewer devices."
        )
    return x[:kept], None if y is None else y[:kept], options


def split_samples(x, y, share):
    """Returns training and validation data, as `keras.Model.fit` splits them.

    Args:
        x: Array or tensor `(num_samples, ...)`.
        y: Array or tensor `(num_samples, ...)`, or `None`.
        share: Float, `validation_split` of `fit`.

    Returns:
        Two pairs of `x` and `y`.
    """
    first = int(np.floor(len(x) * (1.0 - share)))
    parts = (slice(None, first), slice(first, None))
    training, validation = ((x[part], None if y is None else y[part]) for part in parts)
    return training, validation


def _check_size(size, count, what, argument):
    if size < count:
        raise ValueError(
            f"Expected batches of at least one sample for each of {count} replicas. "
            f"Received: a {what} of {size}. Set {argument} to a multiple of {count}, "
            "or use fewer devices."
        )
    if size % count:
        raise ValueError(
            f"Expected batches that {count} replicas can share equally. Received: a "
            f"{what} of {size}. Set {argument} to a multiple of {count}: to that of "
            "one device, times the number of replicas."
        )


def _first_size(dataset):
    """Returns the size of the first batch, an integer."""
    spec = tf.nest.flatten(dataset.element_spec)[0]
    if spec.shape.rank and spec.shape[0] is not None:
        return spec.shape[0]
    first = next(iter(dataset.take(1)))
    return int(tf.shape(tf.nest.flatten(first)[0])[0])


def _divided(dataset, count):
    """Cuts each batch to a multiple of the number of replicas."""

    def cut(*batch):
        kept = tf.shape(tf.nest.flatten(batch)[0])[0] // count * count
        batch = tf.nest.map_structure(lambda x: x[:kept], batch)
        return batch if len(batch) > 1 else batch[0]

    def holds_any(*batch):
        return tf.shape(tf.nest.flatten(batch)[0])[0] > 0

    return dataset.map(cut).filter(holds_any)


def whole_on_each(dataset, strategy):
    """Returns a data set of which each replica gets whole elements, not shares.

    Args:
        dataset: `tf.data.Dataset`, whose elements are no batches.
        strategy: `tf.distribute.Strategy`.
    """
    if strategy.num_replicas_in_sync == 1:
        return dataset
    return strategy.distribute_datasets_from_function(lambda context: dataset)
