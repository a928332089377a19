import numpy as np
import pytest

from keras_rlgen import music


def slow_longest(sequence, corpus):
    best = 0
    for i in range(len(sequence)):
        for j in range(i + 1, len(sequence) + 1):
            run = list(sequence[i:j])
            for piece in corpus:
                starts = range(len(piece) - len(run) + 1)
                if any(list(piece[s : s + len(run)]) == run for s in starts):
                    best = max(best, len(run))
    return best


def test_longest_copies_of_random_sequences():
    random = np.random.default_rng(0)
    tokens, corpus = random.integers(0, 3, (4, 12)), random.integers(0, 3, (5, 9))
    expected = [slow_longest(row, corpus) for row in tokens]
    assert music.longest_copies(tokens, corpus).tolist() == expected


def test_steps_of_several_voices_are_compared_as_a_whole():
    corpus = np.array([[[1, 2], [3, 4], [5, 6]]])
    tokens = np.array([[[3, 4], [5, 6], [1, 3]]])
    assert music.longest_copies(tokens, corpus).tolist() == [2]
    assert music.novelty(tokens, corpus, size=1) == pytest.approx(1 / 3)
    assert music.novelty(corpus, corpus, size=3) == 0.0


def test_what_does_not_fit():
    with pytest.raises(ValueError, match="the same voices in both"):
        music.longest_copies(np.zeros((2, 3)), np.zeros((2, 3, 4)))
    with pytest.raises(ValueError, match="`size` from 1 to the length"):
        music.novelty(np.zeros((2, 3)), np.zeros((2, 3)), size=4)
