import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.rewards.reward import Reward


@keras.saving.register_keras_serializable("keras_rlgen")
class Counts(Reward):
    """Rewards observations that were visited seldom, by counting them.

    Vectors are divided into `bins` equal intervals per number, and the visits to each
    combination of intervals are counted in a table. The reward of an observation
    visited `n` times is `1 / sqrt(max(n, 1))`, in (0, 1].

    If there are more combinations than `table_size`, each is assigned to a place of the
    table by a fixed hash, and a few may share one. Counting suits a small number of
    states: with an observation of many numbers that vary freely, each is new.

    The visits counted are the steps that the agent learns from, in each round; those of
    an agent with a replay buffer are its sampled steps.

    Args:
        low: Float or sequence of floats `(size,)`, where the first interval of each
            number begins. Values below belong to it.
        high: Float or sequence of floats, where the last interval ends; above `low`.
        bins: Integer or sequence of integers >= 1, intervals per number.
        size: Integer >= 1, the numbers of an observation. Defaults to the length of
            `low`, `high` or `bins`, where one is a sequence.
        table_size: Integer >= 1, places of the table.
        name: String.

    Attributes:
        visits: Weight `(table_size,)`, int64, or less if there are fewer combinations:
            the visits to each place.

    Raises:
        ValueError: If an argument is out of its range, the arguments differ in length,
            `size` is unknown, or observations are not vectors of this size.

    Example:

    >>> reward = Counts(low=0.0, high=1.0, bins=10, size=2)
    >>> reward.learn(tf.constant([[0.55, 0.1], [0.52, 0.13], [0.51, 0.17], [0.5, 0.1]]))
    >>> reward(tf.constant([[0.59, 0.19], [0.9, 0.9]])).numpy()
    array([0.5, 1. ], dtype=float32)

    Reference:
        [Bellemare et al., 2016](https://arxiv.org/abs/1606.01868), section 3, for the
        bonus; [Tang et al., 2017](https://arxiv.org/abs/1611.04717), section 2, for
        hashed states.
    """

    def __init__(
        self, low, high, bins, size=None, table_size=2**16, name=None, **kwargs
    ):
        super().__init__(name=name, **kwargs)
        lengths = {len(x) for x in (low, high, bins) if np.ndim(x)}
        lengths |= set() if size is None else {size}
        if len(lengths) != 1 or min(lengths) < 1:
            raise ValueError(
                "Expected `low`, `high` and `bins` as numbers or sequences of one "
                f"length, the `size` of an observation. Received: low={low}, "
                f"high={high}, bins={bins}, size={size}"
            )
        self.size = int(lengths.pop())
        self.low, self.high = (
            np.broadcast_to(np.asarray(x, "float32"), (self.size,)) for x in (low, high)
        )
        self.bins = np.broadcast_to(np.asarray(bins, "int64"), (self.size,))
        width = self.high - self.low
        if not (np.isfinite(width).all() and (width > 0.0).all()):
            raise ValueError(
                f"Expected finite `low` < `high`. Received: low={low}, high={high}"
            )
        if not ((self.bins >= 1).all() and table_size >= 1):
            raise ValueError(
                "Expected positive integers. Received: "
                f"bins={bins}, table_size={table_size}"
            )
        self.table_size = int(table_size)
        self._strides, places = _strides(self.bins, self.table_size)
        self.visits = self.add_weight(
            shape=(places,),
            initializer="zeros",
            dtype="int64",
            trainable=False,
            name="visits",
        )

    def learn(self, transitions):
        places = self._places(transitions)
        self.visits.assign(
            tf.tensor_scatter_nd_add(
                self.visits.value, places[:, tf.newaxis], tf.ones_like(places)
            )
        )

    def call(self, samples, condition=None, training=None):
        visits = tf.gather(self.visits.value, self._places(samples))
        return tf.math.rsqrt(tf.cast(tf.maximum(visits, 1), tf.float32))

    def _places(self, transitions):
        """Returns the places of observations in the table, int64 `(batch,)`."""
        observation = getattr(transitions, "next_observation", transitions)
        if not tf.is_tensor(observation) or observation.shape[1:] != (self.size,):
            shapes = tf.nest.map_structure(lambda x: tuple(x.shape), observation)
            raise ValueError(
                f"Reward '{self.name}' expected observations of shape "
                f"(batch, {self.size}). Received: {shapes}"
            )
        scaled = (tf.cast(observation, tf.float32) - self.low) / (self.high - self.low)
        interval = tf.cast(tf.floor(scaled * self.bins.astype("float32")), tf.int64)
        interval = tf.clip_by_value(interval, 0, self.bins - 1)
        places = tf.reduce_sum(interval * self._strides, axis=-1)
        return places % tf.shape(self.visits, out_type=tf.int64)[0]

    def get_config(self):
        return {
            **super().get_config(),
            "low": self.low.tolist(),
            "high": self.high.tolist(),
            "bins": self.bins.tolist(),
            "table_size": self.table_size,
        }


def _strides(bins, table_size):
    """Returns by what intervals are multiplied, int64 `(size,)`, and the places."""
    combinations = int(np.prod(bins.astype(object)))
    if combinations <= table_size:
        return np.cumprod([1, *bins[:-1]], dtype="int64"), combinations
    random = np.random.default_rng(0)
    return random.integers(1, table_size, len(bins), endpoint=True), table_size
