import tensorflow as tf

from keras_rlgen.arguments import is_integer, is_number
from keras_rlgen.planning.trajectories.sampled_sequences import sampled_sequences
from keras_rlgen.training.stateless_random import validated_seed


def cross_entropy_method(
    evaluate,
    mean,
    scale,
    low,
    high,
    seed,
    population=200,
    iterations=4,
    elites=20,
    momentum=0.1,
):
    """Maximises a function of sequences of actions by the cross-entropy method.

    Each iteration samples sequences from a normal distribution truncated to the bounds
    by clipping, and moves its mean and scale to those of the best ones.

    Args:
        evaluate: Function of sequences, float32 `(B, population, H, ...)`, and a seed
            `(2,)`, that returns their values, float32 `(B, population)`.
        mean: Float32 tensor `(B, H, ...)`, the initial mean.
        scale: Float32 tensor that broadcasts to `mean`, the initial standard deviation.
        low: Float32 tensor that broadcasts to `mean`.
        high: Float32 tensor that broadcasts to `mean`.
        seed: Int32 tensor `(2,)`.
        population: Integer, sequences in an iteration.
        iterations: Integer >= 1.
        elites: Integer in [1, population], the number of the best ones.
        momentum: Float in [0, 1), the part of mean and scale that is kept.

    Returns:
        Float32 tensor `(B, H, ...)`, the last mean.

    Raises:
        ValueError: If a number is out of its range.

    Reference:
        [Chua et al., 2018](https://arxiv.org/abs/1805.12114), section 5; the smoothed
        update: [de Boer et al., 2005](https://doi.org/10.1007/s10479-005-5724-z).

    Example:

    >>> def evaluate(actions, seed):
    ...     return -tf.reduce_sum((actions - 0.3) ** 2, axis=[2, 3])
    >>> best = cross_entropy_method(
    ...     evaluate, tf.zeros((1, 2, 1)), 1.0, -1.0, 1.0, (0, 1)
    ... )
    >>> (10.0 * best.numpy()).round().ravel().tolist()
    [3.0, 3.0]
    """
    if (
        not (
            is_integer(elites) and is_integer(population) and 1 <= elites <= population
        )
        or not is_integer(iterations)
        or iterations < 1
        or not (is_number(momentum) and 0.0 <= momentum < 1.0)
    ):
        raise ValueError(
            "Expected 1 <= elites <= population, iterations >= 1 and momentum in "
            f"[0, 1). Received: elites={elites}, population={population}, "
            f"iterations={iterations}, momentum={momentum}"
        )
    seed = validated_seed(seed)
    mean = tf.convert_to_tensor(mean, tf.float32)
    scale = tf.cast(scale, tf.float32) + tf.zeros_like(mean)

    def improve(index, mean, scale):
        key = tf.stack([seed[0], seed[1] + index])
        actions, values = sampled_sequences(
            evaluate, mean, scale, low, high, population, key
        )
        best = tf.math.top_k(values, elites).indices
        chosen = tf.gather(actions, best, batch_dims=1)
        mean_of_best = tf.reduce_mean(chosen, axis=1)
        scale_of_best = tf.math.reduce_std(chosen, axis=1)
        return (
            index + 1,
            momentum * mean + (1.0 - momentum) * mean_of_best,
            momentum * scale + (1.0 - momentum) * scale_of_best,
        )

    _, mean, _ = tf.while_loop(
        lambda index, *_: index < iterations,
        improve,
        (0, mean, scale),
        maximum_iterations=iterations,
    )
    return mean
