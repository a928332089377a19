"""Latent directions along which a generator is edited."""

import numpy as np
import tensorflow as tf

from keras_rlgen.arguments import is_integer, is_number
from keras_rlgen.environments.latent_editing import check_directions
from keras_rlgen.models.latent_directions import (
    attribute_direction,
    principal_directions,
)

NAMES = ("axes", "principal", "learned")
NUM_SAMPLES = 2000
SAME = 0.95  # The cosine from which two directions are one.


def initial_directions(directions, count, latent_dim):
    """Returns the directions that are known before training, zeros for the others.

    Args:
        directions: A kind of `find_directions`, or an array `(count, latent_dim)`.
        count: Integer, or `None` for all rows of an array, and else for `latent_dim`,
            at most 8.
        latent_dim: Integer.

    Returns:
        Float32 array `(count, latent_dim)`.

    Raises:
        ValueError: If the kind is unknown, `count` does not fit, or an array has a
            direction that is not finite or zero.
    """
    if not isinstance(directions, str):
        directions = np.asarray(directions, "float32")
        if directions.ndim != 2 or count not in (None, len(directions)):
            raise ValueError(
                "Expected `directions` of shape (num_directions, latent_dim). "
                f"Received: {directions.shape}, num_directions={count}"
            )
        check_directions(directions)
        return directions
    if directions not in NAMES:
        raise ValueError(
            f"Expected `directions` in {NAMES}, or an array (num_directions, "
            f"latent_dim). Received: {directions!r}"
        )
    count = min(latent_dim, 8) if count is None else count
    if not (is_integer(count) and is_number(latent_dim) and 1 <= count <= latent_dim):
        raise ValueError(
            f"Expected `num_directions` in [1, {latent_dim}]. Received: {count}"
        )
    axes = np.eye(latent_dim, dtype="float32")[:count]
    return axes if directions == "axes" else np.zeros_like(axes)


def find_directions(kind, environment, count, seed):
    """Computes the directions of `LatentEditing` from samples of its decoder.

    Args:
        kind: `"axes"`, of the latent space; `"principal"`, along which samples vary
            most; or `"learned"`, from logistic regressions of whether each term of the
            reward is above its median, for each target, followed by principal ones.
        environment: `LatentEditing`.
        count: Integer, the number of directions.
        seed: Integer, of the samples.

    Returns:
        Float32 array `(count, latent_dim)`, each of length 1.

    Raises:
        ValueError: If there are fewer principal directions than `count`.
    """
    axes = np.eye(environment.latent_dim, dtype="float32")
    if kind == "axes":
        return axes[:count]
    latents = tf.random.stateless_normal(
        (NUM_SAMPLES, environment.latent_dim), [seed, 0]
    )
    samples = environment.decoded(latents)
    found = []
    if kind == "learned":
        found = _learned(environment, latents.numpy(), samples)[:count]
    if len(found) < count:
        found += list(principal_directions(latents, samples, count - len(found)))
    return np.stack(found)


def _learned(environment, latents, samples):
    """Returns a direction for each term of the reward and each target."""
    targets = [()]
    if environment.targets:
        targets = environment.targets.from_observed(environment.targets.vectors)
    found = []
    for target in targets:
        condition = None
        if environment.targets:
            condition = tf.stack([target] * len(latents))
        _, terms = environment.reward.terms(samples, condition, training=False)
        for value in terms.values():
            above = value.numpy() > np.median(value)
            if not 0 < above.sum() < len(above):
                continue
            direction = attribute_direction(latents, above)
            # A term that ignores the target has the same direction for each.
            if all(abs(direction @ other) < SAME for other in found):
                found.append(direction)
    return found
