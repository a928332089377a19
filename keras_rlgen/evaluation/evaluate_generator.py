import json
import math
import pathlib

import numpy as np

from keras_rlgen import metrics, pictures
from keras_rlgen.arguments import check_integer, check_seed
from keras_rlgen.evaluation.evaluation_page import write_evaluation_page
from keras_rlgen.evaluation.evaluation_table import EvaluationTable
from keras_rlgen.models.data_checks import RANGE_TOLERANCE
from keras_rlgen.models.real_samples import as_samples
from keras_rlgen.training.progress_line import ProgressLine
from keras_rlgen.whole_files import check_writable, write_text

MINIMUM_SAMPLES = 10
_PICTURED = 36
_PICTURED_NEIGHBORS = 8


def evaluate_generator(
    model,
    train,
    held_out,
    conditions=None,
    features="identity",
    directory=None,
    max_samples=10_000,
    batch_size=500,
    seed=0,
    verbose="auto",
):
    """Compares a model's samples with real ones, by all metrics.

    It generates as many samples as there are held-out ones, and compares them by
    Fréchet and kernel distance, precision and recall, density and coverage, a
    classifier two-sample test, and a test for copies of the training data. A model with
    likelihoods also gets those of the held-out data. A class-conditional model also
    generates a training set, on which a classifier is trained and then tested on the
    held-out data.

    Each score comes with a reference: the score of equally many real training samples
    in place of generated ones (held-out samples in the test for copies). A better score
    than that is due to chance.

    Args:
        model: Any generative model: `generate(num_samples, seed=...)`, with
            `condition=...` where it takes one.
        train: Array `(num_train, *sample_shape)`, the model's training data.
        held_out: Array `(num_held_out, *sample_shape)`, data not used in training.
        conditions: For a conditional model, a pair of arrays: the conditions of `train`
            and of `held_out`, such as labels.
        features: Features to compare: see `keras_rlgen.metrics.feature_extractor`.
        directory: Folder to write `index.html` (scores; real next to generated;
            generated samples above their nearest training samples) and
            `scores.json` to, or `None` to write nothing. The page has pictures if
            samples are images `(height, width, 1 or 3)`, or points `(2,)`.
        max_samples: Integer, the maximum number of samples of each kind; the first ones
            are used.
        batch_size: Integer, samples generated and evaluated at a time.
        seed: Integer >= 0, for generated samples and random choices.
        verbose: Whether to show the progress, 0 for not.

    Returns:
        An `EvaluationTable`: a dict from names to floats, which prints as a
        table. Likelihoods are means over the held-out samples, in nats per sample:
        `negative_log_likelihood`, or `negative_log_likelihood_bound` if the model
        returns a lower bound of the likelihood. `bits_per_dimension` is that divided by
        `size of a sample * log(2)`; for densities it depends on the units of the data.

    Raises:
        TypeError: If `model` has no `generate`.
        ValueError: If there are fewer than ten samples of a kind, if shapes are
            not those of the model's samples, if values are not finite, or if
            `conditions` are missing, given to an unconditional model, or of the wrong
            number.

    Example:

    ```python
    table = evaluate_generator(
        gan, images, held_out, features="digits", directory="evaluation"
    )
    print(table)
    table["frechet_distance"], table.real["frechet_distance"]
    ```
    """
    if not hasattr(model, "generate") or isinstance(model, type):
        raise TypeError(
            "Expected a generative model, with `generate(num_samples, seed=...)`. "
            f"Received: {model!r} of type {type(model).__name__}"
        )
    if max_samples is not None:
        check_integer("max_samples", max_samples, least=MINIMUM_SAMPLES)
    check_integer("batch_size", batch_size)
    check_seed(seed, least=0)
    if directory is not None:
        check_writable(directory)
    train, held_out = (
        as_samples(samples, model.sample_shape) for samples in (train, held_out)
    )
    for name, samples in {"train": train, "held_out": held_out}.items():
        if not hasattr(samples, "__len__"):
            raise TypeError(
                f"Expected `{name}` to be an array of samples. Received: {samples!r}"
            )
    conditions = _conditions(conditions, model, len(train), len(held_out))
    train, held_out = (
        _samples(name, samples, model)[:max_samples]
        for name, samples in (("train", train), ("held_out", held_out))
    )
    if conditions is None:
        train_condition = held_out_condition = None
    else:
        train_condition, held_out_condition = (c[:max_samples] for c in conditions)
    parts = ["samples", "features", "likelihood", "scores", "scores of real samples"]
    if _are_labels(train_condition):
        parts.append("training on generated samples")
    if directory is not None:
        parts.append("page")
    progress = ProgressLine("evaluation", len(parts), verbose)
    parts = iter(parts)
    drawing = _Sampling(model, batch_size, seed)
    generated = drawing.samples(len(held_out), held_out_condition)
    progress.advance(next(parts))
    extract = metrics.feature_extractor(features)

    def features_of(samples):
        parts = range(0, len(samples), batch_size)
        return np.concatenate([extract(samples[i : i + batch_size]) for i in parts])

    train_features, held_out_features, generated_features = map(
        features_of, (train, held_out, generated)
    )
    progress.advance(next(parts))
    random = np.random.default_rng(seed)
    chosen = random.permutation(len(train))[: len(held_out)]
    scores = drawing.likelihood(held_out, held_out_condition)
    progress.advance(next(parts))
    scores |= _two_samples(held_out_features, generated_features, seed)
    progress.advance(next(parts))
    real = _two_samples(held_out_features, train_features[chosen], seed)
    halves = np.array_split(random.permutation(held_out_features), 2)
    scores |= metrics.nearest_neighbor_test(
        train_features, held_out_features, generated_features, seed
    )
    real |= metrics.nearest_neighbor_test(train_features, *halves, seed)
    for table in scores, real:
        table.pop("train_distance_held_out")
    progress.advance(next(parts))
    if _are_labels(train_condition):
        synthetic = features_of(drawing.samples(len(train), train_condition))
        scores["synthetic_accuracy"], real["synthetic_accuracy"] = (
            metrics.train_on_synthetic(
                train_features,
                train_condition,
                synthetic,
                train_condition,
                held_out_features,
                held_out_condition,
            )
        )
        progress.advance(next(parts))
    table = EvaluationTable(scores, real)
    if directory is not None:
        directory = pathlib.Path(directory)
        directory.mkdir(parents=True, exist_ok=True)
        both = {"generated": dict(table), "real": table.real}
        write_text(directory / "scores.json", json.dumps(both, indent=2) + "\n")
        neighbors = metrics.nearest_neighbors(generated_features, train_features, 3)
        write_evaluation_page(
            directory / "index.html",
            f"{type(model).__name__} '{model.name}' compared with real data",
            table,
            _pictures(train, held_out, generated, *neighbors),
        )
        progress.advance(next(parts))
    return table


