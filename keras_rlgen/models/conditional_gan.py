import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.models.gan import GAN


@keras.saving.register_keras_serializable("keras_rlgen")
class ConditionalGAN(GAN):
    """A GAN whose two networks also see a class label.

    Args:
        generator: Keras model from `[latents, labels]`, `(batch, latent_dim)` and
            int32 `(batch,)` or `(batch, 1)`, to samples. An `Embedding` reads them.
        discriminator: Keras model from `[samples, labels]` to logits.
        latent_dim: Integer.
        num_classes: Integer, labels are in `[0, num_classes)`.
        **kwargs: As in `GAN`; packing is not for conditional models.

    Raises:
        ValueError: As `GAN`; or if `packing` is not 1.

    Example:

    ```python
    gan = ConditionalGAN(generator, discriminator, latent_dim=64, num_classes=10)
    gan.compile()
    gan.fit(images, labels, epochs=20)
    gan.generate(10, labels=range(10), seed=0)
    ```

    Reference:
        [Mirza & Osindero, 2014](https://arxiv.org/abs/1411.1784).
    """

    has_condition = True

    def __init__(self, generator, discriminator, latent_dim, num_classes, **kwargs):
        if kwargs.get("packing", 1) != 1:
            raise ValueError(
                "`ConditionalGAN` judges samples one by one. "
                f"Received: packing={kwargs['packing']}"
            )
        self.num_classes = num_classes
        super().__init__(generator, discriminator, latent_dim, **kwargs)

    def fit(self, x=None, y=None, **kwargs):
        if y is not None:
            self._check_labels(y)
        return super().fit(x, y, **kwargs)

    def call(self, inputs, training=None):
        """Returns samples for `[latents, labels]`."""
        latents, labels = inputs
        return self._call_generator(
            self.sampling_generator, latents, labels, training=bool(training)
        )

    def generate(self, num_samples, labels=None, seed=None):
        """Draws samples of given classes.

        Args:
            num_samples: Positive integer.
            labels: Integers `(num_samples,)`. By default drawn uniformly.
            seed: As in `GAN.generate`.

        Returns:
            Float32 NumPy array `(num_samples, ...)`.

        Raises:
            ValueError: If `labels` has another length, or a label is no class.
        """
        if labels is None:
            return self._compiled_generate(num_samples, seed)
        labels = np.asarray(labels)
        if labels.shape != (num_samples,):
            raise ValueError(
                f"Expected `labels` of shape ({num_samples},). Received: {labels.shape}"
            )
        self._check_labels(labels)
        return self._compiled_generate(num_samples, seed, tf.constant(labels, tf.int32))

    def _check_labels(self, labels):
        labels = np.asarray(labels)
        if labels.size == 0:
            raise ValueError("Expected at least one label. Received none.")
        whole = labels.dtype.kind in "iu"
        if not whole or labels.min() < 0 or labels.max() >= self.num_classes:
            raise ValueError(
                f"{self._label_error()} Received: dtype {labels.dtype}, from "
                f"{labels.min()} to {labels.max()}"
            )

    def _label_error(self):
        return ValueError(f"Expected integer labels in [0, {self.num_classes}).")

    def _unpack(self, data):
        real, labels, _ = keras.utils.unpack_x_y_sample_weight(data)
        if labels is None:
            raise ValueError(
                "`ConditionalGAN` trains on samples with labels: `fit(x, y)`, or a "
                "data set of (samples, labels). Received samples only."
            )
        labels = tf.cast(labels, tf.int32)
        # An embedding fails on a label that is no class, or, compiled, reads another.
        allowed = tf.clip_by_value(labels, 0, self.num_classes - 1)
        self.health.check(self._label_error(), tf.reduce_all(labels == allowed))
        return real, allowed

    def _generator_inputs(self, latents, condition):
        return [latents, condition]

    def _discriminator_inputs(self, samples, condition):
        return [samples, condition]

    def _example_condition(self, batch_size):
        return tf.zeros((batch_size,), tf.int32)

    def _random_condition(self, count, key):
        return tf.random.stateless_uniform(
            (count,), key, maxval=self.num_classes, dtype=tf.int32
        )

    def get_config(self):
        return {**super().get_config(), "num_classes": self.num_classes}
