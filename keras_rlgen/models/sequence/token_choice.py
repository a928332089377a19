from typing import Any, NamedTuple

import tensorflow as tf

from keras_rlgen.models.sequence.choose_tokens import filtered_logits, sample_tokens


class TokenChoice(NamedTuple):
    """How the token of a step is chosen from its logits.

    Attributes:
        prefix: Int32 tensor `(batch, length[, voices])`, whose first `num_known` steps
            are given; `None` for none.
        num_known: Int32 scalar, or `None`.
        top_k: Int32 scalar, or `None`.
        top_p: Float32 scalar, or `None`.
        allowed: Bool tensor `(length[, voices], vocabulary_size)`, or `None`.
        mask: Function as in `SequenceGenerator.generate`, or `None`.
    """

    prefix: Any = None
    num_known: Any = None
    top_k: Any = None
    top_p: Any = None
    allowed: Any = None
    mask: Any = None

    def chooser(self, noise, temperature):
        """Returns the function `choose` of `decode`.

        Args:
            noise: Float32 tensor `(length, batch[, voices])`, uniform in [0, 1).
            temperature: Float32 scalar, which divides the logits.
        """

        def choose(index, logits, tokens):
            allowed = None if self.allowed is None else self.allowed[index]
            if self.mask is not None:
                tokens = tf.experimental.numpy.moveaxis(tokens, 0, 1)
                allowed = tf.cast(self.mask(tokens, index), tf.bool)
                if not allowed.shape.is_compatible_with(logits.shape):
                    raise ValueError(
                        "Expected the function `mask` to return booleans of shape "
                        f"{logits.shape}. Received: {allowed.shape}"
                    )
            logits = filtered_logits(
                logits / temperature, self.top_k, self.top_p, allowed
            )
            token = sample_tokens(logits, noise[index])
            blocked = tf.zeros(tf.shape(token)[:1], tf.bool)
            if allowed is not None:
                possible = tf.reduce_any(logits > -float("inf"), axis=-1)
                possible = tf.reshape(possible, [tf.shape(token)[0], -1])
                blocked = ~tf.reduce_all(possible, axis=1)
            if self.prefix is not None:
                known = index < self.num_known
                token = tf.where(known, self.prefix[:, index], token)
                blocked &= ~known
            return token, blocked

        return choose
