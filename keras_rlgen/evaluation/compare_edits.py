import copy

import numpy as np
import tensorflow as tf

from keras_rlgen import metrics, rewards
from keras_rlgen.evaluation.edit_table import EditTable
from keras_rlgen.evaluation.latent_search import (
    Search,
    best_of,
    gradient_ascent,
    greedy_search,
    reward_gradient,
)
from keras_rlgen.rl_models.dqn_gan.edit_episodes import edit

MINIMUM_SAMPLES = 10


def compare_edits(
    model,
    held_out,
    success=None,
    classifier=None,
    features="identity",
    reward=None,
    num_samples=None,
    batch_size=500,
    seed=0,
):
    """Compares the edits of a `DQNGAN` with searches of the same latent space.

    All begin with the same latents, for the same targets. Rows:

    - `unedited`: the samples before any edit;
    - `DQN`: edited by the model's policy, which observes samples and no rewards;
    - `random edits`: as many random steps as the DQN may make;
    - `greedy search`: in each step the sample after every action is scored, and the
      best action taken, until none increases the reward;
    - `best of n (DQN)`: the best of as many samples as the DQN decodes;
    - `best of n (search)`: the best of as many samples as the greedy search decodes;
    - `gradient ascent`: as many steps of the same length along the reward's gradient,
      the best latent of which is taken. Left out where the reward has no gradient.

    Columns, means over samples:

    - `reward`, with the 95% confidence interval `reward_low` to `reward_high`;
    - `success`, the fraction of samples with it;
    - `on_target`, for classes as targets, the fraction that `classifier` assigns to the
      target's class;
    - `precision` and `recall` against held-out samples, `frechet_distance`;
    - `class_entropy` of the distribution of `classifier`'s classes, nats;
    - `latent_distance` from the latent before;
    - `generator_calls` for one sample, the gradients included, and `reward_calls`.

    Args:
        model: `DQNGAN`, trained.
        held_out: Array `(num_held_out, *sample_shape)` of real samples.
        success: Function of samples, and of targets if the model has any, NumPy arrays,
            that returns bools `(num_samples,)`; or `None`.
        classifier: Keras model from samples to logits or probabilities `(batch,
            num_classes)`, or the name of one, as in `metrics.classifier`; or `None`.
            Another one than the reward's, if it has one, which edits may exploit.
        features: Features in which samples are compared with held-out ones: see
            `keras_rlgen.metrics.feature_extractor`.
        reward: As in `DQNGAN.compile`, to compare by; by default the model's own.
        num_samples: Integer, by default the number of held-out samples. Frechet
            distance and recall depend on it.
        batch_size: Integer, samples edited at a time.
        seed: Integer >= 0, of latents, targets, and random choices.

    Returns:
        `EditTable`: a dict from rows to dicts from columns to floats; it prints as a
        table.

    Raises:
        TypeError: If the model is no `DQNGAN`.
        ValueError: If it is not trained, there is no reward, there are fewer than ten
            samples, or shapes do not fit.

    Example:

    ```python
    table = compare_edits(gan, held_out, classifier="digits", features="digits")
    print(table)
    table["DQN"]["recall"] / table["unedited"]["recall"]
    ```
    """
    if not (hasattr(model, "editing") and hasattr(model, "create")):
        raise TypeError(f"Expected a `DQNGAN`. Received: {type(model).__name__}")
    if not np.any(model.directions):
        raise ValueError("Expected a trained model: its DQN has not begun. Call `fit`.")
    if reward is None and model.reward is None:
        raise ValueError("Expected a compiled model, or a `reward`. Received neither.")
    held_out = np.asarray(held_out, "float32")
    num_samples = num_samples or len(held_out)
    environment = copy.copy(model.editing)
    shape = held_out.shape[1:]
    few = min(len(held_out), num_samples) < MINIMUM_SAMPLES
    if shape != environment.sample_shape or few:
        raise ValueError(
            f"Expected at least {MINIMUM_SAMPLES} samples, and real ones of shape "
            f"{environment.sample_shape}. Received: num_samples={num_samples} and "
            f"`held_out` of shape {held_out.shape}"
        )
    if reward is not None:
        reward = rewards.get(reward)
        model.bind_reward(reward)
        environment.reward = environment.validated_reward(reward)
    latents = tf.random.stateless_normal((num_samples, model.latent_dim), [seed, 0])
    latents = tf.clip_by_value(latents, -environment.bound, environment.bound)
    target = ()
    if environment.targets:
        target = environment.targets.sample(num_samples, [seed, 1])
    searches = _searches(model, environment, latents, target, batch_size, seed)
    if isinstance(classifier, str):
        classifier = metrics.classifier(classifier)
    scores = _Scores(environment, latents, target, success, classifier, batch_size)
    extract = metrics.feature_extractor(features)
    real = scores.by_batch(extract, held_out)
    shown = np.asarray(target) if environment.targets else ()
    table = EditTable({}, {}, target=shown)
    for name, search in searches:
        samples, row, counts = scores.of(search)
        edited = scores.by_batch(extract, samples)
        row["precision"], row["recall"] = metrics.precision_recall(real, edited)
        row["frechet_distance"] = metrics.frechet_distance(real, edited)
        row["generator_calls"] = search.calls.mean()
        knows_reward = name not in ("unedited", "DQN", "random edits")
        row["reward_calls"] = row["generator_calls"] if knows_reward else 0.0
        table[name] = {column: float(value) for column, value in row.items()}
        table.samples[name] = samples
        if classifier is not None:
            table.class_counts[name] = counts
    return table


