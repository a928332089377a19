import keras
import tensorflow as tf


def metric_results(metrics):
    """Returns the results of metrics, and which of them exist.

    Args:
        metrics: List of `keras.metrics.Metric` of scalars.

    Returns:
        A pair: float32 tensor `(len(metrics),)`; and bool tensor `(len(metrics),)`,
        false for a mean of nothing.

    Example:

    >>> values, exist = metric_results([keras.metrics.Mean(), keras.metrics.Sum()])
    >>> exist.numpy()
    array([False,  True])
    """
    values = tf.stack([metric.result() for metric in metrics])
    return values, tf.stack([tf.constant(True) & _exists(m) for m in metrics])


def _exists(metric):
    return metric.count > 0.0 if isinstance(metric, keras.metrics.Mean) else True
