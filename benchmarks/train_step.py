"""Images per second of `fit`, against hand-written loops and PyTorch, in one run.

    python -m benchmarks.train_step            # needs torch==2.13.0

The same networks with the same losses (non-saturating, one discriminator and one
generator update on new latents per batch of 128 images of 28 x 28) are trained by

- `fit`: `GAN.fit`, one step per call;
- `fit_16`: the same with `steps_per_execution=16`;
- `loop`: a hand-written loop that calls a `tf.function` of one step for each batch;
- `loop_16`: a hand-written `tf.function` of 16 steps;
- `torch`: PyTorch, eager and, with a C++ compiler, compiled; the faster counts;
- `reinforce`: `ReinforceGAN.fit` (policy gradient, leave-one-out baseline).

The TensorFlow ones read the same `tf.data` pipeline. Every implementation warms up
first; then rounds alternate between them, since the machine may be shared: compare the
ratios, which pair figures of one round.
"""

import json
import pathlib
import platform
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
from keras_rlgen.training.untuned import untuned

FLAGS = flags.FLAGS
flags.DEFINE_integer("rounds", 7, "Rounds, each implementation once per round.")
flags.DEFINE_integer(
    "steps", 96, "Steps per implementation and round; a multiple of 16."
)
flags.DEFINE_integer("threads", 1, "Threads within an operation, in both frameworks.")
flags.DEFINE_list("networks", "mlp,convolutional", "Networks to measure.")
flags.DEFINE_string("output", "outputs/train_step.json", "File to write.")

BATCH = 128
LATENT_DIM = 64
RATIOS = {
    "fit / loop": ("fit", "loop"),
    "fit_16 / loop_16": ("fit_16", "loop_16"),
    "fit / torch": ("fit", "torch"),
    "fit_16 / torch": ("fit_16", "torch"),
    "reinforce / fit": ("reinforce", "fit"),
}


def keras_networks(kind):
    if kind == "mlp":
        generator = [
            layers.Dense(256),
            layers.LeakyReLU(0.2),
            layers.Dense(512),
            layers.LeakyReLU(0.2),
            layers.Dense(784, activation="tanh"),
            layers.Reshape((28, 28, 1)),
        ]
        discriminator = [
            layers.Flatten(),
            layers.Dense(512),
            layers.LeakyReLU(0.2),
            layers.Dense(256),
            layers.LeakyReLU(0.2),
            layers.Dense(1),
        ]
    else:
        generator = [
            layers.Dense(7 * 7 * 64),
            layers.BatchNormalization(),
            layers.LeakyReLU(0.2),
            layers.Reshape((7, 7, 64)),
            layers.Conv2DTranspose(32, 4, 2, padding="same"),
            layers.BatchNormalization(),
            layers.LeakyReLU(0.2),
            layers.Conv2DTranspose(1, 4, 2, padding="same", activation="tanh"),
        ]
        discriminator = [
            layers.Conv2D(32, 4, 2, padding="same"),
            layers.LeakyReLU(0.2),
            layers.Conv2D(64, 4, 2, padding="same"),
            layers.LeakyReLU(0.2),
            layers.Flatten(),
            layers.Dense(1),
        ]
    return (
        keras.Sequential([layers.Input((LATENT_DIM,)), *generator]),
        keras.Sequential([layers.Input((28, 28, 1)), *discriminator]),
    )


def adam():
    return keras.optimizers.Adam(2e-4, beta_1=0.5)


def as_batches(images):
    batches = tf.data.Dataset.from_tensor_slices(images).shuffle(len(images))
    # Untuned: an iterator's end may else wait for a second, in all implementations.
    return untuned(batches.batch(BATCH, drop_remainder=True).prefetch(2))


