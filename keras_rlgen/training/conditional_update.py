import tensorflow as tf


def run_if(condition, update):
    """Runs `update` if `condition` holds, inside a training step.

    Like `tf.cond`, but for optimizer updates, which under a `tf.distribute` strategy
    need the cross-replica context. A branch within a replica has none, so this one
    branches across replicas, as Keras' `LossScaleOptimizer` does.

    Args:
        condition: Boolean scalar tensor.
        update: Callable without arguments, whose result is ignored.

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