def _searches(model, environment, latents, target, batch_size, seed):
    """Yields pairs of the name of a row and its `Search`."""
    has_targets = bool(environment.targets)

    def batches(search, *arguments, compiled=True):
        if compiled:
            search = tf.function(search, autograph=False, reduce_retracing=True)
        parts = []
        for start in range(0, len(latents), batch_size):
            rows = slice(start, start + batch_size)
            given = target[rows] if has_targets else ()
            key = tf.random.fold_in([seed, 2], start)
            parts.append(search(latents[rows], given, key, *arguments))
        return Search(*(np.concatenate(values) for values in zip(*parts, strict=True)))

    def by_policy(start, target, key):
        given = target.numpy() if has_targets else None
        edits = model.create(len(start), start=start, target=given)
        num_edits = np.sum(edits.actions != environment.action.count - 1, axis=1)
        return Search(edits.latents[:, -1], num_edits + 1.0)

    def unedited(start, target, key):
        return Search(start, tf.ones_like(start[:, 0]))

    def at_random(start, target, key):
        def choose(observation, step):
            shape, stop = tf.shape(observation)[:1], environment.action.count - 1
            step_key = tf.random.fold_in(key, step)
            return tf.random.stateless_uniform(shape, step_key, 0, stop, tf.int32)

        edits = edit(environment, choose, start, target, scored=False)
        return Search(edits.latents[:, -1], tf.ones_like(start[:, 0]))

    def greedy(start, target, key):
        return greedy_search(environment, start, target)

    def best(start, target, key, count):
        return best_of(environment, start, target, count, key)

    def ascent(start, target, key):
        return gradient_ascent(environment, start, target)

    yield "unedited", batches(unedited)
    by_dqn = batches(by_policy, compiled=False)
    yield "DQN", by_dqn
    yield "random edits", batches(at_random)
    searched = batches(greedy)
    yield "greedy search", searched
    for name, peer in ("DQN", by_dqn), ("search", searched):
        count = tf.constant(round(float(peer.calls.mean())))
        yield f"best of n ({name})", batches(best, count)
    example = (target[:2],) if has_targets else ()
    _, gradient = reward_gradient(environment, latents[:2], *example)
    if gradient is not None:
        yield "gradient ascent", batches(ascent)


class _Scores:
    """Scores of where searches ended, but for comparisons with real samples."""

    def __init__(self, environment, latents, target, success, classifier, batch_size):
        self.environment = environment
        self.latents = np.asarray(latents)
        self.target = (np.asarray(target),) if environment.targets else ()
        self.success = success
        self.classifier = classifier
        self.batch_size = batch_size

    def by_batch(self, function, *arrays):
        """Returns the results of a function of batches, joined."""
        starts = range(0, len(arrays[0]), self.batch_size)
        batches = [[x[i : i + self.batch_size] for x in arrays] for i in starts]
        return np.concatenate([np.asarray(function(*batch)) for batch in batches])

    def of(self, search):
        """Returns samples, a dict of their scores, and how many are of each class."""
        from keras_rlgen.agents.loop.confidence_interval import mean_confidence_interval

        environment = self.environment
        samples = self.by_batch(environment.decoded, search.latents)
        reward = self.by_batch(self._reward, search.latents, *self.target)
        low, high = mean_confidence_interval(reward)
        row = {"reward": reward.mean(), "reward_low": low, "reward_high": high}
        if self.success is not None:
            row["success"] = np.mean(self._successes(samples))
        counts = None
        if self.classifier is not None:
            outputs = self.by_batch(self._outputs, samples)
            classes = outputs.argmax(axis=-1)
            counts = np.bincount(classes, minlength=outputs.shape[-1])
            if environment.targets and environment.targets.are_classes:
                row["on_target"] = np.mean(classes == self.target[0])
            shares = counts[counts > 0] / counts.sum()
            row["class_entropy"] = -np.sum(shares * np.log(shares))
        moved = np.linalg.norm(search.latents - self.latents, axis=-1)
        row["latent_distance"] = moved.mean()
        return samples, row, counts

    def _reward(self, latents, target=()):
        return self.environment.edited(tf.constant(latents), target=target).reward

    def _outputs(self, samples):
        return self.classifier(samples, training=False)

    def _successes(self, samples):
        values = np.asarray(self.success(samples, *self.target))
        if values.shape != (len(samples),):
            raise ValueError(
                f"Expected `success` to return shape (num_samples,) = "
                f"({len(samples)},). Received: {values.shape}"
            )
        return values.astype(bool)
