"""What `benchmarks.gpu` measures: models, agents and sampling, in two sizes."""

import dataclasses
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
from keras import layers

import keras_rlgen as rlgen
from keras_rlgen.training.untuned import untuned

PIXELS, LATENT_DIM = 784, 64
# Of PPO, over the frames of a round, and the updates of DQN in a round.
EPOCHS, UPDATES = 4, 32
# Arguments of the functions below: for a GPU, and small.
SIZES = {
    "vae": (
        {"batch": 4096, "width": 4096, "depth": 3},
        {"batch": 64, "width": 128, "depth": 3},
    ),
    "gan": (
        {"batch": 4096, "width": 4096, "depth": 3},
        {"batch": 64, "width": 128, "depth": 3},
    ),
    "reinforce_gan": (
        {"batch": 1024, "width": 4096, "depth": 3},
        {"batch": 64, "width": 128, "depth": 3},
    ),
    "pixel_cnn": (
        {"batch": 64, "filters": 128, "blocks": 12, "levels": 256},
        {"batch": 4, "filters": 8, "blocks": 2, "levels": 4},
    ),
    "sequences": (
        {"batch": 16, "length": 512, "vocabulary": 8192, "width": 768, "depth": 12},
        {"batch": 8, "length": 32, "vocabulary": 64, "width": 64, "depth": 2},
    ),
    "ppo": (
        {"environments": 4096, "steps": 32, "minibatch": 16384, "width": 256},
        {"environments": 64, "steps": 16, "minibatch": 256, "width": 64},
    ),
    "dqn": (
        {"environments": 1024, "steps": 8, "batch": 4096, "width": 256},
        {"environments": 64, "steps": 8, "batch": 64, "width": 64},
    ),
    "gan_generate": (
        {"batch": 65536, "width": 4096, "depth": 3},
        {"batch": 1024, "width": 128, "depth": 3},
    ),
}
SIZES["pixel_cnn_generate"] = SIZES["pixel_cnn"]
SIZES["sequences_generate"] = tuple(
    {**size, "batch": 4 * size["batch"]} for size in SIZES["sequences"]
)


@dataclasses.dataclass
class Case:
    """A workload, repeated in steps.

    Attributes:
        run: Function of a number of steps, which it takes.
        items: Integer, the samples of a step, or its environment steps.
        flops: Function without arguments that returns the floating-point operations
            of a step.
        unit: `"samples"` or `"environment steps"`, what `items` counts.
    """

    run: Callable
    items: int
    flops: Callable
    unit: str = "samples"


def count_flops(function, *arguments):
    """Counts the floating-point operations of a function by TensorFlow's profiler.

    Operations inside loops and conditions, as an optimizer's update, are not counted.
    """
    profiler = tf.compat.v1.profiler
    builder = profiler.ProfileOptionBuilder
    options = builder(builder.float_operation()).with_empty_output().build()
    traced = tf.function(function, jit_compile=False).get_concrete_function(*arguments)
    return profiler.profile(traced.graph, options=options).total_float_ops


def training(model, samples, **options):
    """Returns the case of `fit`: a step is one batch, copied to the device."""
    model.compile(optimizer=keras.optimizers.Adam(1e-4), **options)
    batches = tf.data.Dataset.from_tensors(samples)

    def run(steps):
        model.fit(untuned(batches.repeat(steps).prefetch(2)), verbose=0)

    spec = tf.TensorSpec(samples.shape, samples.dtype)
    return Case(run, len(samples), lambda: count_flops(model.train_step, spec))


def sampling(model, count, network, inputs):
    """Returns the case of `generate`: a step is one call, samples on the host.

    Its operations are those of one pass of the network over all samples, which is what
    sampling takes if nothing is computed twice.
    """

    def run(steps):
        for _ in range(steps):
            model.generate(count)

    return Case(run, count, lambda: count_flops(network, inputs))


def dense(inputs, outputs, width, depth=2, activation=None):
    hidden = [layers.Dense(width, activation="relu") for _ in range(depth)]
    last = layers.Dense(outputs, activation=activation, dtype="float32")
    return keras.Sequential([layers.Input((inputs,)), *hidden, last])


def binary_images(batch):
    random = np.random.default_rng(0)
    return random.integers(0, 2, (batch, PIXELS)).astype("float32")


