from keras_rlgen.export.write_endpoints import write_endpoints


def export_generator(model, filepath, format="tf_saved_model", verbose=True):
    """Writes a generative model as a SavedModel, or a LiteRT file.

    Endpoints of the loaded SavedModel, and signatures of the same names:

    - `generate(num_samples, seed)`: two int32 scalars to samples
      `(num_samples, ...)` of the model's `sample_dtype`, the same as
      `model.generate(num_samples, seed=seed)`. Not for models whose condition cannot be
      sampled, such as a vector.
    - `generate_conditional(condition, seed)`, for conditional models: one sample per
      condition, the same as `model.generate(len(condition), condition, seed)`.
    - Those of the family (`model.export_endpoints()`). A GAN has `serve(latents)`,
      float32 `(batch, latent_dim)` to samples, and `discriminate(samples)`, to logits,
      float32 `(batch,)`, real is high; those of a `ConditionalGAN` also take
      `condition`, int32 `(batch,)`.

    A SavedModel refuses another shape, NaN, infinity, samples out of the model's range
    and labels that are no classes, by `tf.errors.InvalidArgumentError`.

    A LiteRT file has the endpoints that draw no random numbers, such as `serve` of a
    deterministic generator and `decode` of a VAE, and checks no values.

    Args:
        model: A `GenerativeModel`.
        filepath: Folder to write; for LiteRT a file `*.tflite`.
        format: `"tf_saved_model"` or `"litert"`.
        verbose: Whether to print the path and the endpoints.

    Raises:
        ValueError: As `write_endpoints`.

    Example:

    ```python
    gan.export("saved_model")
    sampler = tf.saved_model.load("saved_model")
    sampler.generate(16, 0)

    gan.export("generator.tflite", format="litert")
    ```
    """
    write_endpoints(
        model.export_endpoints(),
        filepath,
        parts=model.exported_parts(),
        bounds=_bounds(model),
        format=format,
        verbose=verbose,
    )


def _bounds(model):
    """Returns a dict from names of inputs to their `(low, high)`."""
    bounds = {"num_samples": (1, 2**31 - 1), "samples": model.value_range}
    num_classes = getattr(model.conditions, "num_classes", None)
    if num_classes is not None:
        bounds["condition"] = 0, num_classes - 1
    return bounds
