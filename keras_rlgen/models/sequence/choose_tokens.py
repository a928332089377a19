"""Choice of the next token from logits: filters, and sampling."""

import tensorflow as tf

# The size from which one cumulative sum over the vocabulary is slower than two.
LARGE_VOCABULARY = 512


def filtered_logits(logits, top_k=None, top_p=None, allowed=None):
    """Sets the logits of excluded tokens to minus infinity.

    Tokens that are not allowed are excluded first, then those below the `top_k`
    likeliest, then those outside the smallest set whose probability is at least
    `top_p`. The likeliest token allowed always stays.

    Args:
        logits: Float tensor `(..., vocabulary_size)`.
        top_k: Int32 scalar or integer >= 1; `None` for no limit. Tokens as likely as
            the last one are kept.
        top_p: Float scalar in (0, 1]; `None` for no limit.
        allowed: Bool tensor that broadcasts to `logits`; `None` if all tokens are.

    Returns:
        Float32 tensor of the shape of `logits`.

    Example:

    >>> logits = tf.math.log([[0.5, 0.3, 0.2]])
    >>> tf.math.is_finite(filtered_logits(logits, top_k=2)).numpy()
    array([[ True,  True, False]])
    >>> tf.math.is_finite(filtered_logits(logits, top_p=0.6)).numpy()
    array([[ True,  True, False]])

    Reference:
        [Holtzman et al., 2020](https://arxiv.org/abs/1904.09751), section 3.1, for
        `top_p`; [Fan et al., 2018](https://arxiv.org/abs/1805.04833) for `top_k`.
    """
    logits = tf.cast(logits, tf.float32)
    excluded = -float("inf")
    if allowed is not None:
        logits = tf.where(allowed, logits, excluded)
    if top_k is not None:
        ranked = tf.sort(logits, axis=-1, direction="DESCENDING")
        last = tf.minimum(tf.cast(top_k, tf.int32), tf.shape(logits)[-1]) - 1
        threshold = tf.gather(ranked, last, axis=-1)[..., tf.newaxis]
        logits = tf.where(logits >= threshold, logits, excluded)
    if top_p is not None:
        ranked = tf.sort(logits, axis=-1, direction="DESCENDING")
        before = tf.cumsum(tf.nn.softmax(ranked), axis=-1, exclusive=True)
        kept = tf.where(before < top_p, ranked, float("inf"))
        threshold = tf.reduce_min(kept, axis=-1, keepdims=True)
        logits = tf.where(logits >= threshold, logits, excluded)
    return logits


def sample_tokens(logits, uniforms):
    """Samples tokens by the inverse of their cumulative probabilities.

    Args:
        logits: Float32 tensor `(..., vocabulary_size)`, one or more of them finite.
        uniforms: Float32 tensor `(...)` in [0, 1), independent of each other.

    Returns:
        Int32 tensor `(...)`. A token whose logit is minus infinity is never sampled.

    Example:

    >>> logits = tf.math.log([[0.5, 0.3, 0.2]] * 3)
    >>> sample_tokens(logits, tf.constant([0.1, 0.6, 0.9])).numpy()
    array([0, 1, 2], dtype=int32)
    """
    size = logits.shape[-1]
    peak = tf.stop_gradient(tf.reduce_max(logits, axis=-1, keepdims=True))
    weights = tf.exp(logits - peak)
    if size < LARGE_VOCABULARY:
        return _quantile(weights, uniforms * tf.reduce_sum(weights, axis=-1))
    # First the block of tokens, then the token: most cumulative sums are not needed.
    root = int(size**0.5)
    width = next((w for w in range(root, 2 * root) if size % w == 0), root)
    lead = tf.shape(logits)[:-1]
    padding = -size % width
    weights = tf.reshape(weights, [-1, size])
    if padding:
        weights = tf.pad(weights, [[0, 0], [0, padding]])
    blocks = tf.reshape(weights, [-1, (size + padding) // width, width])
    of_blocks = tf.reduce_sum(blocks, axis=-1)
    position = tf.reshape(uniforms, [-1]) * tf.reduce_sum(of_blocks, axis=-1)
    block = _quantile(of_blocks, position)
    before = tf.cumsum(of_blocks, axis=-1, exclusive=True)
    position -= tf.gather(before, block, batch_dims=1)
    within = _quantile(tf.gather(blocks, block, batch_dims=1), position)
    return tf.reshape(block * width + within, lead)


def _quantile(weights, position):
    """Returns the index at which the cumulative sum of weights passes a position.

    Positions are moved into [0, sum of the weights), so that rounding cannot lead to an
    index without weight.
    """
    sums = tf.cumsum(weights, axis=-1)
    largest = sums[..., -1] * (1.0 - 1e-6)
    position = tf.clip_by_value(position, 0.0, largest)
    passed = position[..., tf.newaxis] >= sums[..., :-1]
    return tf.reduce_sum(tf.cast(passed, tf.int32), axis=-1)
