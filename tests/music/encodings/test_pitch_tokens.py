import numpy as np

from keras_rlgen import music


def test_tokens_of_pitches():
    encoding = music.ChoraleEncoding(low=40, high=80)
    assert encoding.tokens([40, 80, -1]).tolist() == [0, 40, 41]
    assert encoding.has_pitches(np.array([40, -1, 80]))
    assert not encoding.has_pitches([39]) and not encoding.has_pitches([-2])
    assert (encoding.rest_token, encoding.hold_token, encoding.end_token) == (
        *(41, 42),
        None,
    )
