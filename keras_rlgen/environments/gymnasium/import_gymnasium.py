"""Imports Gymnasium, which is optional, with a helpful error."""

try:
    import gymnasium
except ImportError as error:
    raise ImportError(
        "The Gymnasium part of `keras_rlgen.environments` needs Gymnasium, and "
        f"importing it failed: {error}. "
        'Install it: pip install "keras_rlgen[agents]"'
    ) from error

__all__ = ["gymnasium"]
