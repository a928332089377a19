import copy

import keras
import tensorflow as tf

from keras_rlgen.arguments import is_integer
from keras_rlgen.extras import install_command
from keras_rlgen.training.guarded_model import serialize


@keras.saving.register_keras_serializable("keras_rlgen")
class CausalLMBackbone(keras.layers.Layer):
    """A language model of KerasHub as the backbone of a `SequenceGenerator`.

    It samples with the model's own key-value cache. The generator needs a
    `start_token`, such as the tokenizer's. A preprocessor is neither used nor saved:
    samples and prompts are tokens. KerasHub is the extra `language`.

    All sequences of a batch are at the same step, so that the backbone is no prior of
    an environment of tokens.

    Args:
        causal_lm: `keras_hub.models.CausalLM` with `call_with_cache`, such as
            `GPT2CausalLM`, `LlamaCausalLM` or `GemmaCausalLM`.
        max_length: Integer >= 1, the most tokens that it sees, start token and prompt
            included: the length of the cache. Defaults to the model's
            `max_sequence_length`, if it has one.
        name: String.

    Call arguments:
        tokens: Int32 tensor `(batch, steps)`.
        training: Boolean, for the dropout.

    Returns:
        Float32 logits of the tokens that follow, `(batch, steps, vocabulary_size)`.

    Raises:
        TypeError: If the model has no `call_with_cache`.
        ValueError: If `max_length` is out of its range, or missing.

    Example:

    ```python
    language_model = keras_hub.models.CausalLM.from_preset("gpt2_base_en")
    tokenizer = language_model.preprocessor.tokenizer
    generator = SequenceGenerator(
        CausalLMBackbone(language_model, max_length=64),
        length=40,
        start_token=tokenizer.start_token_id,
        end_token=tokenizer.end_token_id,
        conditions=Prompts(8, tokenizer.vocabulary_size()),
    )
    tuner = RewardTuner(generator)
    ```
    """

    voices = None
    is_synchronous = True  # All sequences of a batch are at the same step.

    def __init__(self, causal_lm, max_length=None, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        if not hasattr(causal_lm, "call_with_cache"):
            raise TypeError(
                "Expected `causal_lm` to be a `keras_hub.models.CausalLM` with "
                f"`call_with_cache`. Received: {causal_lm!r} of type "
                f"{type(causal_lm).__name__}"
            )
        longest = getattr(causal_lm.backbone, "max_sequence_length", None)
        max_length = max_length or longest
        if not is_integer(max_length) or not 1 <= max_length <= (longest or max_length):
            raise ValueError(
                "Expected `max_length`, the length of the cache, to be a positive "
                f"integer, at most the model's max_sequence_length={longest}. "
                f"Received: {max_length!r}"
            )
        self.causal_lm = causal_lm
        self.max_length = max_length
        self.vocabulary_size = int(causal_lm.backbone.token_embedding.input_dim)
        # Traced, and not run.
        _, cache = (
            tf.function(causal_lm._build_cache, autograph=False)
            .get_concrete_function(tf.TensorSpec((1, max_length), tf.int32))
            .structured_outputs
        )
        self._cache_spec = tf.nest.map_structure(
            lambda x: tf.TensorSpec(x.shape, x.dtype), cache
        )
        self.built = True

    def call(self, tokens, training=None):
        inputs = {"token_ids": tokens, "padding_mask": tf.ones_like(tokens)}
        return tf.cast(self.causal_lm(inputs, training=training), tf.float32)

    def start(self, count):
        """Returns the state before the first token. See `RecurrentBackbone.start`."""
        cache = tf.nest.map_structure(
            lambda spec: tf.zeros((count, *spec.shape[1:]), spec.dtype),
            self._cache_spec,
        )
        return {"position": tf.zeros((count,), tf.int32), "cache": cache}

    def step(self, tokens, state):
        """Predicts the tokens that follow. See `RecurrentBackbone.step`."""
        position = state["position"]
        logits, _, cache = self.causal_lm.call_with_cache(
            tokens[:, tf.newaxis], state["cache"], position[0]
        )
        logits = tf.cast(logits[:, 0], tf.float32)
        return logits, {"position": position + 1, "cache": cache}

    def get_config(self):
        causal_lm = dict(serialize(self.causal_lm))
        causal_lm["config"] = {**causal_lm["config"], "preprocessor": None}
        causal_lm.pop("compile_config", None)  # KerasHub compiles its models.
        return {
            **super().get_config(),
            "causal_lm": causal_lm,
            "max_length": self.max_length,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        _import_keras_hub()
        config = copy.deepcopy(config)
        config["causal_lm"] = keras.saving.deserialize_keras_object(
            config["causal_lm"], custom_objects
        )
        return cls(**config)


def _import_keras_hub():
    try:
        import keras_hub  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "A language model of KerasHub needs KerasHub. Install it:\n\n"
            + install_command("language")
        ) from error
