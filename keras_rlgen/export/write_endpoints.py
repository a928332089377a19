import keras

from keras_rlgen.export.guarded_endpoint import guarded_endpoint
from keras_rlgen.export.litert import write_litert
from keras_rlgen.training.keras_internals import endpoint_names
from keras_rlgen.whole_files import replacing_saved_model

FORMATS = "tf_saved_model", "litert"
_PYTHON = {"PyFunc", "PyFuncStateless", "EagerPyFunc"}


def write_endpoints(
    endpoints, filepath, parts=(), bounds=None, format="tf_saved_model", verbose=True
):
    """Writes functions of tensors as a SavedModel or a LiteRT file, as a whole.

    A process that is killed meanwhile leaves what was there, or the new one. The inputs
    of a SavedModel are checked, those of a LiteRT file are not.

    Args:
        endpoints: Dict from names to pairs of a function of tensors and its list of
            `tf.TensorSpec`.
        filepath: Folder to write: a new one, an empty one, or one of a SavedModel. For
            LiteRT, a file `*.tflite`.
        parts: Layers whose weights the functions use, to be listed by the SavedModel.
        bounds: Dict from names of inputs to `(low, high)`.
        format: `"tf_saved_model"` or `"litert"`, as in `keras.Model.export`.
        verbose: Whether to print the path and the endpoints.

    Returns:
        List of the names of the endpoints that were written.

    Raises:
        ValueError: If `filepath` is no path, or a folder that holds something else; if
            the format is unknown; if a function calls Python; if LiteRT has the
            operations of none of the functions.

    Example:

    >>> import tempfile
    >>> import tensorflow as tf
    >>> signature = [tf.TensorSpec((None, 2), name="x")]
    >>> folder = f"{tempfile.mkdtemp()}/model"
    >>> write_endpoints({"double": (lambda x: 2 * x, signature)}, folder, verbose=False)
    ['double']
    >>> tf.saved_model.load(folder).double(tf.ones((1, 2))).numpy()
    array([[2., 2.]], dtype=float32)
    """
    check_format(format)
    if format == "litert":
        return write_litert(endpoints, filepath, verbose)
    archive = keras.export.ExportArchive()
    for part in parts:
        archive.track(part)
    for name, (function, signature) in endpoints.items():
        function = guarded_endpoint(function, signature, bounds or {})
        traced = archive.add_endpoint(name, function, signature)
        refuse_python(traced.get_concrete_function(), name)
    with replacing_saved_model(filepath) as beside:
        archive.write_out(str(beside), verbose=False)
    names = endpoint_names(archive)
    if verbose:
        print(
            f"Saved a SavedModel in {str(filepath)!r}, with the endpoints: "
            f"{', '.join(names)}"
        )
    return names


def check_format(format):
    """Raises `ValueError` if `format` is neither of `FORMATS`."""
    if format not in FORMATS:
        raise ValueError(
            f"Expected `format` to be one of {list(FORMATS)}. Received: {format!r}"
        )


def refuse_python(concrete, name):
    """Raises `ValueError` if a function calls Python, which a file does not hold.

    Args:
        concrete: Concrete function.
        name: String, the function's name in the error.
    """
    graph = concrete.graph.as_graph_def()
    nodes = [*graph.node, *(n for f in graph.library.function for n in f.node_def)]
    if any(node.op in _PYTHON for node in nodes):
        raise ValueError(
            f"`{name}` calls a function in plain Python or NumPy, which only this "
            "process has: no file can hold it. Write the function with operations of "
            "TensorFlow, such as `tf.reduce_mean`, and export it again."
        )
