"""Steps a second of a policy in a `WorldModel`, beside a hand-written loop.

    python -m benchmarks.imagination_speed

Both make 256 steps of a perceptron's policy in 64 imagined CartPoles, compiled with
XLA: `driver` as an agent's `fit(environment=world)` acts, with resets, step limits and
frames; `loop` is what one would write by hand for the same networks: the policy, the
members of the ensemble, the heads of reward and end, resets, and the arrays that are
learned from. They alternate, since the machine may be shared: compare the ratios.
"""

import statistics
import time

import recipes  # noqa: F401  (quiet start-up)

# isort: split
import keras
import numpy as np
import tensorflow as tf
from absl import app, flags
from keras import layers

import keras_rlgen as rlgen

FLAGS = flags.FLAGS
flags.DEFINE_integer("environments", 64, "Episodes at once.")
flags.DEFINE_integer("steps", 256, "Steps of each in a call.")
flags.DEFINE_integer("members", 5, "Members of the ensemble; 1 for one network.")
flags.DEFINE_integer("repetitions", 15, "Pairs of figures.")


def perceptron(outputs):
    """Returns a network of two hidden layers."""
    hidden = [layers.Dense(64, "tanh") for _ in range(2)]
    return keras.Sequential([keras.Input((4,)), *hidden, layers.Dense(outputs)])


def trained_world(agent):
    """Returns a world model of CartPole, trained a little."""
    kinds = rlgen.world_models
    kind = kinds.Deterministic if FLAGS.members == 1 else kinds.Ensemble
    options = {} if FLAGS.members == 1 else {"members": FLAGS.members}
    world = rlgen.WorldModel(
        agent.specs, kind(hidden=(64, 64), **options), hidden=(64, 64), horizon=200
    )
    world.compile(keras.optimizers.Adam(1e-3))
    experience = agent.record(steps=1000, exploring=True)
    world.fit(experience, epochs=1, steps_per_epoch=400, window=4, verbose=0)
    return world


def hand_written(world, actor):
    """Returns a function of a seed: the same steps, without the library."""
    count, members = FLAGS.environments, FLAGS.members
    dynamics = [layer.weights for layer in world.dynamics._network.layers]
    heads = [
        [layer.weights for layer in head.layers]
        for head in (world.networks._reward_head, world.networks._end_head)
    ]
    policy = [layer.weights for layer in actor.layers]
    statistics = world.statistics
    mean, scale = (statistics._of_observation[key] for key in ("mean", "scale"))
    change_mean, change_scale = world.dynamics._mean, world.dynamics._scale
    rows = -(-count // members)

    def chain(x, weights, activation):
        for index, (kernel, bias) in enumerate(weights):
            x = tf.matmul(x, kernel) + bias
            if index < len(weights) - 1:
                x = activation(x)
        return x

    def body(index, latent, elapsed, seed, arrays):
        keys = tf.random.split(seed, 3)
        observation = mean + scale * latent
        logits = chain(observation, policy, tf.tanh)
        noise = tf.random.stateless_uniform(tf.shape(logits), keys[0])
        action = tf.argmax(logits - tf.math.log(-tf.math.log(noise)), axis=1)
        one_hot = tf.one_hot(action, 2)
        inputs = tf.pad(
            tf.concat([latent, one_hot], 1), [[0, rows * members - count], [0, 0]]
        )
        inputs = tf.transpose(tf.reshape(inputs, (rows, members, 6)), (1, 0, 2))
        change = chain(inputs, dynamics, tf.nn.silu)
        change = tf.reshape(tf.transpose(change, (1, 0, 2)), (-1, 4))[:count]
        following = latent + change_mean + change_scale * change
        both = tf.concat([latent, one_hot, following], axis=1)
        reward, end = (chain(both, head, tf.nn.silu)[:, 0] for head in heads)
        ended = statistics.end_probability(end) > 0.5
        elapsed += 1
        chosen = tf.random.stateless_uniform((count,), keys[1], 0, 1024, tf.int32)
        fresh = (tf.gather(world.starts.value, chosen) - mean) / scale
        over = ended | (elapsed >= 200)
        latent = tf.where(over[:, tf.newaxis], fresh, following)
        elapsed = tf.where(over, 0, elapsed)
        values = observation, action, reward, ended, over
        arrays = [a.write(index, v) for a, v in zip(arrays, values, strict=True)]
        return index + 1, latent, elapsed, keys[2], arrays

    @tf.function(autograph=False, jit_compile=True)
    def loop(latent, elapsed, seed):
        kinds = tf.float32, tf.int64, tf.float32, tf.bool, tf.bool
        shapes = (count, 4), *[(count,)] * 4
        arrays = [
            tf.TensorArray(kind, FLAGS.steps, element_shape=shape)
            for kind, shape in zip(kinds, shapes, strict=True)
        ]
        _, latent, elapsed, seed, arrays = tf.while_loop(
            lambda index, *_: index < FLAGS.steps,
            body,
            (0, latent, elapsed, seed, arrays),
            maximum_iterations=FLAGS.steps,
        )
        return latent, elapsed, seed, [array.stack() for array in arrays]

    first = (world.starts.value[:count] - mean) / scale
    state = [first, tf.zeros((count,), tf.int32), tf.constant([0, 1])]

    def call():
        *state[:], frames = loop(*state)
        return frames

    return call


def driven(world, agent):
    """Returns a function: as an agent acts in the model."""
    from keras_rlgen.agents.drivers.make_driver import make_driver

    driver = make_driver(world, FLAGS.environments, 0)
    policy = agent.collect_policy
    step = tf.Variable(0, dtype=tf.int64)

    @tf.function(autograph=False, jit_compile=True)
    def collect():
        frames, _ = driver.collect(policy, FLAGS.steps, step, ())
        step.assign_add(FLAGS.steps)
        return frames

    return collect


def main(_):
    keras.utils.set_random_seed(0)
    actor = perceptron(2)
    agent = rlgen.agents.PPO(
        actor,
        perceptron(1),
        environment=rlgen.environments.CartPole(),
        num_environments=FLAGS.environments,
    )
    world = trained_world(agent)
    contestants = {"driver": driven(world, agent), "loop": hand_written(world, actor)}
    for name, call in contestants.items():
        start = time.perf_counter()
        call()
        print(f"{name}: first call {time.perf_counter() - start:.1f} s")
    rates = {name: [] for name in contestants}
    for _ in range(FLAGS.repetitions):
        for name, call in contestants.items():
            start = time.perf_counter()
            for _ in range(4):
                frames = call()
            np.asarray(tf.nest.flatten(frames)[0])
            seconds = time.perf_counter() - start
            rates[name].append(4 * FLAGS.steps * FLAGS.environments / seconds)
    ratios = [a / b for a, b in zip(*rates.values(), strict=True)]
    for name, values in rates.items():
        print(f"{name}: {statistics.median(values):,.0f} steps/s")
    print(
        f"driver / loop: {statistics.median(ratios):.2f} "
        f"({min(ratios):.2f} to {max(ratios):.2f})"
    )


if __name__ == "__main__":
    app.run(main)
