"""Many seeds of PPO in one graph, beside the seeds one after another.

    python -m benchmarks.many_seeds

All seeds are one agent: its networks are made of `StackedDense` layers, whose kernels
have a leading axis of seeds, and its environments and minibatches come in blocks, one
for each seed. The loss is the sum of the seeds' losses, advantages and weights are
normalised for each seed, and Adam works by element: no seed sees another.

Prints a Markdown table for several settings of `CartPole`, in environment steps per
second of all seeds together, updates included: the median of --rounds epochs in turn
of one agent and of the stacked one, their ratio, and the seconds of the first epoch,
which traces and compiles. Then trains both to the same number of steps, and prints the
returns of every seed. A second table says why: the processor's time of a bare update of
such networks, compiled with XLA, of one seed and of all of them stacked.
"""

import statistics
import time

import recipes  # noqa: F401  (quiet start-up)

# isort: split
import keras
import numpy as np
import tensorflow as tf
from absl import app, flags

import keras_rlgen as rlgen
from keras_rlgen.agents.algorithms.weighted_ppo import WeightedPPOClipAgent

FLAGS = flags.FLAGS
flags.DEFINE_integer("seeds", 8, "Number of seeds.")
flags.DEFINE_integer("rounds", 5, "Epochs that are measured.")
flags.DEFINE_integer("updates", 8, "Rounds of updates in an epoch.")
flags.DEFINE_integer("steps", 60_000, "Steps of each seed for the returns; 0 for none.")

# Environments, steps per update, size of a minibatch, units of the two hidden layers.
SETTINGS = [
    (8, 128, 256, 64),
    (8, 128, 64, 64),
    (8, 16, 32, 64),
    (8, 128, 256, 16),
    (8, 128, 64, 16),
    (64, 16, 64, 64),
]


class StackedDense(keras.layers.Layer):
    """A dense layer for each seed; batches come in blocks of the seeds.

    A batch that the number of seeds does not divide is that of the first seed.
    """

    def __init__(self, num_seeds, units, activation=None, **kwargs):
        super().__init__(**kwargs)
        self.num_seeds, self.units = num_seeds, units
        self.activation = keras.activations.get(activation)

    def build(self, shape):
        initializer = keras.initializers.GlorotUniform()
        self.kernel = self.add_weight(
            shape=(self.num_seeds, shape[-1], self.units), initializer="zeros"
        )
        one = [initializer((shape[-1], self.units)) for _ in range(self.num_seeds)]
        self.kernel.assign(tf.stack(one))
        self.bias = self.add_weight(
            shape=(self.num_seeds, 1, self.units), initializer="zeros"
        )

    def call(self, x):
        count = x.shape[0]
        if count is not None and count % self.num_seeds:
            return self.activation(x @ self.kernel[0] + self.bias[0])
        blocks = tf.reshape(x, (self.num_seeds, -1, x.shape[-1]))
        outputs = self.activation(blocks @ self.kernel + self.bias)
        return tf.reshape(outputs, (-1, self.units))

    def compute_output_shape(self, shape):
        return (*shape[:-1], self.units)


class StackedPPOAgent(WeightedPPOClipAgent):
    def __init__(self, num_seeds, **kwargs):
        super().__init__(**kwargs)
        self._num_seeds = num_seeds

    def minibatches(self, frames, weights, indices):
        blocks = tf.reshape(indices, (self._num_seeds * indices.shape[0], -1))
        minibatches = super().minibatches(frames, weights, blocks)
        return tf.nest.map_structure(
            lambda x: tf.reshape(x, (*indices.shape, *x.shape[2:])), minibatches
        )


