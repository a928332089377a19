"""Exports generative models as SavedModels, which need only TensorFlow."""

import keras

from keras_rlgen.training.keras_internals import endpoint_names
from keras_rlgen.whole_files import replacing_saved_model


def export_generator(model, filepath, verbose=True):
    """Writes a generative model as a SavedModel.

    Endpoints of the loaded SavedModel, and signatures of the same names:

    - `generate(num_samples, seed)`: two int32 scalars to samples
      `(num_samples, ...)` of the model's `sample_dtype`, the same as
      `model.generate(num_samples, seed=seed)`. Not for models whose condition cannot be
      sampled, such as a vector.
    - `generate_conditional(condition, seed)`, for conditional models: one sample per
      condition, the same as `model.generate(len(condition), condition, seed)`.
    - Those of the family (`model.export_endpoints()`). A GAN has `serve(latents)`,
      float32 `(batch, latent_dim)` to samples; a `ConditionalGAN`
      `serve(latents, condition)`, condition int32 `(batch,)`.

    Args:
        model: A `GenerativeModel`.
        filepath: Folder to write.
        verbose: Whether to print the path and the endpoints.

    Example:

    ```python
    gan.export("saved_model")
    sampler = tf.saved_model.load("saved_model")
    sampler.generate(16, 0)
    ```
    """
    archive = keras.export.ExportArchive()
    for part in model.exported_parts():
        archive.track(part)
    for name, (function, signature) in model.export_endpoints().items():
        archive.add_endpoint(name, function, signature)
    write_archive(archive, filepath, verbose)


def write_archive(archive, filepath, verbose=True):
    """Writes a Keras `ExportArchive` as a whole.

    A process that is killed meanwhile leaves the folder that was there, or the new one.

    Args:
        archive: `keras.export.ExportArchive`.
        filepath: Folder to write: a new one, an empty one, or one of a SavedModel.
        verbose: Whether to print the path and the endpoints.

    Raises:
        ValueError: If `filepath` is no path, or a folder that holds something else.
    """
    with replacing_saved_model(filepath) as beside:
        archive.write_out(str(beside), verbose=False)
    if verbose:
        names = ", ".join(endpoint_names(archive))
        print(f"Saved a SavedModel in {str(filepath)!r}, with the endpoints: {names}")
