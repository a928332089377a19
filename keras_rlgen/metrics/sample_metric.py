"""Base class of metrics that compare sets of samples."""

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.arguments import is_integer
from keras_rlgen.identifiers import snake_case
from keras_rlgen.metrics.features import feature_extractor
from keras_rlgen.training import replicas


class SampleMetric(keras.metrics.Metric):
    """Base class of metrics of two sets of samples, collected batch by batch.

    `update_state(real, generated)` extracts features and writes them into two buffers
    of fixed size; it uses TensorFlow operations and works eagerly, in a `tf.function`,
    and under XLA. `result()` computes the metric from all collected features, in NumPy,
    and so works eagerly only: in a graph it returns NaN of the right structure. This
    suits `model.evaluate`: Keras calls `result` in the graph of every step, and once
    more, eagerly, at the end, which is the value reported. (With `run_eagerly=True`
    every step computes it.)

    - Each buffer holds the first `max_samples` samples since `reset_state`; later ones
      are ignored. It takes `4 * feature_size * (max_samples + 1)` bytes. Real and
      generated batches may differ in size.
    - The buffers need the feature size. An eager first `update_state` determines it; a
      model whose `test_step` updates the metric calls `metric.build(sample_shape)`
      first (a first update inside a graph also works: the variables are then created
      outside of it).
    - The buffers are never saved, with the owning model or otherwise. Neither is a
      feature extractor selected by name. A Keras model given as `features` is saved
      with its weights, since other features would give another metric.
    - With fewer than `minimum_samples` samples in a set, or with a feature that is not
      finite (for example after divergence), the result is NaN.
    - Under `tf.distribute`, each replica has its own buffers, and the result is
      computed from those of all replicas, on all machines. Build the metric inside
      `strategy.scope()`.

    To write a metric, override `compute`; name its results in `result_names`
    if it returns a dictionary.

    Args:
        features: Features to compare: see `keras_rlgen.metrics.feature_extractor`.
        max_samples: Integer >= 2, samples kept of each kind.
        name: String, the metric's name and log key. Defaults to the class' name in
            snake case.
        dtype: Data type of the result. Features are stored, and passed to `compute`, as
            float32.

    Raises:
        ValueError, TypeError: If `features` or `max_samples` is not valid.

    Example:

    ```python
    @keras.saving.register_keras_serializable("my_package")
    class MeanDistance(keras_rlgen.metrics.SampleMetric):
        def compute(self, real, generated):
            return np.linalg.norm(real.mean(axis=0) - generated.mean(axis=0))


    metric = MeanDistance()
    metric.update_state(np.zeros((8, 2)), np.ones((8, 2)))
    metric.result()  # 1.4142135
    ```
    """

    result_names = None
    uses_real_samples = True
    minimum_samples = 2

    def __init__(self, features="identity", max_samples=10_000, name=None, dtype=None):
        super().__init__(name=name or snake_case(type(self).__name__), dtype=dtype)
        if not is_integer(max_samples) or max_samples < self.minimum_samples:
            raise ValueError(
                "Argument `max_samples` must be an integer of at least "
                f"{self.minimum_samples}. Received: max_samples={max_samples!r}"
            )
        self.max_samples = int(max_samples)
        self.feature_extractor = feature_extractor(features)
        self.feature_size = None
        self._sample_buffers = {}

    @property
    def built(self):
        """Whether the buffers exist."""
        return self.feature_size is not None

    @tf.autograph.experimental.do_not_convert
    def build(self, sample_shape, sample_dtype="float32"):
        """Creates the buffers, for samples of one shape.

        Call it eagerly; variables are always created outside of graphs. A second call
        with another feature size is an error, any other has no effect.

        Args:
            sample_shape: Tuple of integers, the shape of *one* sample, without
                the batch axis: `(28, 28, 1)`.
            sample_dtype: Data type of the samples, for extractors that depend
                on it.

        Raises:
            ValueError: If the feature size differs from that of an earlier `build`.
        """
        with tf.init_scope():
            probe = tf.zeros((1, *sample_shape), sample_dtype)
            size = int(self.feature_extractor(probe).shape[-1])
            if self.built:
                self._check_feature_size(size)
                return
            if self.uses_real_samples:
                self._add_buffer("real", size)
            self._add_buffer("generated", size)
            self.feature_size = size
            self._strategy = tf.distribute.get_strategy()

    @tf.autograph.experimental.do_not_convert
    def update_state(self, real, generated):
        """Adds a batch of real and a batch of generated samples.

        Args:
            real: Tensor of shape `(num_real, *sample_shape)`.
            generated: Tensor of shape `(num_generated, *sample_shape)`.

        Raises:
            ValueError: If the samples have no features of the built size.
        """
        generated = keras.ops.convert_to_tensor(generated)
        if not self.built:
            self.build(generated.shape[1:], generated.dtype)
        if self.uses_real_samples:
            self._write("real", keras.ops.convert_to_tensor(real))
        self._write("generated", generated)

    @tf.autograph.experimental.do_not_convert
    def result(self):
        """Computes the metric over all collected samples.

        Returns:
            Scalar tensor, or a dictionary of scalar tensors by `result_names`.
            NaN inside a graph, or if there are too few samples.
        """
        values = self._compute_or_nan()
        if self.result_names is None:
            return tf.constant(values, self.dtype)
        return {
            name: tf.constant(values[name], self.dtype) for name in self.result_names
        }

    @property
    def is_empty(self):
        """Whether there are too few samples for a result."""
        counts = [self._count(kind) for kind in self._sample_buffers]
        return not self.built or min(counts) < self.minimum_samples

    def compute(self, real, generated):
        """Computes the metric from the collected features. Must be overridden.

        Args:
            real: float32 array of shape `(num_real, feature_size)`, or `None`
                where `uses_real_samples` is false.
            generated: float32 array of shape `(num_generated, feature_size)`.

        Returns:
            Float, or a dictionary of floats by `result_names`.
        """
        raise NotImplementedError(
            f"{type(self).__name__} must override `compute(real, generated)`."
        )

    def reset_state(self):
        """Discards all samples."""
        for _, count in self._sample_buffers.values():
            count.assign(0)

    def get_config(self):
        return {
            **super().get_config(),
            "features": self.feature_extractor.serialize(),
            "max_samples": self.max_samples,
        }

    def save_own_variables(self, store):
        """Saves the weights of a Keras model given as `features`, not the buffers."""
        for index, weight in enumerate(self.feature_extractor.weights):
            store[str(index)] = weight

    def load_own_variables(self, store):
        """Loads what `save_own_variables` saved."""
        weights = self.feature_extractor.weights
        if len(weights) != len(store.keys()):
            raise ValueError(
                f"Metric '{self.name}' expected {len(weights)} weights of its "
                f"feature extractor. Received: {len(store.keys())} in the file. "
                "Build the model that is given as `features` before saving."
            )
        for index, weight in enumerate(weights):
            weight.assign(store[str(index)])

    def _add_buffer(self, kind, size):
        # The extra row takes the overflow, so that the number of rows written does not
        # depend on the count (as XLA requires).
        rows = self.add_variable(
            shape=(self.max_samples + 1, size),
            initializer="zeros",
            dtype="float32",
            name=f"{kind}_features",
        )
        count = self.add_variable(
            shape=(), initializer="zeros", dtype="int64", name=f"{kind}_count"
        )
        self._sample_buffers[kind] = (rows, count)

    def _write(self, kind, samples):
        features = self.feature_extractor(samples)
        self._check_feature_size(features.shape[-1])
        rows, count = self._sample_buffers[kind]
        num_samples = tf.shape(features, out_type="int64")[0]
        first = tf.convert_to_tensor(count.value)
        positions = tf.minimum(first + tf.range(num_samples), self.max_samples)
        # The raw operation writes in place, into this replica's variable.
        tf.raw_ops.ResourceScatterNdUpdate(
            ref=rows.value.handle, indices=positions[:, tf.newaxis], updates=features
        )
        count.assign(tf.minimum(first + num_samples, self.max_samples))

    def _check_feature_size(self, size):
        if size != self.feature_size:
            raise ValueError(
                f"Metric '{self.name}' was built for {self.feature_size} "
                f"features per sample. Received: samples with {size}. Make a "
                "separate metric for each shape of samples."
            )

    def _compute_or_nan(self):
        nan = float("nan")
        if self.result_names is not None:
            nan = dict.fromkeys(self.result_names, nan)
        if not tf.executing_eagerly() or not self.built:
            return nan
        collected = {kind: self._collected(kind) for kind in self._sample_buffers}
        for features in collected.values():
            if len(features) < self.minimum_samples:
                return nan
            if not np.isfinite(features).all():
                return nan
        return self.compute(collected.get("real"), collected["generated"])

    def _count(self, kind):
        """Returns the number of samples of a kind, a Python integer."""
        count = self._sample_buffers[kind][1].value
        counts = self._strategy.experimental_local_results(count)
        each = [tf.reshape(x, [1]) for x in counts]
        return int(replicas.gathered(each, self._strategy).sum())

    def _collected(self, kind):
        rows, count = (
            self._strategy.experimental_local_results(variable.value)
            for variable in self._sample_buffers[kind]
        )
        collected = [row[: int(size)] for row, size in zip(rows, count, strict=True)]
        return replicas.gathered(collected, self._strategy)
