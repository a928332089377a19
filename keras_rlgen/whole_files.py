"""Writes files and folders as a whole: a reader finds the old one, or the new one."""

import contextlib
import ctypes
import glob
import os
import pathlib
import shutil
import tempfile
import time

_LEFTOVER_SECONDS = 3600.0
_CURRENT_FOLDER = -100  # AT_FDCWD
_EXCHANGE = 2  # RENAME_EXCHANGE
SAVED_MODEL = frozenset(
    {
        "assets",
        "assets.extra",
        "fingerprint.pb",
        "policy_specs.pbtxt",
        "saved_model.pb",
        "variables",
    }
)


def checked_path(path):
    """Returns a path to write or to read.

    Args:
        path: String or `os.PathLike`.

    Raises:
        ValueError: If it is something else, or empty.

    Example:

    >>> checked_path("scores.txt").name
    'scores.txt'
    """
    if not isinstance(path, (str, os.PathLike)) or not os.fspath(path):
        raise ValueError(
            f"Expected a path, such as 'outputs/name'. Received: {path!r} of type "
            f"{type(path).__name__}"
        )
    return pathlib.Path(path)


def existing_file(path):
    """Returns the path of a file that is there.

    Args:
        path: String or `os.PathLike`.

    Raises:
        ValueError: If it is no path.
        FileNotFoundError: If there is no such file.

    Example:

    >>> existing_file("nothing.txt")
    Traceback (most recent call last):
    ...
    FileNotFoundError: There is no file 'nothing.txt' (in the folder ...
    """
    path = checked_path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"There is no file {str(path)!r} (in the folder {os.getcwd()!r})."
        )
    return path


def check_writable(folder):
    """Raises `OSError` if a folder cannot be made, or nothing can be written to it.

    Args:
        folder: Path.

    Example:

    >>> check_writable(tempfile.mkdtemp())
    """
    folder = checked_path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OSError(
            error.errno,
            f"Expected a folder to write to. Received: {str(folder)!r}, and "
            f"{error.strerror}. Choose another path",
        ) from error


@contextlib.contextmanager
def replacing(path):
    """Yields a path beside another, and puts what is written there in its place.

    The place changes in one step, at the end of the context, unless an error leaves it.
    A process that is killed at any moment thus leaves the old file or folder, or the
    new one, and at most a hidden folder `.<name>.<random>.part` beside it, which a
    later call removes.

    Args:
        path: Path of a file or folder. Missing folders above it are created.

    Yields:
        `pathlib.Path` of the same last name, at which nothing exists yet.

    Raises:
        OSError: If the folder above it cannot be made or written to.

    Example:

    >>> path = pathlib.Path(tempfile.mkdtemp()) / "scores.txt"
    >>> with replacing(path) as beside:
    ...     _ = beside.write_text("1.0")
    >>> path.read_text()
    '1.0'
    """
    path = pathlib.Path(os.path.abspath(checked_path(path)))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(path)
        folder = tempfile.mkdtemp(
            dir=path.parent, prefix=f".{path.name}.", suffix=".part"
        )
    except OSError as error:
        # Of the same class, such as `PermissionError`.
        raise OSError(
            error.errno,
            f"Expected to write {path.name!r} into the folder '{path.parent}', and "
            f"cannot: {error.strerror}. Choose another path",
        ) from error
    try:
        beside = pathlib.Path(folder) / path.name
        yield beside
        if beside.is_dir():
            _replace_folder(beside, path)
        else:
            _flush(beside)
            os.replace(beside, path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write_bytes(path, content):
    """Writes a file as a whole. See `replacing`.

    Args:
        path: Path of the file.
        content: Bytes.
    """
    with replacing(path) as beside:
        beside.write_bytes(content)


def write_text(path, text):
    """Writes a text file as a whole, in UTF-8. See `replacing`.

    Args:
        path: Path of the file.
        text: String.
    """
    write_bytes(path, text.encode("utf-8"))


@contextlib.contextmanager
def replacing_saved_model(path):
    """As `replacing`, for the folder of a SavedModel.

    Args:
        path: Path of the folder: a new one, an empty one, or one of a SavedModel.

    Raises:
        ValueError: If it is no path, or a folder that holds something else.
    """
    if not isinstance(path, (str, os.PathLike)) or not os.fspath(path):
        raise ValueError(
            f"Expected the path of a folder to write, such as 'model'. Received: "
            f"{path!r}"
        )
    if os.path.isfile(path):
        raise ValueError(
            f"Expected the path of a folder to write. Received: {str(path)!r}, which "
            "is a file."
        )
    others = set(os.listdir(path)) - SAVED_MODEL if os.path.isdir(path) else set()
    if others:
        raise ValueError(
            "Expected a new folder, an empty one, or one of a SavedModel, which is "
            f"replaced. Received: {str(path)!r}, which holds {sorted(others)[:5]}. "
            "Name a folder inside it."
        )
    with replacing(path) as beside:
        yield beside


def _replace_folder(beside, path):
    for file in beside.rglob("*"):
        if file.is_file():
            _flush(file)
    if not path.exists():
        os.replace(beside, path)
        return
    if path.is_dir() and not _exchange(beside, path):
        # Without an exchange in one step, the old folder is moved aside first.
        os.replace(path, beside.with_name(f"{beside.name}.old"))
        os.replace(beside, path)


def _exchange(first, second):
    """Exchanges two folders in one step, where Linux does; returns whether it did."""
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):
        return False
    names = os.fsencode(first), os.fsencode(second)
    arguments = _CURRENT_FOLDER, names[0], _CURRENT_FOLDER, names[1], _EXCHANGE
    return rename(*arguments) == 0


def _flush(file):
    """Has a file written to the disk before it takes the place of another."""
    with open(file, "rb") as opened, contextlib.suppress(OSError):
        os.fsync(opened.fileno())


def _remove_leftovers(path):
    """Removes what a killed process has left beside a path, an hour ago or more."""
    for folder in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        with contextlib.suppress(OSError):
            if time.time() - folder.stat().st_mtime > _LEFTOVER_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
