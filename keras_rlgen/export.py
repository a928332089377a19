"""SavedModels that act where only TensorFlow is installed."""

import keras
import tensorflow as tf


def export_generator(model, filepath, verbose=True):
    """Writes a generative model's sampler as a SavedModel.

    Endpoints of the loaded SavedModel, and signatures of the same names:

    - `serve(latents)`: float32 `(batch, latent_dim)` to samples `(batch, ...)`; a
      `ConditionalGAN` takes `serve(latents, labels)`, labels int32 `(batch,)`.
    - `generate(num_samples, seed)`: two int32 scalars to samples
      `(num_samples, ...)`, the same as `model.generate(num_samples, seed=seed)`.

    Args:
        model: A `GAN` or one of its subclasses.
        filepath: Folder to write.
        verbose: Whether to print where it went and its endpoints.

    Example:

    ```python
    gan.export("saved_model")
    sampler = tf.saved_model.load("saved_model")
    sampler.generate(16, 0)
    ```
    """
    latents = tf.TensorSpec((None, model.latent_dim), tf.float32, name="latents")
    signature = [latents]
    if model.has_condition:
        signature.append(tf.TensorSpec((None,), tf.int32, name="labels"))
        serve = lambda latents, labels: model([latents, labels])  # noqa: E731
    else:
        serve = lambda latents: model(latents)  # noqa: E731

    def generate(num_samples, seed):
        return model.sample(num_samples, tf.stack([seed, 0]))

    archive = keras.export.ExportArchive()
    archive.track(model.sampling_generator)
    archive.add_endpoint("serve", serve, signature)
    archive.add_endpoint(
        "generate",
        generate,
        [
            tf.TensorSpec((), tf.int32, name="num_samples"),
            tf.TensorSpec((), tf.int32, name="seed"),
        ],
    )
    archive.write_out(filepath, verbose=verbose)
