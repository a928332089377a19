import importlib

from keras_rlgen.extras import install_command


def import_library(name):
    """Imports a library of the extra `music`.

    Args:
        name: String, such as `"music21"`.

    Returns:
        The module.

    Raises:
        ImportError: If it is not installed.

    Example:

    >>> import_library("mido").__name__
    'mido'
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(
            f"This needs {name}, which is not installed. Install it:\n\n"
            + install_command("music")
        ) from error
