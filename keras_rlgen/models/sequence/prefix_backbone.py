import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.arguments import is_integer
from keras_rlgen.identifiers import with_objects
from keras_rlgen.models.random_weights import random_weights
from keras_rlgen.training.guarded_model import serialize


@keras.saving.register_keras_serializable("keras_rlgen")
class PrefixBackbone(keras.layers.Layer):
    """Any causal Keras model as the backbone of a `SequenceGenerator`.

    The model has no state, so in sampling it is evaluated on all tokens again for each
    new one: a sequence of `n` tokens costs `n` times what it costs to train on it.
    Prefer `RecurrentBackbone` and `TransformerBackbone` where they serve.

    Args:
        network: Keras model from int32 tokens `(batch, steps)` to logits of the tokens
            that follow, `(batch, steps, vocabulary_size)`; `steps` is `max_length` or
            any number. Its embedding needs a row for the start token: one more than the
            vocabulary, unless the generator gets a `start_token`.
        max_length: Integer >= 1, the most tokens that it sees, start token and prompt
            included. Defaults to the length of the network's input.
        name: String.

    Raises:
        ValueError: If the network's input or output is not as described, or a
            prediction depends on later tokens.

    Example:

    >>> network = keras.Sequential(
    ...     [
    ...         keras.Input((None,), dtype="int32"),
    ...         keras.layers.Embedding(13, 8),
    ...         keras.layers.Conv1D(8, 3, padding="causal", activation="relu"),
    ...         keras.layers.Dense(12),
    ...     ]
    ... )
    >>> PrefixBackbone(network, max_length=20).vocabulary_size
    12
    """

    voices = None

    def __init__(self, network, max_length=None, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        shape = getattr(network, "input_shape", None)
        output = getattr(network, "output_shape", None)
        fits = isinstance(shape, tuple) and len(shape) == 2
        fits = fits and isinstance(output, tuple) and len(output) == 3
        if not fits or output[1] != shape[1] or output[2] is None or output[2] < 2:
            raise ValueError(
                "Expected a built network from tokens (batch, steps) to logits (batch, "
                f"steps, vocabulary_size). Received: input shape {shape}, output shape "
                f"{output}"
            )
        max_length = max_length or shape[1]
        if not is_integer(max_length) or max_length < 1:
            raise ValueError(
                "Expected `max_length` to be a positive integer, since the network "
                f"takes sequences of any length. Received: {max_length!r}"
            )
        if shape[1] not in (None, max_length):
            raise ValueError(
                f"Expected `max_length` of {shape[1]}, the length of the network's "
                f"input. Received: {max_length}"
            )
        self.network = network
        self.max_length = max_length
        self.vocabulary_size = output[2]
        self._check_causality()
        self.built = True

    def _check_causality(self):
        """Raises an error if logits change with a later token, at any weights."""
        self._check_prefixes()
        with random_weights(self.network):
            self._check_prefixes()

    def _check_prefixes(self):
        random = np.random.default_rng(0)
        shape = 1, self.max_length
        tokens = random.integers(0, self.vocabulary_size, shape).astype("int32")
        before = self(tf.constant(tokens)).numpy()
        for position in np.unique([1, self.max_length // 2, self.max_length - 1]):
            if position >= self.max_length:
                continue
            changed = tokens.copy()
            changed[:, position:] = (changed[:, position:] + 1) % self.vocabulary_size
            after = self(tf.constant(changed)).numpy()
            if not np.allclose(before[:, :position], after[:, :position], atol=1e-4):
                raise ValueError(
                    "Expected a causal network: logits depend on the tokens so far. "
                    f"Those before position {position} change with the tokens from "
                    "there on. Use causal layers (recurrent ones that read forwards, "
                    "`Conv1D(padding='causal')`, attention with `use_causal_mask`)."
                )

    def call(self, tokens, training=None):
        padding = 0
        if self.network.input_shape[1] is not None:
            padding = self.max_length - tf.shape(tokens)[1]
        padded = tf.pad(tokens, [[0, 0], [0, padding]])
        logits = self.network(padded, training=training)
        return tf.cast(logits, tf.float32)[:, : tf.shape(tokens)[1]]

    def start(self, count):
        """Returns the state before the first token. See `RecurrentBackbone.start`."""
        tokens = tf.zeros((count, self.max_length), tf.int32)
        return {"position": tf.zeros((count,), tf.int32), "tokens": tokens}

    def step(self, tokens, state):
        """Predicts the tokens that follow. See `RecurrentBackbone.step`."""
        position = state["position"]
        places = tf.range(self.max_length) == position[:, tf.newaxis]
        seen = tf.where(places, tokens[:, tf.newaxis], state["tokens"])
        logits = tf.gather(self(seen, training=False), position, batch_dims=1)
        return logits, {"position": position + 1, "tokens": seen}

    def get_config(self):
        return {
            **super().get_config(),
            "network": serialize(self.network),
            "max_length": self.max_length,
        }

    @classmethod
    def from_config(cls, config):
        return cls(**with_objects(config, "network"))
