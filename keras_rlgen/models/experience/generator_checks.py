"""Validates the parts of an `ExperienceGenerator`."""

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.arguments import is_number
from keras_rlgen.experience import Experience
from keras_rlgen.models.generative_model import GenerativeModel


def check_model(model, vectors):
    """Raises an error unless a model generates the vectors of transitions.

    Args:
        model: `GenerativeModel`.
        vectors: `TransitionVectors`.

    Raises:
        TypeError: If it is no generative model.
        ValueError: If its samples or its condition have another shape.
    """
    if not isinstance(model, GenerativeModel):
        raise TypeError(
            "Expected `model` to be a `GenerativeModel`, such as a `ConditionalGAN`. "
            f"Received: {model!r} of type {type(model).__name__}"
        )
    expected = (vectors.sample_dim,)
    if tuple(model.sample_shape) != expected:
        raise ValueError(
            f"Expected a model of vectors of shape {expected}, the difference, reward "
            f"and end of a transition{'' if vectors.given else ' and what they follow'}"
            f". Received: samples of shape {tuple(model.sample_shape)}. The sizes are "
            "those of `TransitionVectors(specs, given)`."
        )
    shape = getattr(model.conditions, "shape", None)
    expected = (vectors.condition_dim,) if vectors.given else None
    if shape != expected or model.has_condition != bool(vectors.given):
        wanted = f"`VectorCondition({vectors.condition_dim})`"
        raise ValueError(
            f"Expected a model with {wanted if vectors.given else 'no condition'}, "
            f"since given={vectors.given}. Received: conditions={model.conditions!r} "
            f"of shape {shape}"
        )


def check_noise(end_fraction, noise):
    """Raises `ValueError` unless both numbers are in their range."""
    if not (is_number(end_fraction) and 0.0 <= end_fraction < 1.0):
        raise ValueError(
            f"Expected `end_fraction` in [0, 1). Received: {end_fraction!r}"
        )
    if not (is_number(noise) and 0.0 <= noise < float("inf")):
        raise ValueError(f"Expected `noise` >= 0. Received: {noise!r}")


def check_experience(experience, specs, name):
    """Raises an error unless an argument is an `Experience` of the specs.

    Args:
        experience: `Experience`.
        specs: Pair of nests of specs.
        name: String, the argument.

    Raises:
        TypeError: If it is something else.
        ValueError: If it does not fit the specs.
    """
    if not isinstance(experience, Experience):
        raise TypeError(
            f"Expected `{name}` to be an `Experience`, such as "
            f"`agent.record(steps=1000)`. Received: {type(experience).__name__}"
        )
    experience.check(*specs)


def has_discriminator(model):
    """Returns whether a `GenerativeModel` judges samples, as a GAN does."""
    return hasattr(model, "judge_each")


def check_discriminator(model):
    """Raises `ValueError` unless a model has a discriminator with a boundary.

    Args:
        model: `GenerativeModel`.
    """
    loss = getattr(model, "adversarial_loss", None)
    if not has_discriminator(model) or loss is None:
        raise ValueError(
            "Realism needs a compiled model with a discriminator, such as a "
            f"`ConditionalGAN`. Received: `{type(model).__name__}`"
        )
    if loss.boundary is None:
        raise ValueError(
            f"The values of a critic trained by `{type(loss).__name__}` have no "
            "boundary between real and generated. Compile with another loss."
        )


def generate_inputs(generator, observation, action, num_samples):
    """Returns the arguments of `ExperienceGenerator.generate` as tensors.

    Args:
        generator: `ExperienceGenerator`.
        observation: Nest of arrays, or `None`.
        action: Nest of arrays, or `None`.
        num_samples: Integer, or `None`.

    Returns:
        List of the nests of tensors of observation and action, or of the number of
        samples of a joint model.

    Raises:
        ValueError: If they are not those that the model needs.
    """
    given = bool(generator.given)
    received = [x is not None for x in (observation, action, num_samples)]
    if received != [given, given, not given]:
        expected = "observation, action" if given else "num_samples=..."
        raise ValueError(
            f"Expected `generate({expected})`, since this model is given "
            f"{generator.given}. Received: observation={observation!r}, "
            f"action={action!r}, num_samples={num_samples!r}"
        )
    if not given:
        return [tf.constant(int(num_samples))]
    return [
        keras.tree.map_structure_up_to(
            spec, lambda s, x: tf.convert_to_tensor(np.asarray(x), s.dtype), spec, x
        )
        for spec, x in zip(generator.specs, (observation, action), strict=True)
    ]
