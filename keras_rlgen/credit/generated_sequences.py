from collections.abc import Callable
from typing import Any, NamedTuple


class GeneratedSequences(NamedTuple):
    """Sequences of a generator, and what credit is assigned by.

    Attributes:
        tokens: Int32 tensor `(batch, steps[, voices])`.
        valid: Bool tensor `(batch, steps)`, false at padding.
        rewards: Float32 tensor `(batch,)`, of whole sequences.
        step_logits: Float32 tensor `(batch, steps)`, the discriminator's logits of each
            token given those before, real is high; `()` if it has one for a sequence.
        rollout_values: Function of the number of rollouts to float32 `(batch, steps)`:
            the mean reward of so many sequences that begin with the same tokens, up to
            and including that of the step.
        previous_tokens: Int32 tensor like `tokens`, those before each step, beginning
            with the start token.
    """

    tokens: Any
    valid: Any
    rewards: Any
    step_logits: Any = ()
    rollout_values: Callable | None = None
    previous_tokens: Any = ()