class StackedPPO(rlgen.agents.PPO):
    """PPO whose environments and minibatches are blocks, one for each seed."""

    def __init__(self, num_seeds, *networks, num_environments, **kwargs):
        self.num_seeds = num_seeds
        super().__init__(
            *networks, num_environments=num_seeds * num_environments, **kwargs
        )

    def _make_tf_agent(self):
        return StackedPPOAgent(
            self.num_seeds,
            importance_ratio_clipping=self.clip_ratio,
            value_clipping=self.value_clip,
            **self._agent_options(),
        )

    def _minibatch_indices(self, num_sequences, length=1):
        count = num_sequences // self.num_seeds
        parts = -(-count // self.minibatch_size)
        shape = (self.epochs, self.num_seeds, count)
        seed = tf.stack([tf.constant(self.seed, tf.int64), self._vector_steps])
        order = tf.argsort(tf.random.stateless_uniform(shape, seed), axis=-1)
        order += count * tf.range(self.num_seeds)[:, tf.newaxis]
        order = tf.reshape(order, (self.epochs, self.num_seeds, parts, -1))
        return tf.reshape(tf.transpose(order, (0, 2, 1, 3)), (self.epochs * parts, -1))


def stacked_mlp(num_seeds, units, outputs):
    return keras.Sequential(
        [
            keras.Input((4,)),
            StackedDense(num_seeds, units, "tanh"),
            StackedDense(num_seeds, units, "tanh"),
            StackedDense(num_seeds, outputs),
        ]
    )


def mlp(units, outputs):
    hidden = [keras.layers.Dense(units, "tanh") for _ in range(2)]
    return keras.Sequential([keras.Input((4,)), *hidden, keras.layers.Dense(outputs)])


def make_agent(num_seeds, setting, seed=0):
    """Returns an agent of one seed, or of many."""
    keras.utils.set_random_seed(seed)
    environments, steps, minibatch, units = setting
    options = {
        "environment": rlgen.environments.CartPole(),
        "num_environments": environments,
        "steps_per_update": steps,
        "minibatch_size": minibatch,
        "seed": seed,
    }
    if num_seeds == 1:
        agent = rlgen.agents.PPO(mlp(units, 2), mlp(units, 1), **options)
    else:
        networks = stacked_mlp(num_seeds, units, 2), stacked_mlp(num_seeds, units, 1)
        agent = StackedPPO(num_seeds, *networks, **options)
    # Of the mean over seeds each gradient is a fraction, and so is Adam's epsilon.
    agent.compile(keras.optimizers.Adam(1e-3, epsilon=1e-7 / num_seeds))
    return agent


def first_epoch(agent, steps):
    started = time.perf_counter()
    agent.fit(epochs=1, steps_per_epoch=steps, verbose=0)
    return time.perf_counter() - started


def speeds(setting):
    """Returns a line of the table."""
    steps = setting[1] * FLAGS.updates
    alone, stacked = (make_agent(n, setting) for n in (1, FLAGS.seeds))
    first = [first_epoch(agent, steps) for agent in (alone, stacked)]
    rates = [], []
    for _ in range(FLAGS.rounds):
        for agent, kept in zip((alone, stacked), rates, strict=True):
            before = int(agent.environment_steps)
            started = time.perf_counter()
            agent.fit(epochs=1, steps_per_epoch=steps, verbose=0)
            taken = int(agent.environment_steps) - before
            kept.append(taken / (time.perf_counter() - started))
    ratio = statistics.median(b / a for a, b in zip(*rates, strict=True))
    medians = [f"{statistics.median(kept):,.0f}" for kept in rates]
    cells = [*map(str, setting), *medians, f"{ratio:.2f}"]
    return [*cells, *(f"{seconds:.1f}" for seconds in first)]


def bare_update(num_seeds, batch_size, units):
    """Returns a function that updates a network, or stacked ones, a hundred times."""
    shapes = [(4, units), (units, units), (units, 2)]
    kernels = [tf.Variable(tf.random.normal((num_seeds, *s)) * 0.1) for s in shapes]
    x = tf.random.normal((num_seeds, batch_size, 4))
    if num_seeds == 1:
        kernels, x = [tf.Variable(kernel[0]) for kernel in kernels], x[0]

    def body(index):
        with tf.GradientTape() as tape:
            hidden = tf.tanh(tf.tanh(x @ kernels[0]) @ kernels[1])
            loss = tf.reduce_mean(tf.square(hidden @ kernels[2]))
        for kernel, gradient in zip(kernels, tape.gradient(loss, kernels), strict=True):
            kernel.assign_sub(1e-3 * gradient)
        return (index + 1,)

    @tf.function(jit_compile=True)
    def update():
        return tf.while_loop(lambda index: index < 100, body, (0,))

    return update


def processor_seconds(function):
    """Returns the least of seven calls, after one that compiles."""
    function()
    seconds = []
    for _ in range(7):
        started = time.process_time()
        function()[0].numpy()
        seconds.append(time.process_time() - started)
    return min(seconds)


def print_bare_updates():
    print(f"\n| minibatch | units | one (ms) | {FLAGS.seeds} stacked (ms) | ratio |")
    print("| --- | --- | --- | --- | --- |")
    for batch_size, units in ((256, 64), (64, 64), (32, 64), (256, 16), (8, 64)):
        one, stacked = (
            10.0 * processor_seconds(bare_update(count, batch_size, units))
            for count in (1, FLAGS.seeds)
        )
        print(
            f"| {batch_size} | {units} | {one:.3f} | {stacked:.3f} | "
            f"{FLAGS.seeds * one / stacked:.2f} |"
        )


def returns_of_seeds(setting):
    """Returns mean returns, of seeds alone and of the same number stacked."""
    steps = -(-FLAGS.steps // setting[0])
    alone = []
    for seed in range(FLAGS.seeds):
        agent = make_agent(1, setting, seed)
        agent.fit(epochs=1, steps_per_epoch=steps, verbose=0)
        alone.append(agent.evaluate(20, verbose=0)["mean_return"])
    agent = make_agent(FLAGS.seeds, setting)
    agent.fit(epochs=1, steps_per_epoch=steps, verbose=0)
    returns, _ = agent.driver.run_episodes(agent.policy, 20 * FLAGS.seeds, 0, 1000)
    return alone, np.reshape(returns, (FLAGS.seeds, 20)).mean(axis=1)


def main(argv):
    del argv
    heads = ["environments", "steps", "minibatch", "units", "one agent"]
    heads += [f"{FLAGS.seeds} stacked", "ratio", "first, one (s)", "first, stacked (s)"]
    print("\n| " + " | ".join(heads) + " |\n|" + " --- |" * len(heads))
    for setting in SETTINGS:
        print("| " + " | ".join(speeds(setting)) + " |", flush=True)
    print_bare_updates()
    if FLAGS.steps:
        alone, stacked = returns_of_seeds(SETTINGS[0])
        for name, values in (("alone", alone), ("stacked", stacked)):
            listed = ", ".join(f"{value:.0f}" for value in sorted(values))
            print(f"\nReturns, {name}: {np.mean(values):.1f} ({listed})")


if __name__ == "__main__":
    app.run(main)
