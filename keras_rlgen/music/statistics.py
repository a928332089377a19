"""Statistics of melodies, after the rules of music theory."""

import numpy as np

from keras_rlgen.music.copies import longest_copies, novelty
from keras_rlgen.music.keys import estimated_keys, key_index, scales, tonic
from keras_rlgen.music.melody_notes import melody_notes
from keras_rlgen.music.rewards.leaps_resolved import leaps_of
from keras_rlgen.music.rewards.motifs import motifs_of
from keras_rlgen.music.rewards.note_density import notes_per_quarter
from keras_rlgen.music.rewards.repeated_notes import repeated


def statistics(
    tokens,
    encoding,
    keys="estimated",
    voice=0,
    leap=5,
    repeats=3,
    corpus=None,
    ngram_size=8,
):
    """Computes how well melodies follow the rules of music theory.

    Args:
        tokens: Int array `(pieces, ...)`.
        encoding: The `Encoding` of the tokens, with voices.
        keys: A key for all pieces, such as `"C major"`; an array of the key of each,
            such as `Passages.keys`; or `"estimated"`.
        voice: Integer, which voice, 0 for the highest.
        leap: Integer, semitones from which an interval is a leap.
        repeats: Integer, how often a note may be repeated in a row.
        corpus: Int array of tokens, such as the training data, for `novelty` and
            `longest_copy`; `None` to leave these out.
        ngram_size: Integer, the steps of the n-grams of `novelty`.

    Returns:
        Dict of floats. Percentages of notes: `out_of_key`, `repeated` (as in
        `RepeatedNotes`), `in_repeated_motif` (as in `Motifs`, of passages); of leaps:
        `leaps_resolved`, NaN if there are none; of pieces: `starts_on_tonic`,
        `ends_on_tonic`, `unique_highest`, `unique_lowest` (the extreme note occurs
        once). Means over pieces: `autocorrelation_1`, `_2`, `_3` of the pitches of the
        notes, `notes_per_quarter`. With a `corpus`: `novelty`, the percentage of
        n-grams that are not in it, and `longest_copy`, steps.

    Raises:
        ValueError: If tokens are of another encoding or of no piece, there is no such
            voice, or `keys` are not of the pieces.

    Example:

    >>> encoding = MelodyEncoding(low=60, steps_per_quarter=1)
    >>> melody = encoding.tokens([[60, 67, 65, 61, 60]])
    >>> found = statistics(melody, encoding, keys="C major")
    >>> found["out_of_key"], found["leaps_resolved"], found["ends_on_tonic"]
    (20.0, 100.0, 100.0)

    Reference:
        [Jaques et al., 2017](https://arxiv.org/abs/1611.02796), table 1. Rules as in
        the rewards of the same names.
    """
    if not encoding.has_voices or voice not in range(encoding.num_voices):
        raise ValueError(
            f"Expected an encoding with a voice {voice!r}. Received: {encoding}"
        )
    if len(tokens) == 0:
        raise ValueError(f"Expected one piece or more. Received: {np.shape(tokens)}")
    all_voices = encoding.grid(tokens)
    grid = all_voices.voice(voice)
    keys = _keys(keys, all_voices)
    notes = melody_notes(grid)
    pitches, present = notes.pitches.numpy(), notes.present.numpy()
    melodies = [row[kept] for row, kept in zip(pitches, present, strict=True)]
    inside = scales()[keys[:, np.newaxis], pitches % 12]
    leaps, resolved = (np.sum(x) for x in leaps_of(notes, leap))
    tonics = [tonic(key) for key in keys]
    motif_steps = min(max(2 * encoding.steps_per_quarter, 4), grid.onsets.shape[1])
    motifs, come_back = (np.sum(x) for x in motifs_of(grid, motif_steps, 3))
    found = {
        "out_of_key": _percent(np.sum(~inside & present), np.sum(present)),
        "leaps_resolved": _percent(resolved, leaps),
        "repeated": _percent(np.sum(repeated(notes, repeats)), np.sum(present)),
        "starts_on_tonic": _of_melodies(melodies, tonics, lambda m, t: m[0] % 12 == t),
        "ends_on_tonic": _of_melodies(melodies, tonics, lambda m, t: m[-1] % 12 == t),
        "unique_highest": _of_melodies(
            melodies, tonics, lambda m, _: np.sum(m == m.max()) == 1
        ),
        "unique_lowest": _of_melodies(
            melodies, tonics, lambda m, _: np.sum(m == m.min()) == 1
        ),
        "in_repeated_motif": _percent(come_back, motifs),
        "notes_per_quarter": float(
            np.mean(notes_per_quarter(grid, encoding.steps_per_quarter))
        ),
    }
    for lag in (1, 2, 3):
        values = [_autocorrelation(melody, lag) for melody in melodies]
        found[f"autocorrelation_{lag}"] = float(np.mean(values))
    if corpus is not None:
        found["novelty"] = 100.0 * novelty(tokens, corpus, ngram_size)
        found["longest_copy"] = float(np.mean(longest_copies(tokens, corpus)))
    return found


def _keys(keys, grid):
    """Returns the key of each piece, int array `(pieces,)`."""
    count = grid.pitches.shape[0]
    if isinstance(keys, str) and keys == "estimated":
        return estimated_keys(grid).numpy()
    if np.ndim(keys) == 0:
        return np.full(count, key_index(keys))
    if np.shape(keys) != (count,):
        raise ValueError(
            f"Expected a key for each of {count} pieces. Received: {np.shape(keys)}"
        )
    return np.asarray([key_index(key) for key in keys])


def _percent(part, whole):
    return float(100.0 * part / whole) if whole else float("nan")


def _of_melodies(melodies, tonics, holds):
    """Returns the percentage of melodies with notes for which something holds."""
    pairs = [(m, t) for m, t in zip(melodies, tonics, strict=True) if len(m)]
    return _percent(sum(bool(holds(m, t)) for m, t in pairs), len(melodies))


def _autocorrelation(melody, lag):
    """Returns the correlation of pitches with those `lag` later; 0 if constant."""
    if len(melody) < lag + 2:
        return 0.0
    first, second = melody[:-lag].astype(float), melody[lag:].astype(float)
    deviations = np.std(first) * np.std(second)
    if deviations == 0.0:
        return 0.0
    products = (first - first.mean()) * (second - second.mean())
    return float(np.mean(products) / deviations)
