import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import music
from tests.music.pieces import QUARTERS, melody
from tests.music.rewards.round_trip import scores

CORPUS = np.concatenate(
    [melody(60, 62, 64, 65), melody(72, 71, 69, 67), melody(60, 60, 48, 48)]
)


@keras.saving.register_keras_serializable("tests_music")
def intervals(tokens):
    return tf.cast(tokens[:, 1:] - tokens[:, :-1], tf.float32)


def slow_likeness(sample, corpus, neighbors):
    embed = lambda x: np.diff(x.astype(float), axis=-1)  # noqa: E731
    center = embed(corpus).mean(axis=0)
    x, ys = embed(sample) - center, embed(corpus) - center
    cosines = [y @ x / np.linalg.norm(x) / np.linalg.norm(y) for y in ys]
    return np.mean(sorted(cosines)[-neighbors:])


def test_cosines_to_the_nearest():
    samples = np.concatenate([melody(61, 63, 65, 66), melody(70, 60, 62, 62)])
    reward = music.CorpusLikeness(QUARTERS, intervals, CORPUS, num_neighbors=2)
    expected = [slow_likeness(sample, CORPUS, 2) for sample in samples]
    np.testing.assert_allclose(scores(reward, samples), expected, rtol=1e-5)
    copy = music.CorpusLikeness(QUARTERS, intervals, CORPUS, num_neighbors=1)
    np.testing.assert_allclose(copy(CORPUS), 1.0, rtol=1e-6)


def test_a_model_as_the_embedding():
    model = keras.Sequential(
        [
            keras.Input((4,), dtype="int32"),
            keras.layers.Embedding(QUARTERS.vocabulary_size, 3),
            keras.layers.Flatten(),
        ]
    )
    reward = music.CorpusLikeness(QUARTERS, model, CORPUS, num_neighbors=3)
    assert np.all(np.abs(reward(CORPUS)) <= 1.0)


def test_what_does_not_fit():
    likeness = music.CorpusLikeness
    with pytest.raises(TypeError, match="a Keras model or a function"):
        likeness(QUARTERS, None, CORPUS)
    with pytest.raises(ValueError, match="either `corpus` or `embeddings`"):
        likeness(QUARTERS, intervals)
    with pytest.raises(ValueError, match="from 1 to the number of pieces, 3"):
        likeness(QUARTERS, intervals, CORPUS)
    with pytest.raises(ValueError, match=r"embeddings of shape \(batch, dim\)"):
        likeness(QUARTERS, lambda x: tf.cast(x, tf.float32)[..., None], CORPUS)
    with pytest.raises(ValueError, match="finite embeddings of shape"):
        likeness(QUARTERS, intervals, embeddings=[[np.nan]], num_neighbors=1)
    with pytest.raises(ValueError, match="tokens are of another encoding"):
        likeness(QUARTERS, intervals, CORPUS + 30, num_neighbors=1)
