"""Base class of rewards that know the tokenizer."""

import keras

from keras_rlgen.identifiers import with_objects
from keras_rlgen.text.token_reward import TokenReward
from keras_rlgen.text.tokenizer import Tokenizer


class TokenizerReward(TokenReward):
    """Base class of rewards of what tokens stand for.

    Args:
        tokenizer: `Tokenizer`, by which the generator's data was encoded. It is saved
            with the reward.
        name: String.

    Raises:
        TypeError: If it is no tokenizer.
    """

    def __init__(self, tokenizer, name=None, **kwargs):
        if not isinstance(tokenizer, Tokenizer):
            raise TypeError(
                "Expected a tokenizer of `keras_rlgen.text`. Received: "
                f"{tokenizer!r} of type {type(tokenizer).__name__}"
            )
        kwargs.pop("vocabulary_size", None)
        kwargs.pop("end_token", None)
        super().__init__(
            tokenizer.vocabulary_size, tokenizer.end_token, name=name, **kwargs
        )
        self.tokenizer = tokenizer

    def get_config(self):
        tokenizer = keras.saving.serialize_keras_object(self.tokenizer)
        return {**super().get_config(), "tokenizer": tokenizer}

    @classmethod
    def from_config(cls, config):
        return cls(**with_objects(config, "tokenizer"))
