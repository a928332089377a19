import tensorflow as tf


def judge_latents(model, reward, samples, latents, condition, training, pathwise=False):
    """Computes the log-likelihood and reward of an autoencoder's latents.

    Args:
        model: `LatentVariableModel`.
        reward: `Reward` of decoded samples (their mean) and their condition, or `None`.
        samples: Float32 tensor `(batch, ...)`, the samples that were encoded.
        latents: Float32 tensor `(count, batch, ...)`.
        condition: What the samples are conditioned on, or `None`.
        training: Boolean.
        pathwise: Whether the reward's gradient passes through the latents.

    Returns:
        Log-likelihood and reward, float32 `(count, batch)`; the means of the
        reward's terms, a dict; and a scalar loss, whose gradient with respect to the
        latents is that of the negative mean reward, and zero with respect to all else.
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
    reward_loss = 0.0
    if pathwise:
        with tf.GradientTape() as tape:
            fixed = tf.stop_gradient(flat)
            tape.watch(fixed)
            parameters = model._decoder_output(fixed, condition, training)
            mean = model.distribution.mean(parameters)
            value, terms = reward.terms(mean, condition, training=training)
        # The gradient of a null reward is zero.
        gradient = tape.gradient(value, fixed, unconnected_gradients="zero")
        gradient = tf.stop_gradient(gradient)
        size = tf.cast(tf.shape(flat)[0], tf.float32)
        reward_loss = -tf.reduce_sum(gradient * flat) / size
    else:
        mean = model.distribution.mean(parameters)
        value, terms = reward.terms(mean, condition, training=training)
    value = tf.reshape(tf.stop_gradient(value), [count, -1])
    means = {f"reward_{name}": tf.reduce_mean(t) for name, t in terms.items()}
    return log_likelihood, value, means, reward_loss


def _tiled(values, count):
    return tf.tile(values, [count] + [1] * (values.shape.rank - 1))