class _Sampling:
    """Samples and likelihoods of a model, computed batch by batch, each with a seed."""

    def __init__(self, model, batch_size, seed):
        self.model = model
        self.batch_size = batch_size
        self.seed = seed

    def _batches(self, count):
        for start in range(0, count, self.batch_size):
            self.seed += 1
            yield slice(start, min(start + self.batch_size, count)), self.seed

    def samples(self, count, condition):
        """Returns `count` generated samples."""
        parts = []
        for part, seed in self._batches(count):
            options = {} if condition is None else {"condition": condition[part]}
            size = part.stop - part.start
            parts.append(self.model.generate(size, seed=seed, **options))
        generated = np.concatenate(parts)
        if not np.isfinite(generated).all():
            raise ValueError(
                "The model's samples are not finite: "
                f"{np.sum(~np.isfinite(generated))} values are NaN or infinite. Has "
                "training diverged?"
            )
        return generated

    def likelihood(self, samples, condition):
        """Returns the scores of the samples' likelihood, if the model has one."""
        kind = getattr(self.model, "likelihood", None)
        if kind is None:
            return {}
        parts = []
        for part, seed in self._batches(len(samples)):
            given = None if condition is None else condition[part]
            parts.append(self.model.log_prob(samples[part], given, seed=seed))
        value = -float(np.concatenate(parts).mean())
        name = "negative_log_likelihood" + ("" if kind == "exact" else "_bound")
        size = math.prod(samples.shape[1:])
        return {name: value, "bits_per_dimension": value / (size * math.log(2.0))}


