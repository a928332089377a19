import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.identifiers import with_objects
from keras_rlgen.music.rewards.music_reward import MusicReward


@keras.saving.register_keras_serializable("keras_rlgen")
class CorpusLikeness(MusicReward):
    """Likeness to a corpus: the cosine to its nearest pieces in an embedding.

    `mean_k cos(e(x) - c, e(y_k) - c)` over the `num_neighbors` pieces `y_k` of the
    corpus that are nearest to the sample `x`, where `c` is the mean embedding of the
    corpus. In [-1, 1], 1 for a copy: measure copies beside it, by `copies`.

    The embedding is what another model has learned, such as the encoder of a VAE or a
    classifier's last hidden layer. As a held-out reward, give it another embedding than
    the one that is maximised.

    Args:
        encoding: The `Encoding` of the samples.
        embedding: Keras model, or registered function, from int32 tokens
            `(batch, ...)` to embeddings `(batch, dim)`.
        corpus: Int array of tokens `(pieces, ...)`. Its embeddings are kept, in place
            of it.
        num_neighbors: Integer in [1, pieces].
        embeddings: Array `(pieces, dim)`, in place of `corpus`: for `from_config`.

    Raises:
        TypeError: If `embedding` is not callable.
        ValueError: If neither or both of `corpus` and `embeddings` are given, if
            embeddings are not finite or not of shape `(pieces, dim)`, or if
            `num_neighbors` is out of its range.

    Example:

    ```python
    likeness = music.CorpusLikeness(train.encoding, encoder, train.tokens)
    tuner.compile(reward=rules, held_out_reward=likeness)
    ```

    Reference:
        [Wang et al., 2025](https://arxiv.org/abs/2502.18008), NotaGen, which ranks
        pieces by the mean cosine to a reference set; here, to the nearest pieces.
    """

    def __init__(
        self,
        encoding,
        embedding,
        corpus=None,
        num_neighbors=8,
        embeddings=None,
        name=None,
        **kwargs,
    ):
        super().__init__(encoding, name=name, **kwargs)
        if not callable(embedding):
            raise TypeError(
                "Expected `embedding` to be a Keras model or a function of tokens. "
                f"Received: {embedding!r}"
            )
        if (corpus is None) == (embeddings is None):
            raise ValueError("Expected either `corpus` or `embeddings`.")
        self.embedding = embedding
        if corpus is not None:
            encoding.checked(corpus)
            embeddings = np.concatenate(
                [
                    self._embed(tf.constant(corpus[i : i + 256], tf.int32)).numpy()
                    for i in range(0, len(corpus), 256)
                ]
            )
        self.embeddings = np.asarray(embeddings, np.float32)
        if self.embeddings.ndim != 2 or not np.isfinite(self.embeddings).all():
            raise ValueError(
                "Expected finite embeddings of shape (pieces, dim). Received: "
                f"shape {self.embeddings.shape}"
            )
        if num_neighbors not in range(1, len(self.embeddings) + 1):
            raise ValueError(
                "Expected `num_neighbors` from 1 to the number of pieces, "
                f"{len(self.embeddings)}. Received: {num_neighbors!r}"
            )
        self.num_neighbors = num_neighbors

    def _embed(self, tokens):
        if isinstance(self.embedding, keras.Model):
            embedded = self.embedding(tokens, training=False)
        else:
            embedded = self.embedding(tokens)
        embedded = tf.cast(embedded, tf.float32)
        if embedded.shape.rank != 2:
            raise ValueError(
                f"Reward '{self.name}' expected embeddings of shape (batch, dim). "
                f"Received: {tuple(embedded.shape)}"
            )
        return embedded

    def call(self, samples, condition=None, training=None):
        samples = self.encoding.checked(samples)
        center = self.embeddings.mean(axis=0, keepdims=True)
        corpus = tf.math.l2_normalize(tf.constant(self.embeddings - center), axis=1)
        embedded = tf.math.l2_normalize(self._embed(samples) - center, axis=1)
        cosines = tf.matmul(embedded, corpus, transpose_b=True)
        nearest, _ = tf.math.top_k(cosines, self.num_neighbors, sorted=False)
        return tf.reduce_mean(nearest, axis=1)

    def get_config(self):
        return {
            **super().get_config(),
            "embedding": keras.saving.serialize_keras_object(self.embedding),
            "num_neighbors": self.num_neighbors,
            "embeddings": self.embeddings.tolist(),
        }

    @classmethod
    def from_config(cls, config):
        return cls(**with_objects(config, "encoding", "embedding"))
