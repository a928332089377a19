import os
import zipfile

import keras

PARTS = "config.json", "model.weights"


def load_model(filepath, custom_objects=None, compile=True, safe_mode=True):
    """Loads a `.keras` file, as `keras.saving.load_model` does.

    Errors say whether the file is missing, damaged, or of another kind.

    Args:
        filepath: Path of the file.
        custom_objects: Dict from names to classes or functions that are not registered
            with Keras, or `None`.
        compile: Whether to compile the model as it was.
        safe_mode: As in `keras.saving.load_model`.

    Returns:
        The model.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is damaged, or not one that `save` has written.

    Example:

    ```python
    gan = keras_rlgen.load_model("gan.keras")
    gan.fit(images, epochs=40, initial_epoch=20)
    ```
    """
    if not isinstance(filepath, (str, os.PathLike)):
        raise ValueError(
            f"Expected the path of a '.keras' file. Received: {filepath!r}"
        )
    path = os.fspath(filepath)
    if "://" not in path:
        _check_file(path)
    options = {"compile": compile, "safe_mode": safe_mode}
    try:
        return keras.saving.load_model(path, custom_objects, **options)
    except (KeyError, OSError, zipfile.BadZipFile, UnicodeDecodeError) as error:
        raise ValueError(_damaged(path, repr(error))) from error
    except ValueError as error:
        # A `JSONDecodeError` too, of a damaged configuration.
        if type(error) is ValueError:
            raise
        raise ValueError(_damaged(path, repr(error))) from error


def _check_file(path):
    if not os.path.exists(path):
        raise FileNotFoundError(
            f"There is no file {path!r} (in the folder {os.getcwd()!r})."
        )
    if os.path.isdir(path):
        if not os.path.exists(os.path.join(path, PARTS[0])):
            raise ValueError(
                f"Expected a '.keras' file. Received: {path!r}, a folder that holds "
                "no model. Name the file in it."
            )
        return
    if path.endswith((".h5", ".hdf5")):
        return
    if not zipfile.is_zipfile(path):
        size = os.path.getsize(path)
        raise ValueError(
            _damaged(path, f"it has {size} bytes and is no complete zip file")
        )
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    for part in PARTS:
        if not any(name.startswith(part) for name in names):
            raise ValueError(_damaged(path, f"it has no part '{part}'"))


def _damaged(path, reason):
    return (
        f"Expected {path!r} to be a '.keras' file that `save` has written. It is "
        f"damaged or incomplete: {reason}. Load another copy of it."
    )
