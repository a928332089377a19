"""Gymnasium, which is optional, or what to do where it is missing."""

try:
    import gymnasium
except ImportError as error:
    raise ImportError(
        "What joins Gymnasium and `keras_rlgen.environments` needs Gymnasium, and "
        f"importing it failed: {error}. "
        'Install it: pip install "keras_rlgen[agents]"'
    ) from error

__all__ = ["gymnasium"]
