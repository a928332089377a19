import tensorflow as tf

from keras_rlgen.losses.check_logits import check_logits
from keras_rlgen.losses.masked_reductions import masked_sum


class JudgedSequences:
    """A discriminator of sequences: logits of whole ones or of their steps.

    Args:
        generator: `SequenceGenerator`, whose sequences are judged.
        discriminator: As in `SequenceGAN`.

    Attributes:
        has_step_logits: Whether there is a logit for each step.

    Raises:
        ValueError: If the discriminator does not take such sequences, its output has
            another shape, or it ends in a sigmoid.
    """

    def __init__(self, generator, discriminator):
        self.generator = generator
        self.discriminator = discriminator
        tokens = tf.fill((2, *generator.sample_shape), generator.vocabulary_size - 1)
        try:
            logits = discriminator(tokens, training=False)
        except Exception as error:
            raise ValueError(
                f"The discriminator does not take tokens of shape {tokens.shape}, from "
                f"0 to {generator.vocabulary_size - 1}. Its "
                f"input: {getattr(discriminator, 'input_shape', 'unknown')}. Error: "
                f"{error}"
            ) from error
        shape = tuple(logits.shape)
        of_sequences, of_steps = [(2,), (2, 1)], (2, generator.length)
        if shape not in [*of_sequences, of_steps, (*of_steps, 1)]:
            raise ValueError(
                "Expected logits of shape (batch,) or (batch, 1), or one for each step "
                f"(batch, {generator.length}). Received: {('batch', *shape[1:])}"
            )
        check_logits(discriminator)
        self.has_step_logits = shape not in of_sequences

    def _logits(self, tokens, training):
        logits = tf.cast(self.discriminator(tokens, training=training), tf.float32)
        steps = [self.generator.length] if self.has_step_logits else []
        return tf.ensure_shape(tf.reshape(logits, [-1, *steps]), (None, *steps))

    def of_steps(self, tokens, training):
        """Returns logits `(batch, length)`; `()` if there are none of steps."""
        return self._logits(tokens, training) if self.has_step_logits else ()

    def of_sequences(self, tokens, training):
        """Returns logits `(batch,)`; of logits of steps the mean over valid ones."""
        logits = self._logits(tokens, training)
        if not self.has_step_logits:
            return logits
        valid = self.generator.valid_steps(tokens)
        counted = masked_sum(tf.ones_like(logits), valid)
        return masked_sum(logits, valid) / counted

    def flat(self, tokens, training):
        """Returns the logits of all sequences, or of all valid steps, `(count,)`."""
        logits = self._logits(tokens, training)
        if not self.has_step_logits:
            return logits
        return tf.boolean_mask(logits, self.generator.valid_steps(tokens))

    def without_padding(self, tokens):
        """Replaces what follows an end token by end tokens, as in generated ones."""
        end = self.generator.end_token
        if end is None:
            return tf.cast(tokens, tf.int32)
        valid = self.generator.valid_steps(tokens)
        return tf.where(valid, tf.cast(tokens, tf.int32), end)
