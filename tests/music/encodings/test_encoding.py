import keras
import numpy as np
import pytest

from keras_rlgen import music
from tests.music.pieces import notes

ENCODINGS = [
    music.MelodyEncoding(low=50, high=80, hold=False, end=True, steps_per_quarter=4),
    music.MelodyEncoding(low=40),
    music.ChoraleEncoding(hold=True, steps_per_quarter=1),
    music.ChoraleEncoding(low=40, hold=True, end=True, interleaved=True),
    music.PianoRollEncoding(steps_per_quarter=2),
]


@pytest.mark.parametrize("encoding", ENCODINGS, ids=repr)
def test_round_trips(encoding):
    config = keras.saving.serialize_keras_object(encoding)
    again = keras.saving.deserialize_keras_object(config)
    assert again == encoding and hash(again) == hash(encoding)
    assert again != music.MelodyEncoding(low=41)
    voices = [notes(64, 65, -1, 67), notes(60, 57), notes(55), notes(48, 50, 52, 53)]
    if encoding.num_voices == 1:
        voices = voices[:1]
    if not encoding.has_voices:
        voices += [[]] * 84
    tokens = encoding.encode(voices)
    steps = 4 * encoding.steps_per_quarter
    assert tokens.dtype == np.int32 and tokens.shape == encoding.sample_shape(steps)
    assert encoding.num_steps(tokens.shape) == steps
    assert 0 <= tokens.min() and tokens.max() < encoding.vocabulary_size
    decoded = encoding.decode(tokens)
    if encoding.has_voices:
        assert decoded == voices
    else:
        assert sorted(sum(decoded, [])) == sorted(sum(voices, []))
    assert encoding.encode(voices, 2).shape == encoding.sample_shape(2)


@pytest.mark.parametrize("encoding", ENCODINGS, ids=repr)
def test_tokens_of_another_encoding(encoding):
    shape = (2, *encoding.sample_shape(4))
    with pytest.raises(ValueError, match="Received: from 0 to 99. The tokens are of"):
        encoding.grid(np.linspace(0, 99, np.prod(shape)).astype(int).reshape(shape))
    with pytest.raises(TypeError, match="expected integer tokens"):
        encoding.grid(np.zeros(shape))
    with pytest.raises(ValueError, match=r"expected tokens of shape \(batch, length"):
        encoding.grid(np.zeros((*shape, 3), int))
    with pytest.raises(ValueError, match="expected tokens of shape"):
        encoding.decode(np.zeros(shape, int))


def test_what_cannot_be_encoded():
    encoding = music.MelodyEncoding(low=60, high=72, steps_per_quarter=1)
    with pytest.raises(ValueError, match=r"60 to 72, and -1.*Received: \[59\]"):
        encoding.encode([notes(59, 60)])
    with pytest.raises(ValueError, match="notes of 1 voices. Received: 0 lists"):
        encoding.encode([])
    with pytest.raises(ValueError, match="use an encoding with `end=True`"):
        encoding.encode([notes(60)], num_steps=4)
    with pytest.raises(ValueError, match=r"steps, 1\). Received: \(2, 4\)"):
        encoding.tokens_of_steps(np.zeros((2, 4)), np.zeros((2, 4)))
    with pytest.raises(ValueError, match="`steps_per_quarter` to be a positive"):
        music.MelodyEncoding(steps_per_quarter=0.5)
