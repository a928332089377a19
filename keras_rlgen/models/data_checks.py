"""Checks of the real samples that a generative model is trained on."""

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.models.real_samples import as_samples, is_symbolic

RANGE_TOLERANCE = 1e-3
RANGES = {"tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0), "softmax": (0.0, 1.0)}
SHAPE_ONLY = (keras.layers.Reshape, keras.layers.Flatten, keras.layers.Cropping2D)


def output_range(network):
    """Returns the range of a network's output, from its last activation.

    Args:
        network: Keras model.

    Returns:
        `(low, high)`, or `None` if the output has no known bounds.
    """
    for layer in reversed(getattr(network, "layers", [])):
        if isinstance(layer, SHAPE_ONLY):
            continue
        if isinstance(layer, keras.Model):
            return output_range(layer)
        activation = getattr(layer, "activation", None)
        return RANGES.get(getattr(activation, "__name__", None))
    return None


def range_error(bounds):
    """Returns the error for samples outside the generator's range."""
    if tuple(bounds) == (0.0, 1.0):
        rescaling = "`images / 255` for uint8 images, `(images + 1) / 2` from [-1, 1]"
    else:
        rescaling = "`images / 127.5 - 1` for uint8 images in [-1, 1]"
    return ValueError(
        f"Expected real samples in the generator's output range [{bounds[0]:g}, "
        f"{bounds[1]:g}]; some lie outside it. Rescale the data "
        f"(`keras.layers.Rescaling`, or {rescaling}), or change the generator's last "
        "activation or output distribution."
    )


def nonfinite_error():
    """Returns the error for samples with NaN or infinite values."""
    return ValueError(
        "Expected finite real samples; some hold NaN or infinity. Remove or fill them "
        "before training (`numpy.isfinite` finds them)."
    )


def token_error(bounds):
    """Returns the error for integer samples outside the generator's range."""
    low, high = token_range(bounds)
    return ValueError(
        f"Expected integer samples from {low} to {high}, the values that the generator "
        "can generate; some lie outside. Number the tokens of the data from "
        f"{low}, or make the generator's vocabulary larger."
    )


def token_dtype_error(dtype):
    """Returns the error for samples that are not integers, but should be.

    Floats with integer values are rejected too: they may be tokens or scaled values.
    """
    return TypeError(
        f"Expected samples of an integer dtype. Received: {dtype}. If the values are "
        "tokens, convert them: `samples.astype('int32')`."
    )


def token_range(bounds):
    """Returns `(low, high)` of integer samples; the int32 range without bounds."""
    return tuple(map(int, bounds)) if bounds else (tf.int32.min, tf.int32.max)


def num_batches(data):
    """Returns the number of batches of a data set, `None` if unknown.

    Args:
        data: `tf.data.Dataset`, `PyDataset` or anything else.
    """
    if isinstance(data, tf.data.Dataset):
        size = int(data.cardinality())
        return size if size >= 0 else None
    if isinstance(data, keras.utils.PyDataset):
        return data.num_batches
    return None


def check_array(samples, bounds, dtype="float32"):
    """Validates an array of real samples before training starts.

    Args:
        samples: NumPy array or tensor `(num_samples, ...)`.
        bounds: `(low, high)` or `None`.
        dtype: String, the generator's `sample_dtype`.

    Raises:
        ValueError: If it is empty, masked, not finite, or out of range.
        TypeError: If it is not numeric, or the generator's samples are integers and
            these are not.
    """
    if np.ma.is_masked(samples):
        raise ValueError(
            "Expected real samples without missing values. Received: a masked array. "
            "Fill it: `samples.filled(0.0)`."
        )
    samples = np.asarray(samples)
    if samples.dtype.kind not in "fiub":
        raise TypeError(
            f"Expected real samples of a numeric dtype. Received: {samples.dtype}"
        )
    if samples.shape[:1] == (0,) or samples.size == 0:
        raise ValueError(
            "Expected at least one real sample. Received an array of shape "
            f"{samples.shape}"
        )
    if _is_integer(dtype):
        _check_tokens(samples, bounds)
        return
    low, high = float(samples.min()), float(samples.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise nonfinite_error()
    if bounds and (
        low < bounds[0] - RANGE_TOLERANCE or high > bounds[1] + RANGE_TOLERANCE
    ):
        error = range_error(bounds)
        raise ValueError(f"{error} Received values from {low:g} to {high:g}.")


def _is_integer(dtype):
    return tf.as_dtype(dtype).is_integer


def _check_tokens(samples, bounds):
    if samples.dtype.kind not in "iu":
        raise token_dtype_error(samples.dtype)
    low, high = token_range(bounds)
    if samples.min() < low or samples.max() > high:
        raise ValueError(
            f"{token_error(bounds)} Received values from {samples.min()} to "
            f"{samples.max()}."
        )


def check_shape(samples, sample_shape):
    """Returns samples as a tensor, after a check of their shape.

    Args:
        samples: Tensor or array `(batch, ...)`.
        sample_shape: Tuple, the shape of one of the generator's samples.

    Raises:
        ValueError: If the shape of a sample is not the generator's.
    """
    if isinstance(samples, dict):
        raise ValueError(
            "Expected batches of real samples. Received: dicts with the keys "
            f"{sorted(map(str, samples))}. Choose one, as in "
            "`data.map(lambda element: element['image'])`."
        )
    samples = tf.convert_to_tensor(samples)
    if samples.shape.rank is None:
        # The shape that the model knows, and the graph does not.
        samples = tf.ensure_shape(samples, (None, *sample_shape))
    if not samples.shape.rank or not samples.shape[1:].is_compatible_with(sample_shape):
        remedy = ""
        if tuple(samples.shape[1:]) + (1,) == tuple(sample_shape):
            remedy = " Add the channel axis: `images[..., None]`."
        expected = ", ".join(map(str, ("batch", *sample_shape)))
        raise ValueError(
            f"Expected real samples of shape ({expected}), the generator's output. "
            f"Received: {tuple(samples.shape)}.{remedy}"
        )
    return samples


def checked_latents(latents, shape):
    """Returns latents given by a user as a float32 tensor.

    Args:
        latents: Array or tensor `(batch, *shape)`.
        shape: Tuple, the shape of the latents of one sample.

    Raises:
        ValueError: If they are of another shape, or not finite.
        TypeError: If they are not numeric.
    """
    latents = as_samples(latents, shape)
    if not is_symbolic(latents):
        if np.asarray(latents).dtype.kind not in "fiub":
            raise TypeError(
                "Expected latents of a numeric dtype. Received: "
                f"{np.asarray(latents).dtype}"
            )
        if not np.isfinite(latents).all():
            raise ValueError(
                "Expected finite latents. Received some that are NaN or infinite."
            )
    latents = tf.cast(latents, tf.float32)
    if not latents.shape.is_compatible_with((None, *shape)):
        expected = ", ".join(map(str, ("batch", *shape)))
        raise ValueError(
            f"Expected latents of shape ({expected}). Received: {tuple(latents.shape)}"
        )
    return latents


def guarded_batch(samples, sample_shape, bounds, health, dtype="float32"):
    """Validates a batch inside a training step, and replaces invalid values.

    Args:
        samples: Tensor or array `(batch, ...)`.
        sample_shape: Tuple, the shape of one of the generator's samples.
        bounds: `(low, high)` or `None`.
        health: `HealthMonitor` that records invalid values, since a graph cannot raise.
        dtype: String, the generator's `sample_dtype`.

    Returns:
        Tensor of that dtype. Non-finite floats are replaced by zero, integers out of
        range by the nearest in range.

    Raises:
        ValueError: If the shape of a sample is not the generator's.
        TypeError: If the generator's samples are integers, and these are not.
    """
    samples = check_shape(samples, sample_shape)
    if _is_integer(dtype):
        return tf.cast(_guarded_tokens(samples, bounds, health), dtype)
    samples = tf.cast(samples, tf.float32)
    finite = tf.math.is_finite(samples)
    errors, passed = [nonfinite_error()], [tf.reduce_all(finite)]
    if bounds:
        inside = tf.logical_and(
            tf.reduce_min(samples) >= bounds[0] - RANGE_TOLERANCE,
            tf.reduce_max(samples) <= bounds[1] + RANGE_TOLERANCE,
        )
        errors.append(range_error(bounds))
        passed.append(inside)
    health.check_all(errors, passed)
    # On a CPU this takes less time than `tf.where`, and changes no finite value.
    return tf.math.multiply_no_nan(samples, tf.cast(finite, tf.float32))


def _guarded_tokens(samples, bounds, health):
    if not samples.dtype.is_integer:
        raise token_dtype_error(samples.dtype.name)
    # An embedding fails on a token out of range or, compiled, reads another one.
    allowed = tf.clip_by_value(tf.cast(samples, tf.int64), *token_range(bounds))
    inside = tf.reduce_all(allowed == tf.cast(samples, tf.int64))
    health.check(token_error(bounds), inside)
    return allowed
