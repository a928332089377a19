"""Imports Gymnasium, which is optional, with a helpful error."""

from keras_rlgen.extras import install_command

try:
    import gymnasium
except ImportError as error:
    raise ImportError(
        "The Gymnasium part of `keras_rlgen.environments` needs Gymnasium, and "
        f"importing it failed: {error}. Install it:\n\n" + install_command("agents")
    ) from error

__all__ = ["gymnasium"]
