import numpy as np
import pytest

from keras_rlgen.metrics.token_sequences import as_token_sequences, joined


def test_lengths():
    tokens, lengths = as_token_sequences(np.array([[1, 2], [1, 0], [0, 2]], "uint8"), 0)
    assert tokens.dtype == np.int64 and lengths.tolist() == [2, 1, 0]
    assert as_token_sequences([[1, 0]])[1].tolist() == [2]


def test_sequences_of_two_widths_are_joined():
    first, second = as_token_sequences([[1, 2, 3]], 0), as_token_sequences([[4]], 0)
    tokens, lengths = joined(second, first)
    assert tokens.tolist() == [[4, 0, 0], [1, 2, 3]] and lengths.tolist() == [1, 3]


@pytest.mark.parametrize(
    "tokens, error, message",
    [
        ([[1.0]], TypeError, "`corpus` to be integers.*dtype float64.*tokenizer"),
        ([1, 2], ValueError, r"`corpus` of shape \(num_sequences, length\).*\(2,\)"),
        (np.zeros((0, 3), int), ValueError, r"Received: shape \(0, 3\)"),
        ([[1, -1]], ValueError, "tokens >= 0. Received: -1"),
    ],
)
def test_what_is_no_sequence(tokens, error, message):
    with pytest.raises(error, match=message):
        as_token_sequences(tokens, name="corpus")