def fit(kind, images, steps_per_execution=1, reinforce=False):
    # What the loops do: no penalty, no average, one sample of each latent.
    options = {"latent_dim": LATENT_DIM, "ema_momentum": None}
    if reinforce:
        gan = rlgen.ReinforceGAN(*keras_networks(kind), samples_per_latent=1, **options)
    else:
        gan = rlgen.GAN(*keras_networks(kind), **options)
    gan.compile(
        *(adam(), adam()),
        loss="non_saturating",
        steps_per_execution=steps_per_execution,
    )
    batches = as_batches(images)
    return lambda: gan.fit(batches, verbose=0)


def loop(kind, images, steps_per_call=1):
    generator, discriminator = keras_networks(kind)
    generator_optimizer, discriminator_optimizer = adam(), adam()
    generator_optimizer.build(generator.trainable_variables)
    discriminator_optimizer.build(discriminator.trainable_variables)

    def step(real):
        latents = tf.random.normal((BATCH, LATENT_DIM))
        generated = generator(latents, training=True)
        with tf.GradientTape() as tape:
            real_logits = discriminator(real, training=True)
            generated_logits = discriminator(generated, training=True)
            discriminator_loss = tf.reduce_mean(
                tf.nn.softplus(-real_logits)
            ) + tf.reduce_mean(tf.nn.softplus(generated_logits))
        variables = discriminator.trainable_variables
        gradients = tape.gradient(discriminator_loss, variables)
        discriminator_optimizer.apply(gradients, variables)
        latents = tf.random.normal((BATCH, LATENT_DIM))
        with tf.GradientTape() as tape:
            logits = discriminator(generator(latents, training=True), training=True)
            generator_loss = tf.reduce_mean(tf.nn.softplus(-logits))
        variables = generator.trainable_variables
        gradients = tape.gradient(generator_loss, variables)
        generator_optimizer.apply(gradients, variables)
        return discriminator_loss, generator_loss

    batches = as_batches(images)
    if steps_per_call == 1:
        one_step = tf.function(step)

        def run():
            for real in batches:
                one_step(real)

        return run

    @tf.function
    def many_steps(iterator):
        losses = tf.zeros(()), tf.zeros(())
        for _ in tf.range(steps_per_call):
            losses = step(next(iterator))
        return losses

    def run_many():
        iterator = iter(batches)
        for _ in range(len(images) // BATCH // steps_per_call):
            many_steps(iterator)

    return run_many


def torch_loop(kind, images, compiled):
    import torch
    from torch import nn

    torch.set_num_threads(FLAGS.threads)
    leaky = lambda: nn.LeakyReLU(0.2)  # noqa: E731
    if kind == "mlp":
        generator = nn.Sequential(
            *(nn.Linear(LATENT_DIM, 256), leaky(), nn.Linear(256, 512), leaky()),
            *(nn.Linear(512, 784), nn.Tanh(), nn.Unflatten(1, (1, 28, 28))),
        )
        discriminator = nn.Sequential(
            *(nn.Flatten(), nn.Linear(784, 512), leaky()),
            *(nn.Linear(512, 256), leaky(), nn.Linear(256, 1)),
        )
    else:
        generator = nn.Sequential(
            *(nn.Linear(LATENT_DIM, 7 * 7 * 64), nn.BatchNorm1d(7 * 7 * 64), leaky()),
            nn.Unflatten(1, (64, 7, 7)),
            *(nn.ConvTranspose2d(64, 32, 4, 2, 1), nn.BatchNorm2d(32), leaky()),
            *(nn.ConvTranspose2d(32, 1, 4, 2, 1), nn.Tanh()),
        )
        discriminator = nn.Sequential(
            *(nn.Conv2d(1, 32, 4, 2, 1), leaky(), nn.Conv2d(32, 64, 4, 2, 1), leaky()),
            *(nn.Flatten(), nn.Linear(7 * 7 * 64, 1)),
        )
    rate = {"lr": 2e-4, "betas": (0.5, 0.999)}
    generator_optimizer = torch.optim.Adam(generator.parameters(), **rate)
    discriminator_optimizer = torch.optim.Adam(discriminator.parameters(), **rate)
    if compiled:
        generator = torch.compile(generator)
        discriminator = torch.compile(discriminator)
    data = torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))

    def run():
        for index in torch.randperm(len(data)).split(BATCH):
            real = data[index]
            with torch.no_grad():
                generated = generator(torch.randn(BATCH, LATENT_DIM))
            loss = (
                nn.functional.softplus(-discriminator(real)).mean()
                + nn.functional.softplus(discriminator(generated)).mean()
            )
            discriminator_optimizer.zero_grad(set_to_none=True)
            loss.backward()
            discriminator_optimizer.step()
            # The generator's update needs no gradient of the discriminator's weights.
            discriminator.requires_grad_(False)
            logits = discriminator(generator(torch.randn(BATCH, LATENT_DIM)))
            generator_optimizer.zero_grad(set_to_none=True)
            nn.functional.softplus(-logits).mean().backward()
            generator_optimizer.step()
            discriminator.requires_grad_(True)

    return run


