import numpy as np

from keras_rlgen import metrics, rewards
from keras_rlgen.arguments import check_integer, check_seed
from keras_rlgen.evaluation.restoration_table import RestorationTable
from keras_rlgen.evaluation.simple_fills import mean_fill, nearest_neighbor_fill

MINIMUM_SAMPLES = 10


def compare_restorations(
    models,
    train,
    held_out,
    labels=None,
    degraded=None,
    classifier=None,
    features="identity",
    reward=None,
    num_draws=8,
    batch_size=500,
    seed=0,
):
    """Compares restoring models with each other, and with fills without a model.

    All restore the same damaged images. Rows:

    - `undamaged`: the held-out images themselves;
    - `damaged`, unless pixels are missing: the images as they are before restoration;
    - `mean fill`: the mean training image;
    - `nearest-neighbour fill`: the training image nearest to the damaged one;
    - for each model one restoration of each image, and the mean of `num_draws`
      restorations of it.

    With a `RandomMask`, known pixels are copied into the fills too. Columns:

    - `error`, the mean squared error over the missing pixels, or over all where none is
      known. The mean of several restorations is lowest in it, and blurred;
    - `frechet_distance` from the held-out images, in `features`;
    - `label_kept`, the fraction that `classifier` assigns to its label;
    - `diversity`, the standard deviation between restorations of one image, a mean over
      the same pixels: 0 if there is one restoration only;
    - `boundary_step`, for missing pixels: the mean discontinuity at their boundary. The
      best value is that of the undamaged images, not 0;
    - `reward`, the mean of `reward`.

    Args:
        models: Dict from names to models with `restore`, such as `RestoringVAE`, all of
            the same corruption.
        train: Array `(num_train, height, width, channels)`, undamaged images.
        held_out: Array `(num_held_out, height, width, channels)`, undamaged images not
            used in training, at least ten.
        labels: Integer array `(num_held_out,)`; needs a `classifier`. `None` leaves
            `label_kept` out.
        degraded: Array, the damaged held-out images, such as
            `keras_rlgen.layers.mask_images(held_out, mask)`. By default the first model
            damages them.
        classifier: Keras model from images to logits or probabilities `(batch,
            num_classes)`, or the name of one, as in `metrics.classifier`; or `None`.
            Another one than a reward's, which models may exploit.
        features: Features in which images are compared: see
            `keras_rlgen.metrics.feature_extractor`.
        reward: Name, `Reward` or function, as in `RestoringVAE.compile`, or `None`.
        num_draws: Integer, restorations of each image. 1 leaves out the rows of means.
        batch_size: Integer, images at a time.
        seed: Integer >= 0, of the restorations.

    Returns:
        `RestorationTable`: a dict from rows to dicts from columns to floats; it prints
        as a table, and `write_picture(path)` draws it.

    Raises:
        ValueError: If there is no model, there are fewer than ten images, or shapes do
            not fit.
        TypeError: If a model has no `restore`.

    Example:

    ```python
    table = compare_restorations(
        {"VAE": vae, "VAE with reward": rewarded},
        *(images, held_out, labels),
        classifier="digits",
        features="digits",
    )
    print(table)
    table.write_picture("restored.png")
    ```
    """
    held_out, train = (np.asarray(x, "float32") for x in (held_out, train))
    _check(models, train, held_out, labels, classifier)
    check_integer("num_draws", num_draws)
    check_integer("batch_size", batch_size)
    check_seed(seed, least=0)
    first = next(iter(models.values()))
    if degraded is None:
        degraded = first.degrade(held_out)
    degraded = np.asarray(degraded, "float32")
    if len(degraded) != len(held_out):
        raise ValueError(
            f"Expected {len(held_out)} damaged images, one for each held-out one. "
            f"Received: {len(degraded)}"
        )
    known = first.known_pixels(degraded)
    scores = _Scores(held_out, degraded, known, labels, batch_size)
    scores.judge(classifier, features, reward)
    samples = {"undamaged": held_out}
    damaged = degraded[..., : held_out.shape[-1]]
    if known is None:
        samples["damaged"] = damaged
    samples["mean fill"] = mean_fill(degraded, train, known)
    samples["nearest-neighbour fill"] = nearest_neighbor_fill(
        degraded, train, known, batch_size
    )
    table = RestorationTable({}, samples, damaged)
    for name, images in samples.items():
        table[name] = scores.of(images)
    for name, model in models.items():
        draws = [
            model.restore(degraded, seed=seed + i, batch_size=batch_size)
            for i in range(num_draws)
        ]
        mean, deviation = np.mean(draws, axis=0), np.std(draws, axis=0)
        rows = {name: draws[0]}
        if num_draws > 1:
            rows[f"{name}, mean of {num_draws}"] = mean
        for row, images in rows.items():
            table.samples[row] = images
            table[row] = scores.of(images)
        table[name]["diversity"] = scores.over_missing(deviation)
    return table


