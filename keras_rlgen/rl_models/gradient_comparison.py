import math

import tensorflow as tf

from keras_rlgen.arguments import is_integer
from keras_rlgen.estimators import NAMES, ScoreFunction, get
from keras_rlgen.rl_models.check_estimator import check_estimator, has_reward_gradient
from keras_rlgen.rl_models.gradient_quality import gradient_moments, gradient_quality
from keras_rlgen.training.guarded_model import serialize

ENUMERABLE = 1024


class GradientComparison:
    """Compares estimators of the gradient of an `RLVAE`'s encoder on one batch.

    Args:
        model: `RLVAE`.
        samples: Float32 tensor `(batch, ...)`.
        condition: What the samples are conditioned on, or `None`.
        num_repeats: Integer, gradient samples per estimator.

    Raises:
        ValueError: If `num_repeats` is below 2.
    """

    def __init__(self, model, samples, condition, num_repeats):
        if not is_integer(num_repeats) or num_repeats < 2:
            raise ValueError(
                "Expected `num_repeats` to be an integer of at least 2, since a "
                f"variance is computed. Received: {num_repeats!r}"
            )
        self.model = model
        self.samples = samples
        self.condition = condition
        self.num_repeats = num_repeats

    def report(self, estimators, num_warmup, key):
        """Returns a dict from the estimators' labels to results of `gradient_quality`.

        Args:
            estimators: List of names and estimators, or `None` for those of
                `estimators_to_compare`.
            num_warmup: Integer, preceding updates of the baseline of an estimator that
                is not the compiled one.
            key: Int32 tensor `(2,)`.

        Raises:
            ValueError: If an estimator does not support the model.
        """
        if estimators is None:
            estimators = estimators_to_compare(self.model)
        rows = {}
        for estimator in map(get, estimators):
            copy, learns = self._copy(estimator)
            rows[copy.label] = copy, num_warmup if learns else 0
        reference_key, *keys = tf.unstack(
            tf.random.experimental.stateless_split(key, len(rows) + 1)
        )
        reference = self.reference(reference_key)
        report = {}
        for (name, (estimator, warmup)), row_key in zip(
            rows.items(), keys, strict=True
        ):
            mean, variance = self.moments(estimator, row_key, warmup)
            known = None if estimator.kl == "policy" else reference
            report[name] = gradient_quality(mean, variance, self.num_repeats, known)
        return report

    def _copy(self, estimator):
        """Returns a copy of an estimator, and whether its baseline needs a warm-up."""
        model = self.model
        is_own = serialize(estimator) == serialize(model.estimator)
        # The model's own estimator must not change.
        copy = get(serialize(estimator))
        check_estimator(model, copy, model.reward, model.free_bits)
        model.prepare_estimator(copy, model.beta)
        if is_own:
            copy.set_weights(model.estimator.get_weights())
        return copy, copy.weights and not is_own

    def moments(self, estimator, key, warmup=0):
        """Estimates the gradient's mean, and its variance summed over weights."""
        model, variables = self.model, self.model.encoder.trainable_variables
        size = sum(math.prod(v.shape) for v in variables)

        def terms(key):
            return model.estimated_terms(
                estimator, self.samples, self.condition, key, training=False
            )

        def gradient(key):
            with tf.GradientTape() as tape:
                loss = terms(key)[0]["loss"]
            return _flat(tape.gradient(loss, variables))

        def learn(count, key):
            estimator.learn(terms(key)[1], model.encoder)
            return count + 1

        @tf.function(autograph=False)
        def learn_and_repeat(key):
            keys = tf.random.experimental.stateless_split(key, warmup + 1)
            if warmup:
                tf.foldl(learn, keys[1:], 0)
            return gradient_moments(gradient, size, self.num_repeats, keys[0])

        mean, variance = learn_and_repeat(key)
        return mean, float(tf.reduce_sum(variance))

    def reference(self, key):
        """Returns a reference gradient, and the summed variance of that estimate."""
        shape = self.model.latents.shape
        if self.model.latents.kind == "categorical":
            if shape[1] ** shape[0] <= ENUMERABLE:
                return tf.function(self.exact, autograph=False)(), 0.0
        mean, variance = self.moments(ScoreFunction(num_samples=64), key)
        return mean, variance / self.num_repeats

    def exact(self):
        """Computes the exact gradient, by a sum over all combinations of codes."""
        model = self.model
        num_latents, num_codes = model.latents.shape
        choices = tf.meshgrid(*[tf.range(num_codes)] * num_latents, indexing="ij")
        choices = tf.reshape(tf.stack(choices, axis=-1), [-1, num_latents])
        # `judge` needs a static number of combinations.
        choices = tf.ensure_shape(choices, [num_codes**num_latents, num_latents])
        latents = tf.repeat(
            tf.one_hot(choices, num_codes)[:, None], len(self.samples), axis=1
        )
        log_likelihood, reward, *_ = model.judge(
            self.samples, latents, self.condition, training=False
        )
        with tf.GradientTape() as tape:
            posterior = model.posterior(self.samples, self.condition, training=False)
            probabilities = tf.exp(posterior.log_prob(latents))
            means = tf.reduce_sum(probabilities * (log_likelihood + reward), axis=0)
            loss = model.kl_loss(model.latents.kl(posterior)) - tf.reduce_mean(means)
        return _flat(tape.gradient(loss, model.encoder.trainable_variables))


def estimators_to_compare(model):
    """Returns the compiled estimator of an `RLVAE`, and others to compare with."""
    kind = model.latents.kind
    pathwise = [
        estimator()
        for estimator in NAMES.values()
        if estimator.pathwise and kind in estimator.latent_kinds
    ]
    if model.reward is not None and not has_reward_gradient(model, model.reward):
        pathwise = []
    score_functions = (ScoreFunction(baseline=name) for name in ("none", "rloo"))
    return [model.estimator, *pathwise, *score_functions]


def _flat(gradients):
    """Concatenates gradients into one vector, float32."""
    return tf.concat([tf.reshape(tf.cast(g, tf.float32), [-1]) for g in gradients], 0)