def _two_samples(real, generated, seed):
    precision, recall = metrics.precision_recall(real, generated)
    density, coverage = metrics.density_coverage(real, generated)
    accuracy, p_value = metrics.classifier_two_sample_test(real, generated, seed=seed)
    return {
        "frechet_distance": metrics.frechet_distance(real, generated),
        "kernel_distance": metrics.kernel_distance(real, generated),
        "precision": precision,
        "recall": recall,
        "density": density,
        "coverage": coverage,
        "two_sample_accuracy": accuracy,
        "two_sample_p_value": p_value,
    }


def _pictures(train, held_out, generated, distances, neighbors):
    shape = held_out.shape[1:]
    if shape == (2,):
        return {"Generated, over held-out": pictures.scatter(generated, held_out)}
    if len(shape) != 3 or shape[-1] not in (1, 3):
        return {}

    def beside_neighbors(rows):
        near = train[neighbors[rows]].swapaxes(0, 1)
        columns = np.concatenate([generated[rows][np.newaxis], near])
        return pictures.image_grid(
            columns.reshape(-1, *shape), columns=len(rows), value_range=bounds
        )

    both = np.concatenate([held_out, generated])
    bounds = (-1.0, 1.0) if both.min() < 0.0 else (0.0, 1.0)
    nearest = np.argsort(distances[:, 0])[:_PICTURED_NEIGHBORS]
    first = np.arange(min(_PICTURED_NEIGHBORS, len(generated)))
    return {
        "Held-out": pictures.image_grid(held_out[:_PICTURED], value_range=bounds),
        "Generated": pictures.image_grid(generated[:_PICTURED], value_range=bounds),
        "Generated (top) and the three nearest training samples": beside_neighbors(
            first
        ),
        "The same, of the generated samples nearest to training samples": (
            beside_neighbors(nearest)
        ),
    }


def _samples(name, samples, model):
    samples = np.asarray(samples)
    if samples.dtype.kind not in "fiub":
        raise TypeError(
            f"Expected `{name}` of a numeric dtype. Received: {samples.dtype}"
        )
    if getattr(model, "sample_dtype", "float32") == "float32":
        samples = samples.astype("float32")
        bounds = getattr(model, "value_range", None)
        if bounds is not None and samples.size:
            low, high = float(samples.min()), float(samples.max())
            if low < bounds[0] - RANGE_TOLERANCE or high > bounds[1] + RANGE_TOLERANCE:
                raise ValueError(
                    f"Expected `{name}` in the range of the model's samples, "
                    f"[{bounds[0]:g}, {bounds[1]:g}]. Received: values from {low:g} to "
                    f"{high:g}. Scale them as those that it was trained on."
                )
    if samples.shape[1:] != tuple(model.sample_shape):
        raise ValueError(
            f"Expected `{name}` of shape (num_samples, "
            f"{', '.join(map(str, model.sample_shape))}), like the model's samples. "
            f"Received: {samples.shape}"
        )
    if len(samples) < MINIMUM_SAMPLES:
        raise ValueError(
            f"Expected at least {MINIMUM_SAMPLES} samples in `{name}`, and some "
            f"hundreds for meaningful scores. Received: {len(samples)}"
        )
    if not np.isfinite(samples).all():
        raise ValueError(
            f"Expected finite values in `{name}`. Received: "
            f"{np.sum(~np.isfinite(samples))} values that are NaN or infinite."
        )
    return samples


def _conditions(conditions, model, num_train, num_held_out):
    wanted = getattr(model, "has_condition", False)
    if wanted != (conditions is not None):
        remedy = (
            "needs `conditions=(of_train, of_held_out)`, such as labels"
            if wanted
            else "takes no condition: leave out `conditions`"
        )
        raise ValueError(f"`{type(model).__name__}` {remedy}.")
    if not wanted:
        return None
    if not isinstance(conditions, (tuple, list)) or len(conditions) != 2:
        raise ValueError(
            "Expected `conditions` to be a pair: those of `train` and those of "
            f"`held_out`. Received: {type(conditions).__name__}"
        )
    pair = [np.asarray(condition) for condition in conditions]
    lengths = [len(condition) for condition in pair]
    if lengths != [num_train, num_held_out]:
        raise ValueError(
            f"Expected a condition for each sample: {num_train} for `train` and "
            f"{num_held_out} for `held_out`. Received: {lengths[0]} and {lengths[1]}"
        )
    return pair


def _are_labels(condition):
    if condition is None:
        return False
    return condition.ndim == 1 and condition.dtype.kind in "iu"
