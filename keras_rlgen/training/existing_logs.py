"""Leaves out of logs what does not exist yet, such as a loss before an update."""

import keras


class ExistingLogs:
    """Leaves out of logs the results of metrics that nothing was added to.

    Keras reports 0 for a mean of nothing. `ModelCheckpoint` takes that for the best
    loss, and a NaN in its place makes `EarlyStopping` lose patience.

    A metric that was found to exist is not looked at again before `reset`.
    """

    def __init__(self):
        self._known = set()

    def reset(self):
        """Forgets which metrics exist, as after `reset_metrics`."""
        self._known = set()

    def __call__(self, logs, metrics):
        """Returns the logs that exist.

        Args:
            logs: Dict from names to values.
            metrics: Dict from names to the `keras.Metric` of each. Names without a
                metric are kept.

        Returns:
            Dict.
        """
        unknown = [name for name in logs if name not in self._known]
        missing = {n for n in unknown if n in metrics and is_empty(metrics[n])}
        self._known.update(name for name in unknown if name not in missing)
        return {name: value for name, value in logs.items() if name not in missing}


def is_empty(metric):
    """Returns whether a metric has no result yet.

    Args:
        metric: `keras.Metric`. A mean has none of nothing; another one says so by an
            attribute `is_empty`.

    Example:

    >>> mean = keras.metrics.Mean()
    >>> is_empty(mean)
    True
    >>> mean.update_state(0.0)
    >>> is_empty(mean), is_empty(keras.metrics.Sum())
    (False, False)
    """
    if isinstance(metric, keras.metrics.Mean):
        return not float(keras.ops.convert_to_numpy(metric.count))
    return bool(getattr(metric, "is_empty", False))
