import numpy as np
import tensorflow as tf

from keras_rlgen.arguments import is_number
from keras_rlgen.models import data_checks
from keras_rlgen.models.sequence.token_choice import TokenChoice


class GenerationRequest:
    """The validated arguments of `SequenceGenerator.generate`.

    Args:
        model: `SequenceGenerator`.
        num_samples: Positive integer.
        prefix: As in `SequenceGenerator.generate`.
        top_k: As in `SequenceGenerator.generate`.
        top_p: As in `SequenceGenerator.generate`.
        mask: As in `SequenceGenerator.generate`.

    Attributes:
        choice: `TokenChoice`.
        structure: Hashable: requests of the same structure share a graph.

    Raises:
        ValueError: If an argument is out of its range.
        TypeError: If a prefix is not of integers.
    """

    def __init__(self, model, num_samples, prefix, top_k, top_p, mask):
        whole = isinstance(top_k, (int, np.integer)) and not isinstance(top_k, bool)
        if top_k is not None and not (whole and top_k >= 1):
            raise ValueError(
                f"Expected `top_k` to be an integer >= 1, or None. Received: {top_k!r}"
            )
        if top_p is not None and not (is_number(top_p) and 0.0 < top_p <= 1.0):
            raise ValueError(
                f"Expected `top_p` in (0, 1], or None. Received: {top_p!r}"
            )
        known = None
        if prefix is not None:
            prefix, known = self._padded_prefix(model, num_samples, prefix)
        function = mask if callable(mask) else None
        allowed = None
        if mask is not None and function is None:
            allowed = self._allowed(model, mask)
        self.choice = TokenChoice(
            prefix=prefix,
            num_known=known,
            top_k=None if top_k is None else tf.constant(int(top_k), tf.int32),
            top_p=None if top_p is None else tf.constant(float(top_p), tf.float32),
            allowed=allowed,
            mask=function,
        )
        given = (value is not None for value in self.choice[:-1])
        self.structure = (*given, function)

    def _padded_prefix(self, model, num_samples, prefix):
        """Returns a prefix `(num_samples, length[, voices])`, and its length."""
        prefix = np.asarray(prefix)
        rank = len(model.sample_shape)
        if prefix.ndim == rank:
            prefix = np.repeat(prefix[np.newaxis], num_samples, axis=0)
        rest = model.sample_shape[1:]
        if prefix.shape[:1] != (num_samples,) or prefix.shape[2:] != rest:
            voices = "" if model.voices is None else f", {model.voices}"
            raise ValueError(
                f"Expected `prefix` of shape (steps{voices}) or ({num_samples}, steps"
                f"{voices}). Received: {prefix.shape}"
            )
        steps = prefix.shape[1]
        if steps > model.length:
            raise ValueError(
                f"Expected a prefix of at most {model.length} steps, the length of the "
                f"sequences. Received: {steps}"
            )
        if steps:
            data_checks.check_array(prefix, model.value_range, "int32")
        padded = np.zeros((num_samples, *model.sample_shape), "int32")
        padded[:, :steps] = prefix
        return tf.constant(padded), tf.constant(steps, tf.int32)

    def _allowed(self, model, mask):
        """Returns a mask `(length[, voices], vocabulary_size)`."""
        mask = np.asarray(mask)
        full = *model.sample_shape, model.vocabulary_size
        if not np.isin(mask, (0, 1)).all():
            raise ValueError(
                "Expected `mask` of booleans, or of zeros and ones: one at tokens that "
                f"may be sampled. Received values from {mask.min()} to {mask.max()}."
            )
        try:
            allowed = np.broadcast_to(mask.astype(bool), full)
        except ValueError:
            raise ValueError(
                f"Expected `mask` of a shape that broadcasts to {full}. Received: "
                f"{mask.shape}"
            ) from None
        nothing = np.argwhere(~allowed.any(axis=-1))
        if len(nothing):
            raise ValueError(
                "Expected `mask` to allow at least one token of each step. It allows "
                f"none at step {nothing[0][0]}."
            )
        return tf.constant(allowed)
