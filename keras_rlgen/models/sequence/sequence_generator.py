import functools
import math
import warnings

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.arguments import is_integer
from keras_rlgen.identifiers import with_objects
from keras_rlgen.losses.masked_reductions import masked_mean, masked_sum, num_elements
from keras_rlgen.models import data_checks
from keras_rlgen.models.conditions.prompts import Prompts
from keras_rlgen.models.draw import Draw
from keras_rlgen.models.likelihood_model import LikelihoodModel
from keras_rlgen.models.sequence.decode import begin, decode
from keras_rlgen.models.sequence.generation_request import GenerationRequest
from keras_rlgen.models.sequence.prefix_backbone import PrefixBackbone
from keras_rlgen.models.sequence.token_choice import TokenChoice
from keras_rlgen.models.sequence.valid_steps import valid_steps
from keras_rlgen.training.guarded_model import serialize


@keras.saving.register_keras_serializable("keras_rlgen")
class SequenceGenerator(LikelihoodModel):
    """An autoregressive model of sequences of tokens, such as text or music.

    `log p(x) = sum_t log p(x_t | x_1, ..., x_(t-1))`, each factor a softmax over the
    vocabulary. The likelihood is exact.

    Tokens are integers from 0. A sequence that ends early has the `end_token`, and
    after it anything, which is neither learned nor counted. With several voices a step
    has several tokens, independent of each other given the steps before.

    Args:
        backbone: `RecurrentBackbone`, `TransformerBackbone`, or a layer with the same
            methods. Any other causal Keras model is wrapped in a `PrefixBackbone`, with
            a warning, since its sampling is slow.
        length: Integer >= 1, the steps of a sequence.
        end_token: Integer, the token that ends a sequence; `None` if all sequences have
            the full length.
        start_token: Integer, the token before the first; by default one of its own,
            whose index is the size of the vocabulary.
        conditions: `Prompts(...)`, if sequences continue prompts; or `None`.
        seed: Integer or `None`, the seed of sampling.
        name: String.

    Attributes:
        vocabulary_size: Integer, the number of tokens.
        voices: Integer, the tokens of a step, or `None` for one, without an axis.

    Raises:
        TypeError: If `backbone` is no Keras layer.
        ValueError: If an argument is out of its range, or the backbone sees fewer
            tokens than sequence and prompt have.

    Example:

    ```python
    backbone = RecurrentBackbone(vocabulary_size=12, units=64)
    model = SequenceGenerator(backbone, length=32, end_token=0, seed=0)
    model.compile(keras.optimizers.Adam(1e-3))
    model.fit(tokens, epochs=10)  # int32 (num_samples, 32)
    model.evaluate(held_out)  # [loss in nats per step, bits_per_step]
    model.generate(16, temperature=0.9, top_p=0.95)
    model.complete([[3, 4]], seed=0)
    model.log_prob(held_out)  # (num_samples,), nats
    ```

    The loss is the mean over all steps that are not padding, in nats; of several voices
    the sum.

    Reference:
        [Graves, 2013](https://arxiv.org/abs/1308.0850), section 2.
    """

    likelihood = "exact"
    sample_dtype = "int32"
    term_names = ("loss",)
    evaluation_names = ("loss", "bits_per_step")

    def __init__(
        self,
        backbone,
        length,
        end_token=None,
        start_token=None,
        conditions=None,
        seed=None,
        name=None,
        **kwargs,
    ):
        super().__init__(conditions, seed=seed, name=name, **kwargs)
        if not is_integer(length) or length < 1:
            raise ValueError(
                f"Expected `length` to be a positive integer. Received: {length!r}"
            )
        if conditions is not None and not isinstance(conditions, Prompts):
            raise ValueError(
                "Expected `conditions` to be `Prompts`, or `None`. Received: "
                f"{conditions!r}. A class is a prompt of one token: "
                "`Prompts(1, num_classes)`."
            )
        self.length = int(length)
        self.num_prompt_steps = 0 if conditions is None else conditions.length
        num_seen = self.length + self.num_prompt_steps
        if not isinstance(backbone, keras.Layer):
            raise TypeError(
                "Expected `backbone` to be a `RecurrentBackbone`, a "
                "`TransformerBackbone` or a causal Keras model of tokens. Received: "
                f"{backbone!r} of type {type(backbone).__name__}"
            )
        if not hasattr(backbone, "step"):
            warnings.warn(
                f"{type(backbone).__name__} '{backbone.name}' has no `step`: sampling "
                "evaluates it on all tokens again for each new one. "
                "`RecurrentBackbone` and `TransformerBackbone` do not.",
                stacklevel=2,
            )
            backbone = PrefixBackbone(backbone, num_seen)
        self.backbone = backbone
        self.vocabulary_size = backbone.vocabulary_size
        self.voices = backbone.voices
        self.value_range = 0, self.vocabulary_size - 1
        self.end_token = self._checked_token("end_token", end_token)
        self.start_token = self._checked_token("start_token", start_token)
        if self.end_token is not None and self.voices is not None:
            raise ValueError(
                "Sequences of several voices have a fixed length: leave out "
                f"`end_token`. Received: end_token={end_token}, voices={self.voices}"
            )
        most = getattr(backbone, "max_length", None)
        if most is not None and most < num_seen:
            raise ValueError(
                f"Expected a backbone that sees {num_seen} tokens, the length of a "
                "sequence and its prompt. Received one with "
                f"max_length={backbone.max_length}."
            )
        if conditions is not None and conditions.vocabulary_size > self.vocabulary_size:
            raise ValueError(
                f"Expected prompts of the backbone's {self.vocabulary_size} tokens. "
                f"Received: {conditions.vocabulary_size}"
            )
        self.sample_shape = (self.length,)
        if self.voices is not None:
            self.sample_shape = self.length, self.voices
        self._requests = {}
        self._step_log_probs = None
        self._check_backbone()
        self.built = True

    def _checked_token(self, name, token):
        allowed = range(self.vocabulary_size)
        if token is not None and (not is_integer(token) or token not in allowed):
            raise ValueError(
                f"Expected `{name}` to be a token from 0 to {allowed[-1]}, or None. "
                f"Received: {token!r}"
            )
        return None if token is None else int(token)

    def _check_backbone(self):
        """Evaluates the backbone on the start token; checks the shape of its logits."""
        try:
            logits = self.backbone(self.context(1)[:, :1], training=False)
        except tf.errors.InvalidArgumentError as error:
            raise ValueError(
                f"The backbone cannot embed the start token {self._first_token()}. "
                "Give its embedding one row more than the vocabulary has tokens, or "
                f"set `start_token`. It raised: {error.message}"
            ) from error
        voices = () if self.voices is None else (self.voices,)
        expected = (1, 1, *voices, self.vocabulary_size)
        if tuple(logits.shape) != expected:
            raise ValueError(
                f"Expected logits of shape {expected} for one start token. Received: "
                f"{tuple(logits.shape)}"
            )

    def _first_token(self):
        return self.vocabulary_size if self.start_token is None else self.start_token

    def context(self, count, condition=None):
        """Returns what precedes sequences: the start token, and their prompts.

        Args:
            count: Integer or int32 scalar, the number of sequences.
            condition: Prompts `(count, prompt_length)`, or `None`.

        Returns:
            Int32 tensor `(count, steps[, voices])`.
        """
        start = tf.fill((count, 1, *self.sample_shape[1:]), self._first_token())
        if condition is None:
            return start
        return tf.concat([start, tf.cast(condition, tf.int32)], axis=1)

    def _logits(self, samples, condition, training):
        """Computes the logits of each step, given the steps before."""
        context = self.context(tf.shape(samples)[0], condition)
        seen = tf.concat([context, samples[:, :-1]], axis=1)
        seen = tf.ensure_shape(
            seen, (None, self.length + self.num_prompt_steps, *self.sample_shape[1:])
        )
        return self.backbone(seen, training=training)[:, self.num_prompt_steps :]

    def _log_probs(self, samples, condition, training, temperature=None):
        """Computes the log-probability of each step, padding included."""
        logits = self._logits(samples, condition, training)
        if temperature is not None:
            logits /= temperature
        log_probs = -tf.nn.sparse_softmax_cross_entropy_with_logits(samples, logits)
        return log_probs if self.voices is None else tf.reduce_sum(log_probs, axis=-1)

    def _mask(self, samples):
        if self.end_token is None:
            return ()
        return valid_steps(samples, self.end_token)

    def valid_steps(self, samples):
        """Returns which steps are not padding.

        Args:
            samples: Integers `(batch, length[, voices])`, array or tensor.

        Returns:
            Bool tensor `(batch, length)`, true up to and including the end token.
        """
        samples = data_checks.check_shape(samples, self.sample_shape)
        if self.end_token is None:
            return tf.ones(tf.shape(samples)[:2], tf.bool)
        return self._mask(tf.cast(samples, tf.int32))

    def log_density(self, samples, condition, key):
        log_probs = self._log_probs(samples, condition, training=False)
        return masked_sum(log_probs, self._mask(samples))

    def step_log_probs(self, samples, condition=None, temperature=1.0):
        """Computes the log-probability of each step given the steps before.

        Args:
            samples: Integers `(batch, length[, voices])`.
            condition: Prompts `(batch, prompt_length)`, if the model is conditional.
            temperature: Positive float, as in `generate`.

        Returns:
            Float32 tensor `(batch, length)`, in nats; zero at padding.

        Raises:
            ValueError: As `log_prob`.
            TypeError: As `log_prob`.
        """
        samples = self._checked_samples(samples)
        if self.has_condition:
            self._require_condition(condition, "step_log_probs(samples, prompts)")
        condition = self._check_request(len(samples), condition, temperature)

        def compute(samples, condition, temperature):
            log_probs = self._log_probs(samples, condition, False, temperature)
            mask = self._mask(samples)
            return (
                log_probs if isinstance(mask, tuple) else tf.where(mask, log_probs, 0)
            )

        if self._step_log_probs is None:
            self._step_log_probs = tf.function(compute, reduce_retracing=True)
        return self._step_log_probs(
            tf.cast(samples, tf.int32), condition, tf.constant(temperature, tf.float32)
        )

    def loss_terms(self, samples, condition, key, training):
        log_probs = self._log_probs(samples, condition, training)
        return {"loss": -masked_mean(log_probs, self._mask(samples))}

    def evaluation_terms(self, samples, condition, key):
        loss = self.loss_terms(samples, condition, key, training=False)["loss"]
        return {"loss": loss, "bits_per_step": loss / math.log(2.0)}

    def batch_weight(self, samples):
        steps = tf.zeros(tf.shape(samples)[:2])
        return num_elements(steps, self._mask(samples))

    def gradient_weight(self, samples):
        return None if self.end_token is None else self.batch_weight(samples)

    def generate(
        self,
        num_samples,
        condition=None,
        seed=None,
        temperature=1.0,
        prefix=None,
        top_k=None,
        top_p=None,
        mask=None,
        jit_compile=None,
    ):
        """Generates sequences, compiled and in one batch.

        Args:
            num_samples: Positive integer.
            condition: Prompts `(num_samples, prompt_length)`, if the model is
                conditional.
            seed: Integer: the same seed and weights give the same sequences. Defaults
                to the model's own random stream.
            temperature: Positive float, which divides the logits. 1 is the model's own
                distribution.
            prefix: Integers `(steps[, voices])`, or `(num_samples, steps[, voices])`:
                how the sequences begin.
            top_k: Integer >= 1: only the likeliest `top_k` tokens are sampled.
            top_p: Float in (0, 1]: only the likeliest tokens are sampled, as many as
                have this probability together.
            mask: Which tokens may be sampled: booleans that broadcast to
                `(length[, voices], vocabulary_size)`, or a function `(tokens, step)` of
                TensorFlow operations, to booleans `(num_samples[, voices],
                vocabulary_size)`. It gets int32 `(num_samples, length[, voices])`,
                valid before the step, an int32 scalar.
            jit_compile: Boolean, whether XLA compiles the loop over tokens, a second or
                more for each new `num_samples`. Two cores then sample a transformer
                about twice as fast. Defaults to the model's `jit_compile`, which Keras
                sets to `False` where there is no GPU.

        Returns:
            Int32 NumPy array `(num_samples, length[, voices])`. What follows an end
            token are end tokens.

        Raises:
            ValueError: If an argument is out of its range, a prefix is longer than the
                sequences, or a mask excludes every token of a step; with `jit_compile`,
                if XLA cannot compile a layer of the backbone.
        """
        condition = self._check_request(num_samples, condition, temperature)
        if self.has_condition:
            self._require_condition(condition, "generate(n, condition=prompts)")
        request = GenerationRequest(self, num_samples, prefix, top_k, top_p, mask)
        jit = self.jit_compile if jit_compile is None else jit_compile
        jit = bool(jit) and not self.run_eagerly
        if jit and jit_compile is not None:
            self._check_compilable({"backbone": self.backbone})
        structure = request.structure, jit
        if structure not in self._requests:
            self._requests[structure] = tf.function(
                functools.partial(self._generate, jit_compile=jit),
                reduce_retracing=True,
            )
        tokens, blocked = self._requests[structure](
            tf.constant(int(num_samples), tf.int32),
            self._sampling_key(seed),
            condition,
            tf.constant(temperature, tf.float32),
            request.choice,
        )
        if blocked:
            raise ValueError(
                "The `mask` excludes every token of a step, so there is none to "
                "sample. Allow at least one token for each step and sequence."
            )
        return tokens.numpy()

    def complete(self, prefix, condition=None, seed=None, temperature=1.0, **kwargs):
        """Continues sequences, compiled and in one batch.

        Args:
            prefix: Integers `(num_samples, steps[, voices])`, how the sequences begin.
            condition: As in `generate`.
            seed: As in `generate`.
            temperature: As in `generate`.
            **kwargs: `top_k`, `top_p`, `mask` and `jit_compile`, as in `generate`.

        Returns:
            Int32 NumPy array `(num_samples, length[, voices])`.

        Raises:
            ValueError: As `generate`.
        """
        prefix = np.asarray(prefix)
        if prefix.ndim != 1 + len(self.sample_shape) or len(prefix) == 0:
            raise ValueError(
                "Expected `prefix` of shape (num_samples, steps"
                f"{'' if self.voices is None else ', voices'}), one or more samples. "
                f"Received: {prefix.shape}"
            )
        return self.generate(
            len(prefix), condition, seed, temperature, prefix=prefix, **kwargs
        )

    def _generate(self, count, key, condition, temperature, choice, jit_compile=False):
        """Generates sequences; returns them, and whether a mask excluded all tokens."""
        condition = self._given_or_random(condition, count, key)
        shape = (self.length, count, *self.sample_shape[1:])
        noise = tf.random.stateless_uniform(shape, key)

        def decoded(context, noise, temperature, choice):
            decoding = begin(self.backbone, context, self.length, self.end_token)
            choose = choice.chooser(noise, temperature)
            decoding = decode(
                self.backbone, decoding, choose, self.length, self.end_token
            )
            tokens = tf.experimental.numpy.moveaxis(decoding.tokens, 0, 1)
            return tokens, decoding.blocked

        if jit_compile:
            decoded = tf.function(decoded, jit_compile=True)
        context = self.context(count, condition)
        tokens, blocked = decoded(context, noise, temperature, choice)
        return tf.ensure_shape(tokens, (None, *self.sample_shape)), blocked

    def sample(self, count, key, condition=None, temperature=1.0):
        return self._generate(count, key, condition, temperature, TokenChoice())[0]

    def draw(self, count, key, condition=None, temperature=1.0, training=None):
        condition = self._given_or_random(condition, count, key)
        samples = self.sample(count, key, condition, temperature)
        condition = () if condition is None else condition
        return Draw(tf.stop_gradient(samples), (), condition, self._mask(samples))

    def draw_log_prob(self, draw, condition=None, training=None):
        """Computes the log-probability of each step, given the steps before.

        They take one evaluation of the backbone. See `GenerativeModel`.

        Returns:
            Float32 tensor `(count, length)`, in nats. Those of padding have no meaning.
        """
        condition = self._drawn_condition(draw, condition)
        return self._log_probs(draw.samples, condition, bool(training))

    @property
    def policy_variables(self):
        return self.backbone.trainable_variables

    def call(self, inputs, training=None):
        """Returns the logits of tokens, or of `[tokens, prompts]`."""
        samples, condition = inputs if self.has_condition else (inputs, None)
        return self._logits(tf.cast(samples, tf.int32), condition, bool(training))

    def export_endpoints(self):
        """Returns the base class's endpoints and two of sequences.

        - `complete(prefix, seed, temperature)`, of a model without prompts: int32
          `(batch, steps[, voices])` and two scalars, to sequences;
        - `log_prob(samples[, condition])`.
        """
        signature = [self.sample_spec]
        if self.has_condition:
            signature.append(self.conditions.spec)

        def log_prob(samples, condition=None):
            return self.log_density(samples, condition, key=None)

        def complete(prefix, seed, temperature):
            padding = [[0, 0], [0, self.length - tf.shape(prefix)[1]]]
            padding += [[0, 0]] * (len(self.sample_shape) - 1)
            choice = TokenChoice(tf.pad(prefix, padding), tf.shape(prefix)[1])
            key = tf.stack([seed, 0])
            count = tf.shape(prefix)[0]
            return self._generate(count, key, None, temperature, choice)[0]

        endpoints = super().export_endpoints()
        endpoints["log_prob"] = log_prob, signature
        if not self.has_condition:
            endpoints["complete"] = (
                complete,
                [
                    tf.TensorSpec((None, None, *self.sample_shape[1:]), tf.int32),
                    tf.TensorSpec((), tf.int32),
                    tf.TensorSpec((), tf.float32),
                ],
            )
        return endpoints

    def exported_parts(self):
        return [self.backbone]

    def get_config(self):
        return {
            "backbone": serialize(self.backbone),
            "length": self.length,
            "end_token": self.end_token,
            "start_token": self.start_token,
            "conditions": serialize(self.conditions),
            "seed": self.seed,
            "name": self.name,
            "dtype": serialize(self.dtype_policy),
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        keys = "backbone", "conditions", "dtype"
        return cls(**with_objects(config, *keys, custom_objects=custom_objects))
