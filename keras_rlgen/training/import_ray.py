"""Imports Ray, which is optional, with a helpful error."""

from keras_rlgen.extras import install_command


def import_ray():
    """Returns the module `ray`.

    Raises:
        ImportError: If it is not installed.
    """
    try:
        import ray
    except ImportError as error:
        raise ImportError(
            "Runs and environments in other processes by Ray need the extra "
            f"`distributed`, and importing Ray failed: {error}. Install it:\n\n"
            + install_command("distributed")
        ) from error
    return ray
