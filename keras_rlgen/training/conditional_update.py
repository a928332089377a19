import tensorflow as tf


def run_if(condition, update):
    """Runs `update` where `condition` holds, inside of a training step.

    As `tf.cond`, but for updates by an optimizer, which under a `tf.distribute`
    strategy asks for all replicas. A branch within a replica cannot give it that, so
    this branches across them, as Keras' `LossScaleOptimizer` does.

    Args:
        condition: Boolean scalar tensor.
        update: Callable without arguments, whose result is dropped.

    Example:

    >>> weight = tf.Variable(1.0)
    >>> run_if(weight > 0.0, lambda: weight.assign(5.0))
    >>> weight.numpy()
    np.float32(5.0)
    """

    def across_replicas(strategy):
        def run():
            strategy.extended.call_for_each_replica(update)
            return True

        tf.cond(condition, run, lambda: False)

    tf.distribute.get_replica_context().merge_call(across_replicas)
