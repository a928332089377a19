import keras
import numpy as np
import tensorflow as tf

from keras_rlgen import metrics
from keras_rlgen.arguments import is_integer
from keras_rlgen.evaluation.quality_diversity_table import QualityDiversityTable
from keras_rlgen.evaluation.token_likelihood import stepwise, token_nll
from keras_rlgen.rewards import Reward

TEMPERATURES = (1.2, 1.1, 1.0, 0.9, 0.8, 0.7, 0.6, 0.5)


def quality_diversity(
    models,
    test,
    quality="bleu",
    diversity="nll",
    temperatures=TEMPERATURES,
    order=4,
    num_samples=None,
    batch_size=500,
    seed=0,
    verbose=0,
):
    """Compares generators of sequences on the frontier of quality and diversity.

    Any model gets better samples at a lower temperature, and fewer different ones. So
    a single score of quality says nothing: a model is better than another if its
    samples are better *at equal diversity*. Each model is evaluated at each
    temperature, its weights as they are.

    Pass the models that null rewards have trained (`rewards.Constant`,
    `rewards.UniformRandom`, `rewards.Shuffled`) beside those of the reward.

    Args:
        models: Dict from names to a model, or to a list of models, one for each
            seed. A model is a `keras_rlgen.SequenceGenerator`, or a trainer of one with
            `generate` and the attribute `generator`, such as a `RewardTuner`.
        test: Integer array `(num_sequences, length)`, held-out data. With a reference
            model as quality and NLL as diversity its own quality is not needed.
        quality: What good samples are:

            - `"bleu"`: BLEU-n against `test`; higher is better.
            - A model of sequences, an oracle or another reference: the mean negative
              log-likelihood of generated tokens under it, nats; lower is better.
            - A `keras_rlgen.rewards.Reward`: its mean; higher is better.
        diversity: What different samples are:

            - `"nll"`: the mean negative log-likelihood of the tokens of `test` under
              the model *at that temperature*, nats; lower is better. A model that lacks
              some of the data cannot hide it.
            - `"self_bleu"`: self-BLEU-n of the samples; lower is better.
        temperatures: Sequence of positive floats.
        order: Integer >= 1, n of BLEU and self-BLEU.
        num_samples: Integer >= 2, samples of each model at each temperature. Defaults
            to the number of test sequences. Self-BLEU depends on it.
        batch_size: Integer, sequences generated and evaluated at a time.
        seed: Integer >= 0, of sampling.
        verbose: 0 for no output, else a line a model.

    Returns:
        `QualityDiversityTable`. `print(table)` shows it, `table.write_picture(path)`
        draws the frontiers, `table.margin("gan", "likelihood")` says how much better
        one is at equal diversity.

    Raises:
        TypeError: If a model is something else.
        ValueError: If an argument is out of its range.

    Example:

    ```python
    table = evaluation.quality_diversity(
        {"likelihood": notes, "gan": gan, "constant reward": control}, test
    )
    print(table)
    table.margin("gan", "likelihood")["beats"]
    ```

    Reference:
        [Caccia et al., 2020](https://arxiv.org/abs/1811.02549), sections 3 and 4:
        temperature sweeps; with an oracle, its NLL and the generator's NLL of test
        data.
    """
    models = _named(models)
    test = np.asarray(test)
    temperatures = _checked_temperatures(temperatures)
    num_samples = len(test) if num_samples is None else num_samples
    if not (is_integer(num_samples) and num_samples >= 2):
        raise ValueError(f"Expected `num_samples` >= 2. Received: {num_samples!r}")
    quality_name, higher, measure = _quality(quality, test, order, batch_size)
    if diversity not in ("nll", "self_bleu"):
        raise ValueError(
            f"Expected `diversity` 'nll' or 'self_bleu'. Received: {diversity!r}"
        )
    rows = []
    for name, of_seeds in models.items():
        for index, model in enumerate(of_seeds):
            generator = stepwise(model)
            end_token = getattr(generator, "end_token", None)
            for temperature in temperatures:
                samples = _generated(
                    generator, num_samples, batch_size, temperature, seed
                )
                if diversity == "nll":
                    spread = token_nll(generator, test, temperature, batch_size)
                else:
                    scores = metrics.self_bleu(samples, order, end_token)
                    (spread,) = scores.values()
                distinct = metrics.distinct_n_grams(samples, 2, end_token)
                rows.append(
                    {
                        "model": name,
                        "seed": index,
                        "temperature": temperature,
                        "quality": measure(samples, end_token),
                        "diversity": spread,
                        "distinct_2": distinct["distinct_2"],
                    }
                )
            if verbose:
                print(f"{name}, seed {index}: evaluated", flush=True)
    diversity_name = "nll" if diversity == "nll" else f"self_bleu_{order}"
    return QualityDiversityTable(rows, quality_name, diversity_name, higher)


def _named(models):
    if not isinstance(models, dict) or not models:
        raise TypeError(
            "Expected a dict from names to models, such as "
            f"{{'likelihood': model}}. Received: {models!r}"
        )
    named = {
        name: list(value) if isinstance(value, (list, tuple)) else [value]
        for name, value in models.items()
    }
    for name, of_seeds in named.items():
        if not of_seeds:
            raise ValueError(f"Expected at least one model for {name!r}. Received none")
        for model in of_seeds:
            stepwise(model)
    return named


def _checked_temperatures(temperatures):
    values = [float(t) for t in temperatures]
    if not values or not all(0.0 < t < np.inf for t in values):
        raise ValueError(
            f"Expected positive, finite temperatures. Received: {temperatures!r}"
        )
    return sorted(set(values), reverse=True)


def _quality(quality, test, order, batch_size):
    """Returns the column's name, whether higher is better, and a function."""
    if quality == "bleu":

        def score(samples, end_token):
            (value,) = metrics.bleu(samples, test, order, end_token).values()
            return value

        return f"bleu_{order}", True, score
    if isinstance(quality, Reward):

        def mean(samples, end_token):
            parts = range(0, len(samples), batch_size)
            values = [quality(tf.constant(samples[i : i + batch_size])) for i in parts]
            return float(np.mean(np.concatenate(values)))

        return quality.name, True, mean
    if isinstance(quality, keras.Model) or hasattr(quality, "step_log_probs"):
        oracle = stepwise(quality)
        name = "nll_oracle"
        return name, False, lambda x, _: token_nll(oracle, x, batch_size=batch_size)
    raise TypeError(
        "Expected `quality` to be 'bleu', a model of sequences, or a `Reward`. "
        f"Received: {quality!r} of type {type(quality).__name__}"
    )


def _generated(model, num_samples, batch_size, temperature, seed):
    # The same seeds at all temperatures and for all models.
    parts = []
    for index, start in enumerate(range(0, num_samples, batch_size)):
        size = min(batch_size, num_samples - start)
        batch_seed = seed + 1000 * index
        parts.append(model.generate(size, seed=batch_seed, temperature=temperature))
    return np.concatenate(parts)
