"""Images per second of training and sampling a VAE and a PixelCNN, against PyTorch.

    python -m benchmarks.generative_speed      # needs torch==2.13.0

The same networks, on binary images of 28 x 28 pixels, are trained by

- `fit`: `VAE.fit` and `PixelCNN.fit`, one step per call;
- `fit_16`: the same with `steps_per_execution=16`;
- `loop`: a hand-written loop that calls a `tf.function` of one step for each batch,
  with and without XLA; the faster counts;
- `torch`: PyTorch, eager and, with a C++ compiler, compiled; the faster counts;

and sampled by `generate` and by PyTorch. PyTorch's PixelCNN is sampled in the usual
way: the whole network once per pixel. `generate` computes each feature once, which
explains most of the difference.

Every implementation warms up first; then rounds alternate between them, since the
machine may be shared: compare the ratios, which pair figures of one round.
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
flags.DEFINE_integer("steps", 48, "Steps of a VAE per round; a multiple of 16.")
flags.DEFINE_integer("pixel_steps", 16, "Steps of a PixelCNN; a multiple of 16.")
flags.DEFINE_integer("samples", 16, "Images of a PixelCNN per round of sampling.")
flags.DEFINE_integer("threads", 1, "Threads within an operation, in both frameworks.")
flags.DEFINE_list("networks", "mlp,convolutional,pixel_cnn", "Networks to measure.")
flags.DEFINE_string("output", "outputs/generative_speed.json", "File to write.")

LATENT_DIM = 16
BATCH = {"mlp": 128, "convolutional": 128, "pixel_cnn": 16}
FILTERS, BLOCKS, FIRST_KERNEL, KERNEL, LEVELS = 16, 5, 7, 3, 2
VAE_SAMPLES = 1024
RATIOS = {
    "fit / loop": ("fit", "loop"),
    "fit / torch": ("fit", "torch"),
    "fit_16 / torch": ("fit_16", "torch"),
    "generate / torch": ("generate", "torch"),
}


def keras_vae_networks(kind):
    if kind == "mlp":
        encoder = [layers.Flatten(), layers.Dense(400, "relu")]
        decoder = [
            layers.Dense(400, "relu"),
            layers.Dense(784),
            layers.Reshape((28, 28, 1)),
        ]
    else:
        encoder = [
            layers.Conv2D(32, 4, 2, "same", activation="relu"),
            layers.Conv2D(64, 4, 2, "same", activation="relu"),
            layers.Flatten(),
        ]
        decoder = [
            layers.Dense(7 * 7 * 64, "relu"),
            layers.Reshape((7, 7, 64)),
            layers.Conv2DTranspose(32, 4, 2, "same", activation="relu"),
            layers.Conv2DTranspose(1, 4, 2, "same"),
        ]
    images, latents = layers.Input((28, 28, 1)), layers.Input((LATENT_DIM,))
    return (
        keras.Sequential([images, *encoder, layers.Dense(2 * LATENT_DIM)]),
        keras.Sequential([latents, *decoder]),
    )


def pixel_network():
    return rlgen.models.GatedPixelCNN(
        (28, 28, 1), LEVELS, FILTERS, BLOCKS, KERNEL, FIRST_KERNEL
    )


def make_model(kind, steps_per_execution=1):
    if kind == "pixel_cnn":
        model = rlgen.PixelCNN(pixel_network())
    else:
        model = rlgen.VAE(*keras_vae_networks(kind), latent_dim=LATENT_DIM)
    model.compile(keras.optimizers.Adam(1e-3), steps_per_execution=steps_per_execution)
    return model


def as_batches(kind, images):
    batches = tf.data.Dataset.from_tensor_slices(images).shuffle(len(images))
    # Untuned: an iterator's end may else wait for a second, in all implementations.
    return untuned(batches.batch(BATCH[kind], drop_remainder=True).prefetch(2))


def fit(kind, images, steps_per_execution=1):
    model, batches = make_model(kind, steps_per_execution), as_batches(kind, images)
    return lambda: model.fit(batches, verbose=0)


def loop(kind, images, jit_compile):
    """Returns one pass of a hand-written training loop."""
    if kind == "pixel_cnn":
        networks = [pixel_network()]

        def loss(real):
            levels = tf.cast(real, tf.int32)
            logits = networks[0](real, training=True)
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(levels, logits)
            return tf.reduce_sum(losses) / BATCH[kind]
    else:
        networks = keras_vae_networks(kind)

        def loss(real):
            mean, log_variance = tf.split(networks[0](real, training=True), 2, -1)
            noise = tf.random.normal(tf.shape(mean))
            latents = mean + tf.exp(0.5 * log_variance) * noise
            logits = networks[1](latents, training=True)
            nll = tf.nn.sigmoid_cross_entropy_with_logits(real, logits)
            kl = tf.exp(log_variance) + tf.square(mean) - 1.0 - log_variance
            return (tf.reduce_sum(nll) + 0.5 * tf.reduce_sum(kl)) / BATCH[kind]

    variables = [v for network in networks for v in network.trainable_variables]
    optimizer = keras.optimizers.Adam(1e-3)
    optimizer.build(variables)

    @tf.function(jit_compile=jit_compile)
    def step(real):
        with tf.GradientTape() as tape:
            value = loss(real)
        optimizer.apply(tape.gradient(value, variables), variables)
        return value

    batches = as_batches(kind, images)

    def run():
        for real in batches:
            step(real)

    return run


def torch_vae(kind):
    from torch import nn

    if kind == "mlp":
        encoder = nn.Sequential(
            *(nn.Flatten(), nn.Linear(784, 400), nn.ReLU()),
            nn.Linear(400, 2 * LATENT_DIM),
        )
        decoder = nn.Sequential(
            *(nn.Linear(LATENT_DIM, 400), nn.ReLU()),
            *(nn.Linear(400, 784), nn.Unflatten(1, (1, 28, 28))),
        )
    else:
        encoder = nn.Sequential(
            *(nn.Conv2d(1, 32, 4, 2, 1), nn.ReLU()),
            *(nn.Conv2d(32, 64, 4, 2, 1), nn.ReLU()),
            *(nn.Flatten(), nn.Linear(7 * 7 * 64, 2 * LATENT_DIM)),
        )
        decoder = nn.Sequential(
            *(
                nn.Linear(LATENT_DIM, 7 * 7 * 64),
                nn.ReLU(),
                nn.Unflatten(1, (64, 7, 7)),
            ),
            *(nn.ConvTranspose2d(64, 32, 4, 2, 1), nn.ReLU()),
            nn.ConvTranspose2d(32, 1, 4, 2, 1),
        )
    return encoder, decoder


def torch_pixel_network():
    import torch
    from torch import nn
    from torch.nn import functional

    def gate(features):
        signal, gate = features.chunk(2, 1)
        return torch.tanh(signal) * torch.sigmoid(gate)

    class Block(nn.Module):
        """Both stacks; the kernels omit taps that are masked."""

        def __init__(self, inputs, size, first):
            super().__init__()
            self.half, self.first = size // 2, first
            reach = self.half + (not first)
            self.vertical = nn.Conv2d(inputs, 2 * FILTERS, (reach, size))
            self.horizontal = nn.Conv2d(inputs, 2 * FILTERS, (1, reach))
            self.connection = nn.Conv2d(2 * FILTERS, 2 * FILTERS, 1, bias=False)
            self.projection = nn.Conv2d(FILTERS, FILTERS, 1)

        def forward(self, vertical, horizontal):
            half, cut = self.half, int(self.first)
            rows = functional.pad(vertical, (half, half, half, 0))
            features = self.vertical(rows[:, :, : rows.shape[2] - cut])
            pixels = functional.pad(horizontal, (half, 0))
            left = self.horizontal(pixels[..., : pixels.shape[3] - cut])
            gated = self.projection(gate(left + self.connection(features)))
            return gate(features), gated if self.first else gated + horizontal

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.blocks = nn.ModuleList(
                Block(*sizes, first)
                for sizes, first in [
                    ((1, FIRST_KERNEL), True),
                    *[((FILTERS, KERNEL), False)] * BLOCKS,
                ]
            )
            self.head = nn.Sequential(
                *(nn.ReLU(), nn.Conv2d(FILTERS, FILTERS, 1)),
                *(nn.ReLU(), nn.Conv2d(FILTERS, LEVELS, 1)),
            )

        def forward(self, images):
            vertical = horizontal = images
            for block in self.blocks:
                vertical, horizontal = block(vertical, horizontal)
            return self.head(horizontal)

    return Network()


def torch_fit(kind, images, compiled):
    import torch
    from torch.nn import functional

    torch.set_num_threads(FLAGS.threads)
    networks = [torch_pixel_network()] if kind == "pixel_cnn" else torch_vae(kind)
    parameters = [p for network in networks for p in network.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=1e-3)
    if compiled:
        networks = [torch.compile(network) for network in networks]
    data = torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))

    def vae_loss(real):
        mean, log_variance = networks[0](real).chunk(2, 1)
        latents = mean + (0.5 * log_variance).exp() * torch.randn_like(mean)
        nll = functional.binary_cross_entropy_with_logits(
            networks[1](latents), real, reduction="sum"
        )
        kl = 0.5 * (log_variance.exp() + mean**2 - 1.0 - log_variance).sum()
        return (nll + kl) / BATCH[kind]

    def pixel_loss(real):
        logits = networks[0](real)
        levels = real[:, 0].long()
        nll = functional.cross_entropy(logits, levels, reduction="sum")
        return nll / BATCH[kind]

    loss = pixel_loss if kind == "pixel_cnn" else vae_loss

    def run():
        for index in torch.randperm(len(data)).split(BATCH[kind]):
            optimizer.zero_grad(set_to_none=True)
            loss(data[index]).backward()
            optimizer.step()

    return run


def generate(kind):
    model = make_model(kind)
    count = FLAGS.samples if kind == "pixel_cnn" else VAE_SAMPLES
    return lambda: model.generate(count)


def torch_generate(kind):
    import torch

    torch.set_num_threads(FLAGS.threads)
    network = torch_pixel_network() if kind == "pixel_cnn" else torch_vae(kind)[1]

    @torch.inference_mode()
    def decode():
        return torch.sigmoid(network(torch.randn(VAE_SAMPLES, LATENT_DIM))).numpy()

    @torch.inference_mode()
    def pixel_by_pixel():
        images = torch.zeros(FLAGS.samples, 1, 28, 28)
        for row in range(28):
            for column in range(28):
                logits = network(images)[:, :, row, column]
                levels = torch.distributions.Categorical(logits=logits).sample()
                images[:, 0, row, column] = levels.float()
        return images.numpy()

    return pixel_by_pixel if kind == "pixel_cnn" else decode


def compare(title, makers, count):
    """Prints and returns the figures of implementations that process `count` images.

    Args:
        title: String.
        makers: Dict from names to functions that return an implementation, a function
            of no arguments.
        count: Integer.
    """
    runs, started = {}, {}
    for name, maker in makers.items():
        start = time.perf_counter()
        try:
            run = maker()
            run()
        except Exception as error:
            if name != "torch compiled":
                raise
            print(f"torch.compile does not work here: {type(error).__name__}")
            continue
        runs[name], started[name] = run, time.perf_counter() - start
    rates = {name: [] for name in runs}
    for number in range(FLAGS.rounds):
        for name in list(runs)[:: 1 if number % 2 == 0 else -1]:
            start = time.perf_counter()
            runs[name]()
            rates[name].append(count / (time.perf_counter() - start))

    def fastest(name):
        """Returns the fastest variant of an implementation, compiled or not."""
        own = [n for n in rates if n == name or n.startswith(f"{name} ")]
        return max(own, key=lambda n: statistics.median(rates[n]), default=None)

    print(f"\n{title}, images per second: median (min - max); first pass in seconds")
    for name, values in rates.items():
        print(f"  {name:17s} {summary(values, '8.1f')}   {started[name]:5.1f} s")
    ratios = {}
    for name, pair in RATIOS.items():
        above, below = map(fastest, pair)
        if above and below:
            ratios[name] = [
                a / b for a, b in zip(rates[above], rates[below], strict=True)
            ]
            print(f"  {name:17s} {summary(ratios[name], '.2f')}")
    return {"images_per_second": rates, "ratios": ratios, "first_pass_seconds": started}


def measure(kind):
    """Returns the figures of training and sampling one kind of networks."""
    steps = FLAGS.pixel_steps if kind == "pixel_cnn" else FLAGS.steps
    random = np.random.default_rng(0)
    shape = (BATCH[kind] * steps, 28, 28, 1)
    images = random.integers(0, 2, shape).astype("float32")
    fitting = {
        "fit": lambda: fit(kind, images),
        "fit_16": lambda: fit(kind, images, steps_per_execution=16),
        "loop": lambda: loop(kind, images, jit_compile=False),
        "loop XLA": lambda: loop(kind, images, jit_compile=True),
        "torch": lambda: torch_fit(kind, images, compiled=False),
        "torch compiled": lambda: torch_fit(kind, images, compiled=True),
    }
    sampling = {
        "generate": lambda: generate(kind),
        "torch": lambda: torch_generate(kind),
    }
    count = FLAGS.samples if kind == "pixel_cnn" else VAE_SAMPLES
    return {
        "fit": compare(f"{kind}, training", fitting, len(images)),
        "generate": compare(f"{kind}, sampling", sampling, count),
    }


def summary(values, form):
    median = statistics.median(values)
    return f"{median:{form}} ({min(values):{form}} - {max(values):{form}})"


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(FLAGS.threads)
    for name in ("steps", "pixel_steps"):
        if FLAGS[name].value % 16:
            raise app.UsageError(
                f"16 must divide --{name}. Received: {FLAGS[name].value}"
            )
    figures = {kind: measure(kind) for kind in FLAGS.networks}
    figures["machine"] = platform.processor() or platform.machine()
    path = pathlib.Path(FLAGS.output)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=1) + "\n")
    print(f"\nEvery round's figures are in {path}")


if __name__ == "__main__":
    app.run(main)
