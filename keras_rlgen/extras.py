"""Commands that install the optional dependencies."""

import pathlib


def install_command(extra):
    """Returns the command that installs an extra of this package.

    The package is not on an index: it is installed from a clone of its repository.

    Args:
        extra: String, such as `"agents"`.

    Returns:
        String. Where the package was imported from a clone, the command has its path
        and works in any folder; else it is to be run in a clone.

    Example:

    >>> install_command("agents").startswith("pip install ")
    True
    """
    clone = pathlib.Path(__file__).resolve().parents[1]
    if (clone / "setup.cfg").exists():
        return f'pip install "{clone}[{extra}]"'
    return f'pip install ".[{extra}]"  # in a clone of keras_rlgen'
