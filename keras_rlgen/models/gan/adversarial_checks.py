import tensorflow as tf

from keras_rlgen.losses.adversarial import flatten_logits
from keras_rlgen.models.gan.packing import pack
from keras_rlgen.models.stochastic_generator import StochasticGenerator


def check_networks(model):
    """Checks the networks of a `GAN` by one forward pass.

    Returns:
        Tuple, the shape of one sample.

    Raises:
        ValueError: If they do not fit each other or the latents.
    """
    if model.has_condition and not model.takes_condition:
        raise ValueError(
            f"The networks of `{type(model).__name__}` take no condition. Received: "
            f"conditions={model.conditions!r}. Use `ConditionalGAN`."
        )
    condition = model._example_condition(model.packing)
    latents = tf.zeros((model.packing, model.latent_dim))
    try:
        samples = model._call_generator(model.generator, latents, condition)
    except Exception as error:
        raise ValueError(
            "The generator does not accept latents of shape (batch, latent_dim) = "
            f"(batch, {model.latent_dim}). Its input: "
            f"{getattr(model._network, 'input_shape', 'unknown')}. Make "
            f"`latent_dim` and the generator's input agree. Error: {error}"
        ) from error
    packed = pack(samples, model.packing)
    try:
        logits = model.discriminator(
            model._discriminator_inputs(packed, condition), training=False
        )
    except Exception as error:
        raise ValueError(
            "The generator's output does not match the discriminator's input. "
            f"Generator output: {('batch', *samples.shape[1:])}, in packs of "
            f"{model.packing}: {('batch', *packed.shape[1:])}. Discriminator input: "
            f"{getattr(model.discriminator, 'input_shape', 'unknown')}. Error: "
            f"{error}"
        ) from error
    flatten_logits(logits)
    return tuple(samples.shape[1:])


def check_pathwise(generator):
    """Raises `ValueError` if samples carry no gradient to the generator."""
    if not isinstance(generator, StochasticGenerator):
        return
    distribution = generator.distribution
    if not distribution.reparameterized:
        raise ValueError(
            f"Samples of `{type(distribution).__name__}` carry no pathwise gradient, "
            "which adversarial training needs. Train the networks by `ReinforceGAN`, "
            "or use a `Normal` output."
        )