def vae(batch, width, depth):
    encoder = dense(PIXELS, 2 * LATENT_DIM, width, depth)
    decoder = dense(LATENT_DIM, PIXELS, width, depth)
    return training(rlgen.VAE(encoder, decoder, LATENT_DIM), binary_images(batch))


def gan_networks(width, depth):
    generator = dense(LATENT_DIM, PIXELS, width, depth, "sigmoid")
    return generator, dense(PIXELS, 1, width, depth)


def gan(batch, width, depth):
    # What PyTorch's loop does: no penalty, no average.
    model = rlgen.GAN(*gan_networks(width, depth), LATENT_DIM, ema_momentum=None)
    return training(model, binary_images(batch), loss="non_saturating")


def gan_generate(batch, width, depth):
    model = rlgen.GAN(*gan_networks(width, depth), LATENT_DIM)
    latents = tf.TensorSpec((batch, LATENT_DIM))
    return sampling(model, batch, model.generator, latents)


def reinforce_gan(batch, width, depth):
    model = rlgen.ReinforceGAN(*gan_networks(width, depth), LATENT_DIM)
    return training(model, binary_images(batch))


def pixel_network(filters, blocks, levels):
    return rlgen.models.GatedPixelCNN((28, 28, 1), levels, filters, blocks)


def pixel_cnn(batch, levels, **network):
    images = np.random.default_rng(0).integers(0, levels, (batch, 28, 28, 1))
    model = rlgen.PixelCNN(pixel_network(levels=levels, **network))
    return training(model, (images / (levels - 1)).astype("float32"))


def pixel_cnn_generate(batch, **network):
    network = pixel_network(**network)
    images = tf.TensorSpec((batch, 28, 28, 1))
    return sampling(rlgen.PixelCNN(network), batch, network, images)


def sequence_model(length, vocabulary, width, depth):
    backbone = rlgen.models.TransformerBackbone(
        vocabulary, length, width, depth, num_heads=width // 64
    )
    return rlgen.SequenceGenerator(backbone, length)


def sequences(batch, length, vocabulary, **network):
    tokens = np.random.default_rng(0).integers(0, vocabulary, (batch, length))
    model = sequence_model(length, vocabulary, **network)
    return training(model, tokens.astype("int32"))


def sequences_generate(batch, length, **network):
    model = sequence_model(length, **network)
    tokens = tf.TensorSpec((batch, length), tf.int32)
    return sampling(model, batch, model.backbone, tokens)


def num_weights(*networks):
    """Returns the number of weights of matrices: each is a product and a sum."""
    weights = (w for network in networks for w in network.trainable_weights)
    return sum(int(np.prod(w.shape)) for w in weights if len(w.shape) == 2)


def acting(agent, items, steps, flops):
    """Returns the case of an agent's `fit`: a step is a round of acting and updates."""
    agent.compile(keras.optimizers.Adam(1e-4))

    def run(rounds):
        agent.fit(epochs=1, steps_per_epoch=rounds * steps, verbose=0)

    return Case(run, items, lambda: flops, "environment steps")


def ppo(environments, steps, minibatch, width):
    """Acting takes one pass of both networks, an update three for each frame."""
    networks = dense(4, 2, width), dense(4, 1, width)
    agent = rlgen.agents.PPO(
        *networks,
        environment=rlgen.environments.CartPole(),
        num_environments=environments,
        steps_per_update=steps,
        epochs=EPOCHS,
        minibatch_size=minibatch,
    )
    frames = environments * steps
    flops = 2.0 * num_weights(*networks) * frames * (1 + 3 * EPOCHS)
    return acting(agent, frames, steps, flops)


def dqn(environments, steps, batch, width):
    """Acting takes one pass of the network, an update five for each frame.

    Three are of the gradient, and two of the targets, by either network.
    """
    network, frames = dense(4, 2, width), environments * steps
    agent = rlgen.agents.DQN(
        network,
        environment=rlgen.environments.CartPole(),
        num_environments=environments,
        batch_size=batch,
        warm_up_steps=batch,
        updates_per_step=UPDATES / frames,
        collect_steps=steps,
    )
    flops = 2.0 * num_weights(network) * (frames + 5 * UPDATES * batch)
    return acting(agent, frames, steps, flops)


MAKERS = {
    function.__name__: function
    for function in (
        *(vae, gan, reinforce_gan, pixel_cnn, sequences, ppo, dqn),
        *(gan_generate, pixel_cnn_generate, sequences_generate),
    )
}
