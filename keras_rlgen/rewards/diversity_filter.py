import keras
import tensorflow as tf

from keras_rlgen.arguments import is_integer, is_number
from keras_rlgen.identifiers import with_objects
from keras_rlgen.rewards.arithmetic import Wrapper
from keras_rlgen.rewards.refuse_transition import refuse_transition


@keras.saving.register_keras_serializable("keras_rlgen")
class DiversityFilter(Wrapper):
    """A reward withheld from samples that are too similar to earlier ones.

    The latest `memory_size` samples with a reward of at least `minimum_reward` are
    stored, if `training=True`. A sample with `allowed` or more of them within `radius`
    gets the reward `withheld` instead. So training has to find other good samples.

    Args:
        reward: A `Reward` or function of samples.
        radius: Float >= 0, the Euclidean distance of features within which samples are
            similar. 0, for discrete samples, means equality.
        minimum_reward: Float, the minimum reward of a stored sample. By default all are
            stored.
        allowed: Positive integer, the number of similar samples in memory from which on
            the reward is withheld. Defaults to 25, as in the reference.
        memory_size: Positive integer, the number of stored samples.
        withheld: Float, the reward of a sample too similar to others.
        features: Keras model or layer, or registered function of TensorFlow
            operations, from samples `(batch, ...)` to features `(batch, ...)`. By
            default the sample itself, which has to be one tensor.

    Raises:
        ValueError: If a number is out of its range.
        TypeError: If samples are transitions and there are no `features` of them.

    Example:

    >>> def first(samples):
    ...     return samples[:, 0]
    >>> reward = DiversityFilter(first, radius=0.1, allowed=1)
    >>> samples = keras.ops.array([[1.0, 2.0]])
    >>> [float(reward(samples, training=True)[0]) for _ in range(2)]
    [1.0, 0.0]

    Reference:
        [Blaschke et al., 2020](https://doi.org/10.1186/s13321-020-00473-0), whose
        memory has buckets of similar samples; here similar samples are counted.
    """

    # The withheld reward depends on the samples.
    is_null = False
    # Its memory.
    keeps_state = True
    one_replica_because = (
        "each replica would fill a memory of its own, and one would be saved. Use one "
        "device, or another reward."
    )

    def __init__(
        self,
        reward,
        radius,
        minimum_reward=-float("inf"),
        allowed=25,
        memory_size=1000,
        withheld=0.0,
        features=None,
        name=None,
        **kwargs,
    ):
        super().__init__(reward, name=name, **kwargs)
        if not (is_number(radius) and radius >= 0.0):
            raise ValueError(f"Expected `radius` of zero or above. Received: {radius}")
        for key, value in {"allowed": allowed, "memory_size": memory_size}.items():
            if not is_integer(value) or value < 1:
                raise ValueError(
                    f"Expected `{key}` to be a positive integer. Received: {value!r}"
                )
        self.radius = float(radius)
        self.minimum_reward = float(minimum_reward)
        self.allowed = allowed
        self.memory_size = memory_size
        self.withheld = float(withheld)
        self.features = features
        self.built = False  # until there is a memory

    def __call__(self, samples, condition=None, training=None):
        self._make_memory(samples)
        return super().__call__(samples, condition, training)

    def _make_memory(self, samples):
        """Creates the memory, once the shape of the features is known."""
        if not self.built:
            with tf.init_scope():
                examples = tf.nest.map_structure(
                    lambda x: tf.zeros((1, *x.shape[1:]), x.dtype), samples
                )
                size = self._features(examples).shape[-1]
            self.build((None, size))

    def get_build_config(self):
        return {"num_features": self.memory.shape[-1]} if self.built else None

    def build_from_config(self, config):
        if "num_features" in config:
            self.build((None, config["num_features"]))
        else:
            # Files of an earlier version hold the shape of the samples.
            self._make_memory(tf.zeros((1, *config["input_shape"][1:])))

    def build(self, features_shape):
        size = features_shape[-1]
        with tf.init_scope():
            self.memory, self.num_remembered = (
                self.add_weight(
                    shape=shape,
                    initializer="zeros",
                    dtype=dtype,
                    trainable=False,
                    name=name,
                )
                for shape, dtype, name in (
                    ((self.memory_size, size), "float32", "memory"),
                    ((), "int32", "num_remembered"),
                )
            )

    def terms(self, samples, condition=None, training=None):
        self._make_memory(samples)
        value, terms = self.reward.terms(samples, condition, training)
        features = self._features(samples)
        known = tf.range(self.memory_size) < self.num_remembered
        distances = tf.norm(features[:, None] - self.memory.value[None], axis=-1)
        near = tf.logical_and(distances <= self.radius, known)
        count = tf.reduce_sum(tf.cast(near, tf.int32), axis=-1)
        if training:
            self._remember(features, value)
        return tf.where(count >= self.allowed, self.withheld, value), terms

    def _features(self, samples):
        features = samples
        if self.features is None:
            refuse_transition(self, samples)
        if isinstance(self.features, keras.Layer):
            features = self.features(samples, training=False)
        elif self.features is not None:
            features = self.features(samples)
        features = tf.cast(features, tf.float32)
        return tf.reshape(features, [-1, features.shape[1:].num_elements()])

    def _remember(self, features, value):
        """Adds good samples to the front of the memory."""
        good = value >= self.minimum_reward
        # Good samples come first, in order, then those of the memory.
        order = tf.argsort(tf.cast(~good, tf.int32), stable=True)
        count = tf.reduce_sum(tf.cast(good, tf.int32))
        rows = tf.concat([tf.gather(features, order), self.memory.value], axis=0)
        positions = tf.range(self.memory_size)
        skipped = tf.shape(features)[0] - count
        source = tf.where(positions < count, positions, positions + skipped)
        self.memory.assign(tf.gather(rows, source))
        self.num_remembered.assign(
            tf.minimum(self.num_remembered + count, self.memory_size)
        )

    def get_config(self):
        return {
            **super().get_config(),
            "radius": self.radius,
            "minimum_reward": self.minimum_reward,
            "allowed": self.allowed,
            "memory_size": self.memory_size,
            "withheld": self.withheld,
            "features": keras.saving.serialize_keras_object(self.features),
        }

    @classmethod
    def from_config(cls, config):
        return cls(**with_objects(config, "reward", "features"))
