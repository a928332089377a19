import keras
import tensorflow as tf


def metric_results(metrics):
    """Returns the results of metrics, in their order, NaN for a mean of nothing.

    Args:
        metrics: List of `keras.metrics.Metric` of scalars.

    Returns:
        Float32 tensor `(len(metrics),)`.

    Example:

    >>> metric_results([keras.metrics.Mean(), keras.metrics.Sum()]).numpy()
    array([nan,  0.], dtype=float32)
    """
    return tf.stack([metric_result(metric) for metric in metrics])


def metric_result(metric):
    """Returns the result of a metric, NaN for a mean of nothing."""
    if isinstance(metric, keras.metrics.Mean):
        return metric.total / metric.count
    return metric.result()
