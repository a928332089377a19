"""Reads text corpora from files and addresses."""

import hashlib
import os
import pathlib

import keras

from keras_rlgen.arguments import is_integer, is_number


def read(path, file_hash=None):
    """Reads a text file in UTF-8.

    Args:
        path: Path of a file; or an address `http(s)://...`, which
            `keras.utils.get_file` downloads once into the Keras home.
        file_hash: String, the SHA-256 of the file, or `None`.

    Returns:
        String, whose lines end with a line feed alone.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is empty, not text in UTF-8, or of another hash.

    Example:

    ```python
    shakespeare = read("shakespeare.txt")
    train, held_out = split(shakespeare, 0.9)
    ```
    """
    path = str(path)
    if path.startswith(("http://", "https://")):
        file_hash, given = None, file_hash  # Keras compares it.
        path = keras.utils.get_file(origin=path, file_hash=given)
    if not os.path.isfile(path):
        raise FileNotFoundError(
            f"Expected a text file, or an address that begins with http:// or "
            f"https://. Received: {path!r}, which is no file"
        )
    data = pathlib.Path(path).read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if file_hash is not None and found != file_hash:
        raise ValueError(
            f"Expected a file of the SHA-256 {file_hash!r}. Received: {path}, of "
            f"{found!r}. It was changed or damaged."
        )
    if b"\0" in data:
        raise ValueError(
            f"Expected a text file in UTF-8. Received: {path}, a binary file, with a "
            f"zero byte at position {data.index(0)}"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"Expected a text file in UTF-8. Received: {path}, with the byte "
            f"0x{data[error.start]:02x} at position {error.start}. Convert it, for "
            "example by `iconv -f latin1 -t utf-8`."
        ) from error
    if not text.strip():
        raise ValueError(f"Expected a text. Received: {path}, which is empty")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def lines(path, max_lines=None, file_hash=None):
    """Reads the lines of a text file, without those that are empty.

    Args:
        path: As in `read`.
        max_lines: Integer >= 1, how many are returned; by default all.
        file_hash: As in `read`.

    Returns:
        List of strings, without white space at both ends.

    Raises:
        FileNotFoundError: As `read`.
        ValueError: As `read`; if `max_lines` is out of its range.

    Example:

    ```python
    captions = lines("captions.txt")
    tokenizer = WordTokenizer.fit(captions)
    tokens = tokenizer.encode(captions, length=32, truncate=True)
    ```
    """
    if max_lines is not None and (not is_integer(max_lines) or max_lines < 1):
        raise ValueError(f"Expected `max_lines` >= 1 or None. Received: {max_lines!r}")
    stripped = (line.strip() for line in read(path, file_hash).split("\n"))
    return [line for line in stripped if line][:max_lines]


def windows(text, length, stride=None):
    """Cuts a long text into windows of equally many characters.

    Args:
        text: String.
        length: Integer >= 1, characters of a window.
        stride: Integer >= 1, characters from the beginning of one to that of the next.
            By default `length`: no overlap.

    Returns:
        List of strings. Characters at the end that fill no window are left out.

    Raises:
        ValueError: If the text is shorter than a window, or a number is out of its
            range.

    Example:

    >>> windows("abcdefg", length=3, stride=2)
    ['abc', 'cde', 'efg']
    """
    stride = length if stride is None else stride
    for name, value in (("length", length), ("stride", stride)):
        if not is_integer(value) or value < 1:
            raise ValueError(f"Expected `{name}` >= 1. Received: {value!r}")
    if len(text) < length:
        raise ValueError(
            f"Expected a text of at least {length} characters, one window. Received: "
            f"{len(text)}"
        )
    return [
        text[start : start + length]
        for start in range(0, len(text) - length + 1, stride)
    ]


def split(corpus, fraction=0.9):
    """Splits a corpus into a first and a last part, to train on and held out.

    Split a long text before it is cut into windows, so that none overlaps both parts.

    Args:
        corpus: String, list of strings, or array.
        fraction: Float in (0, 1), the size of the first part.

    Returns:
        A pair of the two parts.

    Raises:
        ValueError: If `fraction` is out of its range, or a part would be empty.

    Example:

    >>> split("abcdefghij", 0.8)
    ('abcdefgh', 'ij')
    """
    if not (is_number(fraction) and 0.0 < fraction < 1.0):
        raise ValueError(f"Expected `fraction` in (0, 1). Received: {fraction!r}")
    size = int(len(corpus) * fraction)
    if not 0 < size < len(corpus):
        raise ValueError(
            f"Expected a corpus with something for both parts. Received: {len(corpus)} "
            f"of which {size} in the first"
        )
    return corpus[:size], corpus[size:]