class _Scores:
    """Scores restorations of the same damaged images."""

    def __init__(self, held_out, degraded, known, labels, batch_size):
        self.held_out = held_out
        self.degraded = degraded
        self.labels = labels
        self.batch_size = batch_size
        self.missing = np.ones_like(held_out)
        self.known = known
        if known is not None:
            self.missing -= np.asarray(known, "float32")[..., np.newaxis]

    def judge(self, classifier, features, reward):
        """Sets the classifier, the features and the reward to score by."""
        if isinstance(classifier, str):
            classifier = metrics.classifier(classifier)
        self.classifier = classifier
        self.extract = metrics.feature_extractor(features)
        self.reward = None if reward is None else rewards.get(reward)
        self.real = self.by_batch(self.extract, self.held_out)

    def of(self, images):
        """Returns a dict from columns to the scores of images, a restoration each."""
        restored = self.by_batch(self.extract, images)
        scores = {
            "error": self.over_missing(np.square(images - self.held_out)),
            "frechet_distance": metrics.frechet_distance(self.real, restored),
        }
        if self.labels is not None:
            outputs = self.by_batch(self.classifier, images)
            kept = np.argmax(outputs, axis=-1) == np.asarray(self.labels)
            scores["label_kept"] = float(np.mean(kept))
        scores["diversity"] = 0.0
        if self.known is not None:
            smoothness = rewards.BoundarySmoothness()
            seen = np.asarray(self.known, "float32")[..., np.newaxis]
            masks = np.concatenate([images * seen, seen], axis=-1)
            steps = self.by_batch(smoothness, images, masks)
            scores["boundary_step"] = -float(np.mean(steps))
        if self.reward is not None:
            values = self.by_batch(self.reward, images, self.degraded)
            scores["reward"] = float(np.mean(values))
        return scores

    def over_missing(self, values):
        """Returns the mean over the missing pixels."""
        return float(np.sum(self.missing * values) / np.sum(self.missing))

    def by_batch(self, function, *arrays):
        """Returns what a function returns for arrays, a batch at a time."""
        starts = range(0, len(arrays[0]), self.batch_size)
        parts = [
            function(*(x[start : start + self.batch_size] for x in arrays))
            for start in starts
        ]
        return np.concatenate(parts)


def _check(models, train, held_out, labels, classifier):
    """Validates models and images."""
    if not isinstance(models, dict):
        raise TypeError(
            "Expected `models`, a dict from names to models. Received: "
            f"{type(models).__name__}. Name each: {{'GAN': gan}}."
        )
    if not models:
        raise ValueError("Expected at least one model, by its name. Received: none")
    for name, model in models.items():
        if not hasattr(model, "restore"):
            raise TypeError(
                f"Expected models with `restore`, such as `RestoringVAE`. Received: "
                f"{name!r} of type {type(model).__name__}"
            )
        shape = tuple(model.sample_shape)
        if train.shape[1:] != shape or held_out.shape[1:] != shape:
            raise ValueError(
                f"Expected images of shape {shape}, as {name!r} restores. Received: "
                f"`train` {train.shape} and `held_out` {held_out.shape}"
            )
    if min(len(train), len(held_out)) < MINIMUM_SAMPLES:
        raise ValueError(
            f"Expected at least {MINIMUM_SAMPLES} images of each kind. Received: "
            f"{len(train)} training and {len(held_out)} held-out ones."
        )
    if labels is not None and (classifier is None or len(labels) != len(held_out)):
        raise ValueError(
            f"Expected {len(held_out)} labels, and a `classifier`. Received: "
            f"{len(labels)} labels, classifier={classifier!r}"
        )