def contestants(kind, images):
    """Returns a dict from name to a function that trains one pass over the images."""
    runs = {
        "fit": fit(kind, images),
        "fit_16": fit(kind, images, steps_per_execution=16),
        "loop": loop(kind, images),
        "loop_16": loop(kind, images, steps_per_call=16),
        "reinforce": fit(kind, images, reinforce=True),
        "torch eager": torch_loop(kind, images, compiled=False),
        "torch compiled": torch_loop(kind, images, compiled=True),
    }
    started = {}
    for name, run in list(runs.items()):
        start = time.perf_counter()
        try:
            run()
        except Exception as error:
            if name != "torch compiled":
                raise
            print(f"torch.compile does not work here: {type(error).__name__}")
            del runs[name]
        started[name] = time.perf_counter() - start
        if name in runs:
            run()
    return runs, started


def measure(kind):
    """Returns the figures for one kind of networks."""
    random = np.random.default_rng(0)
    shape = (BATCH * FLAGS.steps, 28, 28, 1)
    images = random.uniform(-1.0, 1.0, shape).astype("float32")
    runs, started = contestants(kind, images)
    rates = {name: [] for name in runs}
    for number in range(FLAGS.rounds):
        order = list(runs)[:: 1 if number % 2 == 0 else -1]
        for name in order:
            start = time.perf_counter()
            runs[name]()
            rates[name].append(len(images) / (time.perf_counter() - start))
    eager, compiled = rates.pop("torch eager"), rates.pop("torch compiled", [0.0])
    faster = max(eager, compiled, key=statistics.median)
    rates["torch"] = faster
    print(f"\n{kind}, images per second: median (min - max); first pass in seconds")
    for name, values in rates.items():
        first = started.get(name, started["torch eager"])
        print(f"  {name:17s} {summary(values, '6.0f')}   {first:5.1f} s")
    ratios = {}
    for name, (above, below) in RATIOS.items():
        pairs = zip(rates[above], rates[below], strict=True)
        ratios[name] = [a / b for a, b in pairs]
        print(f"  {name:17s} {summary(ratios[name], '.2f')}")
    print(f"  torch is {'eager' if faster is eager else 'compiled'}")
    return {"images_per_second": rates, "ratios": ratios, "first_pass_seconds": started}


def summary(values, form):
    median = statistics.median(values)
    return f"{median:{form}} ({min(values):{form}} - {max(values):{form}})"


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(FLAGS.threads)
    if FLAGS.steps % 16:
        raise app.UsageError(f"16 must divide --steps. Received: {FLAGS.steps}")
    figures = {kind: measure(kind) for kind in FLAGS.networks}
    figures["machine"] = platform.processor() or platform.machine()
    path = pathlib.Path(FLAGS.output)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=1) + "\n")
    print(f"\nEvery round's figures are in {path}")


if __name__ == "__main__":
    app.run(main)
