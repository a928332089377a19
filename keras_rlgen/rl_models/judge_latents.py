import tensorflow as tf


def judge_latents(model, reward, samples, latents, condition, training, pathwise=False):
    """Returns what latents of an autoencoder are worth.

    Args:
        model: `LatentVariableModel`, which decodes.
        reward: `Reward` of decoded samples (their mean) and their condition, or `None`.
        samples: Float32 tensor `(batch, ...)`, what the latents stand for.
        latents: Float32 tensor `(count, batch, ...)`.
        condition: What the samples are conditioned on, or `None`.
        training: Boolean.
        pathwise: Whether the reward's gradient passes through the latents.

    Returns:
        Log-likelihood and reward, float32 `(count, batch)`; the means of the
        reward's terms, a dict; and a scalar whose gradient is that of the reward's
        negative mean in the latents, and in nothing else.
    """
    count = latents.shape[0]
    flat = tf.reshape(latents, [-1, *model.latents.shape])
    condition = None if condition is None else _tiled(condition, count)
    parameters = model._decoder_output(flat, condition, training)
    decoded = model.distribution.tfp_distribution(parameters)
    log_likelihood = decoded.log_prob(_tiled(samples, count))
    log_likelihood = tf.reshape(log_likelihood, [count, -1])
    if reward is None:
        return log_likelihood, tf.zeros_like(log_likelihood), {}, 0.0
    slope_loss = 0.0
    if pathwise:
        with tf.GradientTape() as tape:
            fixed = tf.stop_gradient(flat)
            tape.watch(fixed)
            parameters = model._decoder_output(fixed, condition, training)
            mean = model.distribution.mean(parameters)
            value, terms = reward.terms(mean, condition, training=training)
        # Of a null reward it is zero.
        slope = tape.gradient(value, fixed, unconnected_gradients="zero")
        slope = tf.stop_gradient(slope)
        size = tf.cast(tf.shape(flat)[0], tf.float32)
        slope_loss = -tf.reduce_sum(slope * flat) / size
    else:
        mean = model.distribution.mean(parameters)
        value, terms = reward.terms(mean, condition, training=training)
    value = tf.reshape(tf.stop_gradient(value), [count, -1])
    means = {f"reward_{name}": tf.reduce_mean(t) for name, t in terms.items()}
    return log_likelihood, value, means, slope_loss


def _tiled(values, count):
    return tf.tile(values, [count] + [1] * (values.shape.rank - 1))
