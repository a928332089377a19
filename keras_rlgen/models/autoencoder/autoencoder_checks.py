import tensorflow as tf

from keras_rlgen.models import data_checks
from keras_rlgen.models.conditions.condition_input import check_condition_input


def check_autoencoder(model):
    """Checks the networks of a `LatentVariableModel` by one forward pass.

    Raises:
        ValueError: If they do not fit each other, the latents or the distribution.
    """
    decoder, distribution = model.decoder, model.distribution
    bounds = data_checks.output_range(decoder)
    if distribution.takes_logits and bounds is not None:
        raise ValueError(
            f"`{type(distribution).__name__}` takes logits. Received: a decoder whose "
            f"last activation keeps its output in {bounds}. Use no last activation."
        )
    check_condition_input(model.encoder, model.conditions, "encoder", "samples")
    check_condition_input(decoder, model.conditions, "decoder", "latents")
    condition = model.conditions.example(1) if model.has_condition else None

    def run(network, values):
        return network([values, condition] if model.has_condition else values)

    try:
        parameters = run(model.encoder, tf.zeros((1, *model.sample_shape)))
    except Exception as error:
        raise ValueError(
            "The decoder's output does not match the encoder's input. Decoder "
            f"output: {('batch', *model.sample_shape)}, the shape of samples under "
            f"`{type(distribution).__name__}`. Encoder input: "
            f"{getattr(model.encoder, 'input_shape', 'unknown')}. Error: {error}"
        ) from error
    latents = model.latents
    if parameters.shape[1:] != (latents.num_parameters,):
        received = parameters.shape[-1] if parameters.shape.rank == 2 else None
        raise latents.parameter_error(received or tuple(parameters.shape))
    try:
        run(decoder, tf.zeros((1, *latents.shape)))
    except Exception as error:
        raise ValueError(
            "The decoder does not accept latents of shape "
            f"{('batch', *latents.shape)}. Its input: "
            f"{getattr(decoder, 'input_shape', 'unknown')}. Error: {error}"
        ) from error
