import copy

import tensorflow as tf

from keras_rlgen.agents.replay_buffers.experience_source import ExperienceSource
from keras_rlgen.agents.replay_buffers.generated_sequences import GeneratedSequences
from keras_rlgen.experience import ArraySpec
from keras_rlgen.experience.spec_config import spec_config
from keras_rlgen.replay import Mixture, Synthetic


def fitting_mixture(mixture, agent):
    """Validates that a mixture fits an agent, and returns it with a source of frames.

    Args:
        mixture: `Mixture`, whose source may be an `Experience`.
        agent: `OffPolicyAgent`.

    Raises:
        TypeError: If it is not a `Mixture`.
        ValueError: If the source gives shorter sequences than the agent needs, or
            frames with another structure, shape or dtype.
    """
    if not isinstance(mixture, Mixture):
        raise TypeError(
            "Expected `replay` to be a `keras_rlgen.replay.Mixture`. Received: "
            f"{mixture!r} of type {type(mixture).__name__}. For a source, pass "
            "`Mixture(source, ratio)`."
        )
    if isinstance(mixture, Synthetic):
        return _synthetic(mixture, agent)
    source, length = mixture.source, agent.run_length
    if not hasattr(source, "sample"):
        source = ExperienceSource.from_experience(source, agent.specs)
        return Mixture(source, mixture.ratio)
    if getattr(source, "is_empty", False):
        return mixture
    longest = getattr(source, "longest_run", None)
    if longest is not None and longest < length:
        raise ValueError(
            f"Expected a source of sequences of {length} frames, since the agent "
            f"learns from {length - 1} steps at once. Received one of at most "
            f"{longest} frames. Make the agent with `n_step={longest - 1}`, or make "
            "the source give longer sequences."
        )
    if getattr(source, "needs_own_steps", False):
        return mixture
    sequences = source.sample(1, 2, length, tf.constant([0, 0]))
    spec = agent.collect_policy.trajectory_spec
    try:
        tf.nest.assert_same_structure(sequences, spec)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"Expected a source of frames of the structure {spec}. Received: {error}"
        ) from error
    for s, x in zip(tf.nest.flatten(spec), tf.nest.flatten(sequences), strict=True):
        expected = (1, 2, length, *s.shape)
        if tuple(x.shape) != expected or x.dtype != s.dtype:
            raise ValueError(
                f"Expected '{s.name}' of a source of shape (num_batches, batch_size, "
                f"run_length, ...) = {expected} and dtype {s.dtype.name}. Received: "
                f"{tuple(x.shape)}, {x.dtype.name}"
            )
    return mixture


def _synthetic(mixture, agent):
    """Returns a copy of a `Synthetic` whose sequences are those of the agent's policy.

    Raises:
        ValueError: If its generator is of other specs, or will never be trained; or if
            it does not fit the gate.
    """
    generator = mixture.generator
    expected = tf.nest.map_structure(
        ArraySpec.from_spec, (agent.specs.observation, agent.specs.action)
    )
    if spec_config(expected) != spec_config(tuple(generator.specs)):
        raise ValueError(
            "Expected a generator of the specs of the agent's environment: "
            f"{expected}. Received one of {generator.specs}. Make it with "
            "`specs=agent.specs`."
        )
    if mixture.refit_every is None and not generator.is_fitted.numpy():
        raise ValueError(
            "Received `refit_every=None` and a generator that was not trained. Call "
            "`generator.fit(experience)` first, or pass `refit_every=500`."
        )
    if hasattr(mixture.gate, "check"):
        mixture.gate.check(generator)
    if mixture.refit_every is None and not getattr(mixture.gate, "is_adapted", True):
        raise ValueError(
            "Received `refit_every=None` and a gate that was not adapted. Call "
            "`gate.adapt(generator, train, held_out)` first."
        )
    mixture = copy.copy(mixture)
    mixture.source = GeneratedSequences(
        agent, generator, mixture.gate, mixture.rejected_tracker
    )
    return mixture
