import tensorflow as tf

from keras_rlgen.models.sequence.decode import begin, decode
from keras_rlgen.models.sequence.token_choice import TokenChoice


def rollout_values(
    backbone, context, tokens, rewards, reward, num_rollouts, key, end_token=None
):
    """Computes the mean reward of sequences that begin with the same tokens.

    Sequences are completed from each prefix by the backbone's policy, all rollouts of a
    prefix in one batch.

    Args:
        backbone: The policy, such as `RecurrentBackbone`.
        context: Int32 tensor `(batch, steps[, voices])`, what precedes the sequences.
        tokens: Int32 tensor `(batch, length[, voices])`.
        rewards: Float32 tensor `(batch,)`, the rewards of `tokens`.
        reward: Function of sequences `(num_rollouts * batch, length[, voices])` to
            their rewards, float32 `(num_rollouts * batch,)`.
        num_rollouts: Integer >= 1, the rollouts of each prefix.
        key: Int32 tensor `(2,)`.
        end_token: Integer, or `None`.

    Returns:
        Float32 tensor `(batch, length)`, the value of each token: the mean reward of
        rollouts from the prefix that ends with it; at the last `rewards`.

    Reference:
        [Yu et al., 2017](https://arxiv.org/abs/1609.05473), equation 4.
    """
    batch, length = tf.shape(tokens)[0], tokens.shape[1]
    by_step = tf.experimental.numpy.moveaxis(tokens, 1, 0)
    nothing_blocked = tf.zeros((batch,), tf.bool)

    def see(index, logits, known):
        return by_step[index], nothing_blocked

    def rollouts(decoding):
        def repeated(axis):
            return lambda values: tf.repeat(values, num_rollouts, axis=axis)

        many = decoding._replace(
            state=tf.nest.map_structure(repeated(0), decoding.state),
            token=repeated(0)(decoding.token),
            tokens=repeated(1)(decoding.tokens),
            ended=repeated(0)(decoding.ended),
        )
        step_key = tf.random.experimental.stateless_fold_in(key, decoding.index)
        shape = tf.concat([[length], tf.shape(many.token)], axis=0)
        noise = tf.random.stateless_uniform(shape, step_key)
        noise = tf.ensure_shape(noise, (length, *many.token.shape))
        choose = TokenChoice().chooser(noise, 1.0)
        many = decode(backbone, many, choose, length, end_token)
        completed = tf.experimental.numpy.moveaxis(many.tokens, 0, 1)
        completed = tf.ensure_shape(completed, (None, *tokens.shape[1:]))
        values = tf.reshape(reward(completed), [batch, num_rollouts])
        return tf.reduce_mean(values, axis=1)

    def value(step, decoding, values):
        decoding = decode(backbone, decoding, see, step + 1, end_token)
        decoding = decoding._replace(index=step + 1)
        here = tf.one_hot(step, length) * rollouts(decoding)[:, tf.newaxis]
        return step + 1, decoding, values + here

    values = tf.one_hot(length - 1, length) * rewards[:, tf.newaxis]
    start = begin(backbone, context, length, end_token)
    *_, values = tf.while_loop(
        lambda step, *_: step < length - 1, value, (tf.constant(0), start, values)
    )
    return values
