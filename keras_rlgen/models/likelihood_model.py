"""Base class of models trained by a likelihood, or a bound of it."""

import keras
import tensorflow as tf

from keras_rlgen.models.generative_model import GenerativeModel
from keras_rlgen.training import replicas
from keras_rlgen.training.guarded_model import serialize


class LikelihoodModel(GenerativeModel):
    """Base class of models with one optimizer and one loss, with guarded updates.

    Subclasses implement `loss_terms` and list its keys in `term_names`; if `evaluate`
    returns more, also `evaluation_terms` and `evaluation_names`.

    Args:
        conditions: As in `GenerativeModel`.
        seed: Integer or `None`.
        name: String.
    """

    compile_advice = {
        "loss": (
            "The loss is the negative log-likelihood of the model's own output "
            "distribution, or a bound of it."
        )
    }
    term_names = ("loss",)
    evaluation_names = ("loss",)

    def __init__(self, conditions=None, seed=None, name=None, **kwargs):
        super().__init__(conditions, seed=seed, name=name, **kwargs)
        names = dict.fromkeys([*self.term_names, *self.evaluation_names])
        self.trackers = {name: keras.metrics.Mean(name=name) for name in names}

    def compile(self, optimizer="adam", metrics=None, **kwargs):
        """Configures training.

        Args:
            optimizer: Keras optimizer or its name.
            metrics: List of `keras_rlgen.metrics` or their names, which compare real
                with generated samples in `evaluate`.
            **kwargs: `run_eagerly`, `steps_per_execution` and `jit_compile`, as in
                `keras.Model.compile`.

        Raises:
            ValueError: If a name is unknown.
        """
        optimizer = self._built_optimizer(optimizer, self.trainable_variables)
        super().compile(optimizer, metrics=metrics, **kwargs)

    def get_compile_config(self):
        config = super().get_compile_config()
        if config is not None:
            config["optimizer"] = serialize(self.optimizer)
        return config

    @property
    def training_trackers(self):
        """The metrics of a training step, in the order of the logs."""
        return [self.trackers[name] for name in self.term_names]

    @property
    def evaluation_trackers(self):
        return [self.trackers[name] for name in self.evaluation_names]

    def loss_terms(self, samples, condition, key, training):
        """Computes the loss and its terms.

        Args:
            samples: Tensor `(batch, ...)` of `sample_dtype`.
            condition: Tensor `(batch, ...)`, or `None`.
            key: Int32 tensor `(2,)`.
            training: Boolean.

        Returns:
            Dict from each of `term_names` to a float32 scalar, a mean over the
            batch. `"loss"` is minimised in training.
        """
        raise NotImplementedError

    def evaluation_terms(self, samples, condition, key):
        """Returns a dict from each of `evaluation_names`, as `loss_terms` does."""
        return self.loss_terms(samples, condition, key, training=False)

    def batch_weight(self, samples):
        """Returns the weight of a batch's terms in the mean of an epoch.

        Args:
            samples: Tensor `(batch, ...)` of `sample_dtype`.
        """
        return tf.shape(samples)[0]

    def gradient_weight(self, samples):
        """Returns the weight of a replica's gradients in their mean over replicas.

        Args:
            samples: Tensor `(batch, ...)` of `sample_dtype`.

        Returns:
            Float scalar tensor, or `None` if losses are means over samples, of which
            all replicas have equally many.
        """
        return None

    def after_update(self):
        """Runs after each update that was not skipped, inside the training step."""

    def train_step(self, data):
        samples, condition = self._unpack(data)
        variables = self.trainable_variables
        with self.health.keeping(self.non_trainable_weights):
            with tf.GradientTape() as tape:
                terms = self.loss_terms(
                    samples, condition, self._next_key(), training=True
                )
                scaled = self.optimizer.scale_loss(terms["loss"])
            gradients = tape.gradient(scaled, variables)
            self.apply_if_finite(
                "gradient",
                self.optimizer,
                variables,
                gradients,
                terms,
                self.after_update,
                self.gradient_weight(samples),
            )
        self._track(terms, self.batch_weight(samples))
        return self._finished(self.training_trackers)

    def test_step(self, data):
        samples, condition = self._unpack(data)
        key = tf.cast(self.sampling_seed_generator.next(), tf.int32)
        keys = tf.unstack(tf.random.experimental.stateless_split(key, 2))
        size, weight = tf.shape(samples)[0], self.batch_weight(samples)
        samples, condition = replicas.filled((samples, condition))
        self._track(self.evaluation_terms(samples, condition, keys[0]), weight)
        if self.sample_metrics:
            generated = self.sample(tf.shape(samples)[0], keys[1], condition)
            self._compare(*replicas.unfilled((samples, generated), size))
        return self._evaluated()

    def _track(self, terms, count):
        for name, value in terms.items():
            replicas.track(self.trackers[name], value, count)
