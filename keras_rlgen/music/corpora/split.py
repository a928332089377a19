import numpy as np


def split_pieces(pieces, fractions=(0.1, 0.1), seed=0):
    """Splits pieces into training, validation and test pieces.

    A piece is in one part as a whole: passages of one piece are alike.

    Args:
        pieces: List of `Piece`.
        fractions: Pair of floats, those of validation and test, rounded up to whole
            pieces.
        seed: Integer >= 0, chooses the split.

    Returns:
        Three lists of `Piece`.

    Raises:
        ValueError: If a part would have no piece.

    Example:

    >>> pieces = [Piece(str(index), [], key=0) for index in range(10)]
    >>> [len(part) for part in split_pieces(pieces, (0.2, 0.1))]
    [7, 2, 1]
    """
    valid, test = fractions
    sizes = [int(np.ceil(fraction * len(pieces))) for fraction in (valid, test)]
    if min(sizes) < 1 or sum(sizes) >= len(pieces):
        raise ValueError(
            "Expected fractions that leave one piece or more in training, validation "
            f"and test. Received: {tuple(fractions)} of {len(pieces)} pieces"
        )
    order = np.random.default_rng(seed).permutation(len(pieces))
    bounds = np.cumsum([0, *sizes, len(pieces) - sum(sizes)])
    valid, test, train = (
        [pieces[index] for index in sorted(order[low:high])]
        for low, high in zip(bounds[:-1], bounds[1:], strict=True)
    )
    return train, valid, test
