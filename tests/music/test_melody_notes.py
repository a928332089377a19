from keras_rlgen.music import MelodyEncoding
from keras_rlgen.music.melody_notes import melody_notes


def test_notes_move_to_the_front():
    encoding = MelodyEncoding(low=60, high=72, end=True, steps_per_quarter=1)
    rest, hold, end = encoding.rest_token, encoding.hold_token, encoding.end_token
    grid = encoding.grid([[rest, 0, hold, 4, end, 5]])
    notes = melody_notes(grid)
    assert notes.pitches.numpy().tolist() == [[60, 64, -1, -1, -1, -1]]
    assert notes.steps.numpy().tolist() == [[1, 3, 6, 6, 6, 6]]
    assert notes.present.numpy().sum() == 2
