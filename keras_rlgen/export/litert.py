"""Writes functions of tensors as LiteRT (TensorFlow Lite) files."""

import contextlib
import os
import re
import tempfile

import tensorflow as tf

from keras_rlgen.whole_files import write_bytes

_RANDOM = re.compile("Random|Multinomial|Shuffle")
_MISSING = re.compile(r"'tf\.(\w+)' op is neither a custom op nor a flex op")


def write_litert(endpoints, filepath, verbose=True):
    """Writes functions as the signatures of one LiteRT file.

    Functions with operations that LiteRT lacks are left out, such as those that draw
    random numbers, and are named with their reason. Inputs are not checked: LiteRT has
    no assertions.

    Args:
        endpoints: Dict from names to pairs of a function of tensors and its list of
            `tf.TensorSpec`.
        filepath: File to write, `*.tflite`.
        verbose: Whether to print the path, the endpoints and what is left out.

    Returns:
        List of the names of the endpoints that were written.

    Raises:
        ValueError: If `filepath` has another ending, or if all functions need
            operations that LiteRT lacks.
    """
    if not isinstance(filepath, (str, os.PathLike)) or not str(filepath).endswith(
        ".tflite"
    ):
        raise ValueError(
            "Expected the path of a file that ends in '.tflite' for a LiteRT model. "
            f"Received: {filepath!r}"
        )
    traced = {
        name: tf.function(
            function, input_signature=signature, autograph=False
        ).get_concrete_function()
        for name, (function, signature) in endpoints.items()
    }
    missing = {name: _random_operations(f) for name, f in traced.items()}
    content, left = None, {n: f for n, f in traced.items() if not missing[n]}
    with contextlib.suppress(_Unsupported):
        content = _convert(left)
    if content is None:
        # The converter names operations, and not the functions that need them.
        for name, function in list(left.items()):
            try:
                _convert({name: function})
            except _Unsupported as error:
                missing[name] = str(error)
                del left[name]
        content = _convert(left) if left else None
    if content is None:
        listed = "; ".join(f"`{name}` needs {ops}" for name, ops in missing.items())
        raise ValueError(
            f"LiteRT lacks operations of this model: {listed}. Export a SavedModel, "
            "`format='tf_saved_model'`, for TensorFlow; or a model without random "
            "numbers, such as a GAN with a deterministic generator, a VAE's decoder or "
            "the greedy policy of an agent."
        )
    write_bytes(filepath, content)
    if verbose:
        print(
            f"Saved a LiteRT model in {str(filepath)!r}, with the endpoints: "
            f"{', '.join(left)}"
        )
        for name in traced.keys() - left.keys():
            print(f"Left out: `{name}`, as LiteRT lacks {missing[name]}")
    return list(left)


class _Unsupported(Exception):
    """Raised where LiteRT lacks operations; its text lists them."""


def _random_operations(function):
    """Returns the names of a function's random operations, a string."""
    graph = function.graph.as_graph_def()
    nodes = [*graph.node, *(n for f in graph.library.function for n in f.node_def)]
    return ", ".join(sorted({node.op for node in nodes if _RANDOM.search(node.op)}))


def _convert(functions):
    """Returns the bytes of a LiteRT model.

    Args:
        functions: Dict from names to concrete functions.

    Raises:
        _Unsupported: If LiteRT lacks an operation.
    """
    if not functions:
        raise _Unsupported("no function")
    module = tf.Module()
    module.held = [v for f in functions.values() for v in f.graph.variables]
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, signatures=functions)
        converter = tf.lite.TFLiteConverter.from_saved_model(
            folder, signature_keys=list(functions)
        )
        try:
            return converter.convert()
        except Exception as error:  # TensorFlow does not export the error's class.
            names = sorted(set(_MISSING.findall(str(error))))
            raise _Unsupported(", ".join(names) or str(error)[:300]) from error
