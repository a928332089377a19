import numpy as np

from keras_rlgen.metrics.n_grams import n_gram_counts
from keras_rlgen.metrics.token_sequences import as_token_sequences
from tests.metrics.sequences import cut, n_grams, random_sequences


def test_counts_are_those_of_a_dictionary():
    tokens = random_sequences(40)
    rows = cut(tokens)
    counted = list(n_gram_counts(*as_token_sequences(tokens, 0), 5))
    assert len(counted) == 5
    for order, (row, gram, count, num_grams) in enumerate(counted, 1):
        expected = [n_grams(r, order) for r in rows]
        assert num_grams == len(set().union(*expected))
        for index, counter in enumerate(expected):
            ours = count[row == index]
            assert sorted(ours.tolist()) == sorted(counter.values())
        # Equal n-grams have equal numbers, in whatever sequence.
        totals = np.bincount(gram, count, num_grams)
        together = sum(expected, start=type(expected[0])())
        assert sorted(totals.tolist()) == sorted(together.values())


def test_orders_that_nothing_has_are_empty():
    tokens, lengths = as_token_sequences([[3, 0, 0], [0, 0, 0]], 0)
    one, two, three, four = n_gram_counts(tokens, lengths, 4)
    assert one.num_grams == 1 and one.rows.tolist() == [0]
    assert [x.num_grams for x in (two, three, four)] == [0, 0, 0]
