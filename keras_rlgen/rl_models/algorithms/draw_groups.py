import tensorflow as tf

from keras_rlgen.arguments import is_integer


class DrawGroups:
    """The samples of a step, divided into groups that are compared.

    Args:
        num_samples: Positive integer, samples per step.
        group_size: Positive integer, samples per group. It divides `num_samples`.
            Defaults to all.

    Raises:
        ValueError: If a number is not a positive integer, or does not divide the other.

    Example:

    >>> groups = DrawGroups(num_samples=4, group_size=2)
    >>> groups.grouped(tf.range(4)).numpy().tolist()
    [[0, 1], [2, 3]]
    """

    def __init__(self, num_samples, group_size=None):
        sizes = {"num_samples": num_samples}
        if group_size is not None:
            sizes["group_size"] = group_size
        for key, value in sizes.items():
            if not is_integer(value) or value < 1:
                raise ValueError(
                    f"Expected `{key}` to be a positive integer. Received: {value!r}"
                )
        if num_samples % (group_size or 1):
            raise ValueError(
                "Expected `num_samples` to be a multiple of `group_size`. Received: "
                f"num_samples={num_samples}, group_size={group_size}"
            )
        self.num_samples = num_samples
        self.num_compared = group_size or num_samples
        self._num_sharing = group_size or 1

    def shared(self, num_replicas):
        """Returns the groups of a replica's share of the samples.

        Args:
            num_replicas: Positive integer.

        Raises:
            ValueError: If replicas cannot share them equally, in whole groups.
        """
        if num_replicas == 1:
            return self
        divisor = num_replicas * self._num_sharing
        if self.num_samples % divisor:
            raise ValueError(
                "Expected `num_samples` that replicas can share equally, in whole "
                f"groups. Received: num_samples={self.num_samples}, groups of "
                f"{self._num_sharing} and {num_replicas} replicas. Use a multiple of "
                f"{divisor}."
            )
        group_size = self._num_sharing if self._num_sharing > 1 else None
        return DrawGroups(self.num_samples // num_replicas, group_size)

    def conditions(self, conditions, given, key):
        """Chooses a condition for each sample, with groups contiguous.

        Samples of a group share a condition; without `group_size` each has its own.

        Args:
            conditions: The kind of condition, such as `ClassLabels`.
            given: Tensor `(num_conditions, ...)` of conditions to choose from, with
                replacement; or a scalar, to sample them.
            key: Int32 tensor `(2,)`.

        Returns:
            Tensor `(num_samples, ...)`.
        """
        num_chosen = self.num_samples // self._num_sharing
        if given.shape.rank == 0:
            chosen = conditions.random(num_chosen, key)
        else:
            indices = tf.random.stateless_uniform(
                (num_chosen,), key, maxval=tf.shape(given)[0], dtype=tf.int32
            )
            chosen = tf.gather(given, indices)
        return tf.repeat(chosen, self._num_sharing, axis=0)

    def grouped(self, values):
        """Reshapes values of samples, or of their steps, to groups.

        Args:
            values: Tensor `(num_samples, ...)`.

        Returns:
            Tensor `(groups, group_size, ...)`.
        """
        return tf.reshape(values, [-1, self.num_compared, *values.shape[1:]])

    def advantages(self, algorithm, returns, mask=()):
        """Computes advantages over the group.

        Args:
            algorithm: `TuningAlgorithm`.
            returns: Float32 tensor `(num_samples,)`, or `(num_samples, steps)`.
            mask: Tensor `(num_samples, steps)`, true or nonzero at valid steps; `()` if
                all are valid.

        Returns:
            Float32 tensor of the shape of `returns`.
        """
        grouped = self.grouped(returns)
        if returns.shape.rank == 1:
            return tf.reshape(algorithm.advantages(grouped), [-1])
        if not isinstance(mask, tuple):
            mask = self.grouped(mask)
        return tf.reshape(algorithm.advantages(grouped, mask), tf.shape(returns))

    def without_signal(self, rewards):
        """Computes the fraction of groups whose rewards are all equal.

        Such a group has no advantages, and nothing is learned from it.

        Args:
            rewards: Float32 tensor `(num_samples,)`.

        Returns:
            Float32 scalar in [0, 1].
        """
        rewards = self.grouped(rewards)
        high, low = tf.reduce_max(rewards, axis=1), tf.reduce_min(rewards, axis=1)
        return tf.reduce_mean(tf.cast(tf.equal(high, low), tf.float32))
