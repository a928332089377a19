import tensorflow as tf

from keras_rlgen.arguments import is_integer, is_number
from keras_rlgen.planning.trajectories.sampled_sequences import sampled_sequences
from keras_rlgen.training.stateless_random import validated_seed


def path_integral(
    evaluate,
    mean,
    scale,
    low,
    high,
    seed,
    population=200,
    iterations=1,
    temperature=1.0,
):
    """Improves sequences of actions by weighted averages of noisy ones: MPPI.

    The weights are `softmax(value / temperature)`. With the temperature at 0, the best
    sequence is taken: random shooting.

    Args:
        evaluate: As in `cross_entropy_method`.
        mean: As in `cross_entropy_method`.
        scale: As in `cross_entropy_method`, the standard deviation of the noise.
        low: As in `cross_entropy_method`.
        high: As in `cross_entropy_method`.
        seed: Int32 tensor `(2,)`.
        population: Integer >= 1, sequences in an iteration.
        iterations: Integer >= 1.
        temperature: Float >= 0, in units of the return.

    Returns:
        Float32 tensor `(B, H, ...)`.

    Raises:
        ValueError: If a number is out of its range.

    Reference:
        [Williams et al., 2017](https://doi.org/10.1109/ICRA.2017.7989202), algorithm 2,
        without its cost of control.

    Example:

    >>> def evaluate(actions, seed):
    ...     return -tf.reduce_sum((actions - 0.3) ** 2, axis=[2, 3])
    >>> best = path_integral(
    ...     evaluate, tf.zeros((1, 1, 1)), 0.5, -1.0, 1.0, (0, 1), temperature=0.0
    ... )
    >>> (10.0 * best.numpy()).round().ravel().tolist()
    [3.0]
    """
    if (
        not is_integer(population)
        or population < 1
        or not is_integer(iterations)
        or iterations < 1
        or not (is_number(temperature) and temperature >= 0.0)
    ):
        raise ValueError(
            "Expected population >= 1, iterations >= 1 and temperature >= 0. Received: "
            f"population={population}, iterations={iterations}, "
            f"temperature={temperature}"
        )
    seed = validated_seed(seed)
    mean = tf.convert_to_tensor(mean, tf.float32)
    scale = tf.cast(scale, tf.float32) + tf.zeros_like(mean)

    def improve(index, mean):
        key = tf.stack([seed[0], seed[1] + index])
        actions, values = sampled_sequences(
            evaluate, mean, scale, low, high, population, key
        )
        if temperature:
            weights = tf.nn.softmax(values / temperature)
        else:
            weights = tf.one_hot(tf.argmax(values, axis=-1), population)
        weights = tf.reshape(weights, (-1, population, *[1] * (mean.shape.rank - 1)))
        return index + 1, tf.reduce_sum(weights * actions, axis=1)

    _, mean = tf.while_loop(
        lambda index, _: index < iterations,
        improve,
        (0, mean),
        maximum_iterations=iterations,
    )
    return mean
