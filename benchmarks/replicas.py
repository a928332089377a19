"""What replicas of a model exchange in a training step, and what this costs.

    python -m benchmarks.replicas

Two logical devices share one CPU, under `tf.distribute.MirroredStrategy`:

- collectives: the all-reduce operations of one replica, counted in the graph of the
  step, and the bytes that they reduce;
- time: the median step of two replicas, each on a batch, beside one device on one
  batch. The devices share the cores, so that two batches take about twice as long:
  the overhead is the time of two replicas less twice that of one device;
- on paper: a step of `--compute_ms` on `n` devices takes

      compute + 2 (n - 1) / n * bytes / bandwidth + collectives * 2 (n - 1) * latency

  for a ring, if nothing overlaps. Efficiency is compute over that.
"""

import json
import pathlib
import platform
import statistics
import time

import recipes  # noqa: F401  (quiet start-up)

# isort: split
import keras
import tensorflow as tf
from absl import app, flags
from keras import layers

import keras_rlgen as rlgen

FLAGS = flags.FLAGS
flags.DEFINE_integer("steps", 20, "Steps per measurement.")
flags.DEFINE_integer("rounds", 5, "Measurements, one device and two in turns.")
flags.DEFINE_integer("batch_size", 64, "Samples of one replica.")
flags.DEFINE_float("compute_ms", 50.0, "Step of one device in the estimate.")
flags.DEFINE_list("models", "vae,gan,reinforce_gan,sequences", "Models to measure.")
flags.DEFINE_string("output", "outputs/replicas.json", "File to write.")

LATENT_DIM, UNITS, LENGTH, VOCABULARY = 16, 512, 32, 64
# Bytes per second and seconds per hop, of 8 GPUs and of 8 machines.
LINKS = {
    "8 GPUs, NVLink (300 GB/s)": (300e9, 5e-6),
    "8 machines, 100 Gb/s": (12.5e9, 2e-5),
    "8 machines, 10 Gb/s": (1.25e9, 5e-5),
}


def dense(inputs, outputs, activation=None):
    hidden = [layers.Dense(UNITS, activation="relu") for _ in range(2)]
    last = layers.Dense(outputs, activation=activation)
    return keras.Sequential([layers.Input((inputs,)), *hidden, last])


def make(name):
    """Returns a compiled model, and a batch of its samples."""
    images = tf.random.stateless_uniform((FLAGS.batch_size, 784), (0, 0))
    if name == "vae":
        networks = dense(784, 2 * LATENT_DIM), dense(LATENT_DIM, 784)
        model = rlgen.VAE(*networks, LATENT_DIM)
        images = tf.round(images)
    elif name == "gan":
        networks = dense(LATENT_DIM, 784, "sigmoid"), dense(784, 1)
        model = rlgen.GAN(*networks, LATENT_DIM)
    elif name == "reinforce_gan":
        networks = dense(LATENT_DIM, 784), dense(784, 1)
        model = rlgen.ReinforceGAN(*networks, LATENT_DIM)
    else:
        backbone = rlgen.models.RecurrentBackbone(VOCABULARY, units=UNITS)
        model = rlgen.models.SequenceGenerator(backbone, LENGTH)
        shape = FLAGS.batch_size, LENGTH
        images = tf.random.stateless_uniform(
            shape, (0, 0), maxval=VOCABULARY, dtype=tf.int32
        )
    model.compile(optimizer="adam")
    return model, images


def step_of(strategy, name):
    """Returns a compiled step of all replicas, its batches and the model."""
    with strategy.scope():
        model, samples = make(name)
    batches = strategy.experimental_distribute_values_from_function(lambda _: samples)

    def step(batches):
        return strategy.run(model.train_step, args=(batches,))

    return tf.function(step), batches, model


def collectives(step, batches, num_replicas):
    """Counts the all-reduce operations of a replica in the graph, and their bytes."""
    graph = step.get_concrete_function(batches).graph
    found = [x for x in graph.get_operations() if x.type == "CollectiveReduceV2"]
    reduced = [x.inputs[0] for x in found]
    size = sum(x.shape.num_elements() * x.dtype.size for x in reduced)
    nested = sum(
        node.op == "CollectiveReduceV2"
        for function in graph.as_graph_def().library.function
        for node in function.node_def
    )
    return (len(found) + nested) // num_replicas, size // num_replicas


def milliseconds(step, batches):
    start = time.perf_counter()
    for _ in range(FLAGS.steps):
        step(batches)
    return 1e3 * (time.perf_counter() - start) / FLAGS.steps


def efficiency(count, size, num_devices, bandwidth, latency):
    """Estimates the share of a step that is no communication, in [0, 1]."""
    hops = 2 * (num_devices - 1)
    seconds = hops / num_devices * size / bandwidth + count * hops * latency
    return FLAGS.compute_ms / (FLAGS.compute_ms + 1e3 * seconds)


def measure(name, strategy):
    one, batch, model = step_of(tf.distribute.get_strategy(), name)
    two, batches, _ = step_of(strategy, name)
    count, size = collectives(two, batches, 2)
    one(batch), two(batches)
    times = [
        (milliseconds(one, batch), milliseconds(two, batches))
        for _ in range(FLAGS.rounds)
    ]
    return {
        "parameters": sum(v.shape.num_elements() for v in model.trainable_variables),
        "collectives": count,
        "bytes": size,
        "one_device_ms": statistics.median(t for t, _ in times),
        "two_replicas_ms": statistics.median(t for _, t in times),
        "overhead_ms": statistics.median(b - 2.0 * a for a, b in times),
        "efficiency": {
            link: efficiency(count, size, 8, *speed) for link, speed in LINKS.items()
        },
    }


def main(argv):
    del argv
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(
        cpu, [tf.config.LogicalDeviceConfiguration()] * 2
    )
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    results = {"machine": platform.platform()}
    header = "model", "parameters", "collectives", "MB", "one", "two", "overhead"
    print(("{:>14}" * len(header)).format(*header), *LINKS, sep="  ")
    for name in FLAGS.models:
        found = results[name] = measure(name, strategy)
        times = (found[f"{key}_ms"] for key in ("one_device", "two_replicas"))
        cells = [name, found["parameters"], found["collectives"]]
        cells += [f"{found['bytes'] / 1e6:.2f}", *(f"{t:.1f}" for t in times)]
        cells.append(f"{found['overhead_ms']:.1f}")
        shares = [f"{x:.0%}" for x in found["efficiency"].values()]
        print(("{:>14}" * len(cells)).format(*cells), *shares, sep="  ", flush=True)
    path = pathlib.Path(FLAGS.output)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=2))


if __name__ == "__main__":
    app.run(main)
