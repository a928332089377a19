from typing import Any, NamedTuple

import tensorflow as tf


class Decoding(NamedTuple):
    """Sequences of a batch of `B`, generated up to `index`.

    Attributes:
        index: Int32 scalar, the step that comes next.
        state: Nest of tensors `(B, ...)`, the state of the backbone.
        token: Int32 tensor `(B[, voices])`, the latest token, which the backbone has
            not seen yet.
        tokens: Int32 tensor `(length, B[, voices])`, undefined from `index` on.
        ended: Bool tensor `(B,)`, whether the end token has been generated.
        blocked: Bool scalar, whether a mask excluded every token of a step.
    """

    index: tf.Tensor
    state: Any
    token: tf.Tensor
    tokens: tf.Tensor
    ended: tf.Tensor
    blocked: tf.Tensor


def begin(backbone, context, length, end_token=None):
    """Returns a `Decoding` of empty sequences after a context.

    Args:
        backbone: What has `start` and `step`, such as `RecurrentBackbone`.
        context: Int32 tensor `(B, steps[, voices])`, one step or more: what precedes
            the sequences.
        length: Integer, the length of the sequences.
        end_token: Integer, or `None`.
    """
    count, steps = tf.shape(context)[0], context.shape[1]
    state = backbone.start(count)
    if steps > 1:
        by_step = tf.experimental.numpy.moveaxis(context, 1, 0)

        def see(index, state):
            _, after = backbone.step(by_step[index], state)
            return index + 1, _with_shapes_of(state, after)

        _, state = tf.while_loop(
            lambda index, state: index < steps - 1, see, (tf.constant(0), state)
        )
    token = context[:, -1]
    fill = tf.zeros_like(token) + (0 if end_token is None else end_token)
    return Decoding(
        index=tf.constant(0),
        state=state,
        token=token,
        tokens=tf.repeat(fill[tf.newaxis], length, axis=0),
        ended=tf.zeros((count,), tf.bool),
        blocked=tf.constant(False),
    )


def decode(backbone, decoding, choose, until, end_token=None):
    """Generates the tokens of sequences, one step after another.

    After an end token, all tokens of a sequence are end tokens.

    Args:
        backbone: As in `begin`.
        decoding: `Decoding`, where to begin.
        choose: Function `(index, logits, tokens)` to a pair: the tokens of a step,
            int32 `(B[, voices])`, and whether there was none to choose from, bool
            `(B,)`. Logits are float32 `(B[, voices], vocabulary_size)`, tokens those of
            `Decoding`.
        until: Integer or int32 scalar, the step before which to stop.
        end_token: Integer, or `None`.

    Returns:
        `Decoding`. If all sequences have ended, `index` may be below `until`.
    """

    def wanted(now):
        more = now.index < until
        if end_token is None:
            return more
        return more & ~tf.reduce_all(now.ended)

    def advance(now):
        logits, state = backbone.step(now.token, now.state)
        token, blocked = choose(now.index, logits, now.tokens)
        ended = now.ended
        blocked = now.blocked | tf.reduce_any(blocked & ~ended)
        if end_token is not None:
            token = tf.where(ended, end_token, token)
            ended |= token == end_token
        tokens = tf.tensor_scatter_nd_update(
            now.tokens, now.index[tf.newaxis, tf.newaxis], token[tf.newaxis]
        )
        after = Decoding(now.index + 1, state, token, tokens, ended, blocked)
        return (_with_shapes_of(now, after),)

    (decoding,) = tf.while_loop(wanted, advance, (decoding,))
    return decoding


def _with_shapes_of(before, after):
    return tf.nest.map_structure(
        lambda old, new: tf.ensure_shape(new, old.shape), before, after
    )
