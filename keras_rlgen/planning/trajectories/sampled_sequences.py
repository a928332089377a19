import tensorflow as tf

from keras_rlgen.training.stateless_random import validated_seed


def sampled_sequences(evaluate, mean, scale, low, high, population, seed):
    """Samples sequences of actions, and evaluates them.

    Args:
        evaluate: As in `cross_entropy_method`.
        mean: Float32 tensor `(B, H, ...)`.
        scale: Float32 tensor `(B, H, ...)`, the standard deviation.
        low: Float32 tensor that broadcasts to `mean`.
        high: Float32 tensor that broadcasts to `mean`.
        population: Integer `P`.
        seed: Int32 tensor `(2,)`.

    Returns:
        A pair: the sequences, float32 `(B, P, H, ...)`, clipped to the bounds, and
        their values `(B, P)`. A value that is not finite becomes the least number, so
        that it is never among the best.
    """
    keys = [validated_seed(key) for key in tf.unstack(tf.random.split(seed, 2))]
    many = tf.repeat(mean[:, None], population, axis=1)
    noise = tf.random.stateless_normal(tf.shape(many), keys[0])
    actions = tf.clip_by_value(many + scale[:, None] * noise, low, high)
    values = evaluate(actions, keys[1])
    return actions, tf.where(tf.math.is_finite(values), values, values.dtype.min)
