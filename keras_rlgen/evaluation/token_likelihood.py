"""Likelihood of token sequences under a model, per token."""

import numpy as np


def token_nll(model, tokens, temperature=1.0, batch_size=500):
    """Computes the mean negative log-likelihood of the tokens of sequences.

    Under an oracle, of sequences that a generator made, it is the oracle's NLL, the
    quality; of held-out data, under the generator, the generator's NLL, the diversity.

    Args:
        model: `keras_rlgen.SequenceGenerator`, or any model with
            `step_log_probs(tokens, temperature=...)` and `valid_steps(tokens)`; or a
            trainer of one, with the attribute `generator`.
        tokens: Integer array `(num_sequences, length)`.
        temperature: Positive float, which divides the model's logits.
        batch_size: Integer, sequences evaluated at a time.

    Returns:
        Float, nats per token, padding excluded.

    Raises:
        TypeError: If the model has no `step_log_probs`.

    Example:

    ```python
    nll_oracle = token_nll(oracle, gan.generate(10_000))
    nll_gen = token_nll(gan, held_out)
    ```

    Reference:
        [Yu et al., 2017](https://arxiv.org/abs/1609.05473), equation 9; [Zhu et al.,
        2018](https://arxiv.org/abs/1802.01886), section 3.1, for both.
    """
    model = stepwise(model)
    total, count = 0.0, 0
    for start in range(0, len(tokens), batch_size):
        batch = np.asarray(tokens[start : start + batch_size])
        log_probs = np.asarray(model.step_log_probs(batch, temperature=temperature))
        valid = np.asarray(model.valid_steps(batch))
        total -= float(np.sum(log_probs[valid], dtype="float64"))
        count += int(valid.sum())
    return total / count


def stepwise(model):
    """Returns a model with `step_log_probs`: the given one, or its generator.

    Raises:
        TypeError: If neither has it.
    """
    for candidate in (model, getattr(model, "generator", None)):
        if callable(getattr(candidate, "step_log_probs", None)):
            return candidate
    raise TypeError(
        "Expected a `SequenceGenerator`, or a trainer of one, such as `RewardTuner`. "
        f"Received: {model!r} of type {type(model).__name__}"
    )
