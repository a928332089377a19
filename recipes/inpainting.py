"""Restore damaged images: inpainting, denoising or deblurring.

A conditional VAE and a conditional GAN take a damaged image and sample a complete one.
Each is trained with and without a reward, for smooth boundaries of the filled-in region
and a classifier's confidence. They are compared with fills without a model: the mean
training image, and the training image nearest in the known pixels.

    python -m recipes.inpainting
    python -m recipes.inpainting --corruption=noise
    python -m recipes.inpainting --data=mnist --corruption=center

Writes to --output: `restored.png` (a row for each of original, damaged, and every
method), `scores.json`, `vae.keras` and `saved_model/`.
"""

import json
import math
import pathlib

import keras
import numpy as np
import tensorflow as tf
from absl import app, flags
from keras import layers

import keras_rlgen as rlgen

FLAGS = flags.FLAGS
flags.DEFINE_enum("data", "digits", ["digits", "mnist"], "Which digits.")
flags.DEFINE_string("mnist", None, "Local file or folder; downloaded by default.")
flags.DEFINE_enum(
    "corruption",
    "square",
    ["square", "center", "half", "brush", "noise", "blur"],
    "Damage.",
)
flags.DEFINE_list("models", ["VAE", "GAN"], "Which of VAE, GAN.")
flags.DEFINE_integer("epochs", None, "Passes; by default 100, of MNIST 10.")
flags.DEFINE_integer("batch_size", 64, "Images per step.")
flags.DEFINE_integer("hidden", 256, "Units per hidden layer, for digits.")
flags.DEFINE_integer("filters", 8, "Filters at full size, for MNIST.")
flags.DEFINE_integer("latent_dim", None, "Latents; by default 8, of MNIST 16.")
flags.DEFINE_integer("classifier_steps", 600, "Training steps of the classifier.")
flags.DEFINE_float("vae_reward_weight", 2.0, "Nats per unit of reward.")
flags.DEFINE_float("gan_reward_weight", 0.1, "Weight of the reward in the GAN.")
flags.DEFINE_integer("seed", 0, "Seed of weights, masks, latents and data order.")
flags.DEFINE_integer("seeds", 1, "Number of seeds to run, starting with --seed.")
flags.DEFINE_string("output", "outputs/inpainting", "Folder to write to.")

NUM_PICTURED = 16
NUM_DRAWS = 16


@keras.saving.register_keras_serializable("recipes")
class Blur(layers.Layer):
    """Blurs each image by a Gaussian; `width` is its standard deviation in pixels."""

    def __init__(self, width, **kwargs):
        super().__init__(**kwargs)
        self.width = width

    def call(self, images, training=None):
        size = 2 * math.ceil(2 * self.width) + 1
        return keras.ops.image.gaussian_blur(
            images, kernel_size=(size, size), sigma=(self.width, self.width)
        )

    def get_config(self):
        return {**super().get_config(), "width": self.width}


def make_corruption(seed):
    is_large = FLAGS.data == "mnist"
    if FLAGS.corruption == "noise":
        return layers.GaussianNoise(1.0 if is_large else 0.5, seed=seed)
    if FLAGS.corruption == "blur":
        return Blur(2.5 if is_large else 1.0)
    return rlgen.layers.RandomMask(FLAGS.corruption, seed=seed)


def make_network(input_shapes, outputs, shape=None, activation=None):
    """Returns a network from images, or latents and a damaged image, to outputs."""
    inputs = [layers.Input(part) for part in input_shapes]
    if FLAGS.data == "mnist":
        make = convolutions if shape is None else image_decoder
        x = make(inputs, outputs if shape is None else shape[-1], activation)
        return keras.Model(inputs, x)
    x = layers.Concatenate()([layers.Flatten()(part) for part in inputs])
    for _ in range(2):
        x = layers.LeakyReLU(0.2)(layers.Dense(FLAGS.hidden)(x))
    x = layers.Dense(outputs, activation)(x)
    return keras.Model(inputs, x if shape is None else layers.Reshape(shape)(x))


def halved(x, filters):
    return layers.LeakyReLU(0.2)(layers.Conv2D(filters, 4, 2, "same")(x))


def doubled(x, filters):
    x = layers.Conv2DTranspose(filters, 4, 2, "same")(x)
    # The statistics of batches keep a GAN's generator from saturating.
    return layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))


def convolutions(images, outputs, activation):
    x = layers.Concatenate()(images) if len(images) > 1 else images[0]
    x = halved(halved(x, 2 * FLAGS.filters), 4 * FLAGS.filters)
    return layers.Dense(outputs, activation)(layers.Flatten()(x))


def image_decoder(inputs, channels, activation):
    """From latents and a damaged image, whose features pass at every size."""
    latents, damaged = inputs
    half = halved(damaged, FLAGS.filters)
    quarter = halved(half, 2 * FLAGS.filters)
    size = quarter.shape[1:]
    x = layers.Reshape(size)(layers.Dense(int(np.prod(size)))(latents))
    x = doubled(layers.Concatenate()([x, quarter]), 2 * FLAGS.filters)
    x = doubled(layers.Concatenate()([x, half]), FLAGS.filters)
    x = layers.Concatenate()([x, damaged])
    return layers.Conv2D(channels, 3, padding="same", activation=activation)(x)


def make_reward(classifier):
    realism = 0.2 * rlgen.rewards.ClassifierConfidence(classifier)
    if FLAGS.corruption in ("noise", "blur"):
        return realism
    return rlgen.rewards.BoundarySmoothness() + realism


def make_vae(shape, seed, reward):
    corruption = make_corruption(seed)
    degraded = corruption(tf.zeros((1, *shape))).shape[1:]
    latents = (FLAGS.latent_dim,)
    size = int(np.prod(shape))
    normal = rlgen.distributions.Normal(0.3, learned=True, min_scale=0.05)
    if FLAGS.data == "mnist":
        normal = rlgen.distributions.Normal(0.5)
    vae = rlgen.RestoringVAE(
        make_network([shape, degraded], 2 * FLAGS.latent_dim),
        make_network([latents, degraded], size, shape, "tanh"),
        FLAGS.latent_dim,
        corruption,
        distribution=normal,
        # What is left of an image tells which latents fit it.
        prior_network=make_network([degraded], 2 * FLAGS.latent_dim),
        seed=seed,
    )
    compile_vae(vae, reward, FLAGS.vae_reward_weight)
    return vae


def compile_vae(vae, reward, weight):
    vae.compile(
        keras.optimizers.Adam(1e-3),
        reward=reward,
        reward_weight=weight,
        steps_per_execution=20,
    )


def make_gan(shape, seed, reward):
    corruption = make_corruption(seed)
    degraded = corruption(tf.zeros((1, *shape))).shape[1:]
    latents = (FLAGS.latent_dim,)
    size = int(np.prod(shape))
    gan = rlgen.RestoringGAN(
        make_network([latents, degraded], size, shape, "tanh"),
        make_network([shape, degraded], 1),
        FLAGS.latent_dim,
        corruption,
        ema_momentum=0.99,
        seed=seed,
    )
    compile_gan(gan, reward, FLAGS.gan_reward_weight)
    return gan


def compile_gan(gan, reward, weight):
    # Larger images need a stronger penalty.
    penalty, rate = (5.0, 4e-4) if FLAGS.data == "mnist" else (0.1, 2e-4)
    gan.compile(
        keras.optimizers.Adam(5e-4, beta_1=0.5),
        keras.optimizers.Adam(rate, beta_1=0.5),
        loss=rlgen.losses.NonSaturating(penalty=rlgen.losses.R1Penalty(penalty)),
        reconstruction_weight=5.0,
        reward=reward,
        reward_weight=weight,
        steps_per_execution=20,
    )


def train(name, images, seed, reward):
    make = {"VAE": make_vae, "GAN": make_gan}[name]
    keras.utils.set_random_seed(seed)
    model = make(images.shape[1:], seed, reward)
    print(f"seed {seed}: training {name}{' with reward' if reward else ''}")
    model.fit(
        images,
        epochs=FLAGS.epochs,
        batch_size=FLAGS.batch_size,
        verbose=0,
    )
    return model


def run(seed, data, output):
    """Trains and scores everything for one seed; returns a dict of rows."""
    (images, labels), (held_out, held_out_labels) = data
    classifier, judge = (
        rlgen.metrics.train_classifier(
            images, labels, training_steps=FLAGS.classifier_steps, seed=part
        )
        for part in (2 * seed, 2 * seed + 1)
    )
    models = {}
    for name in FLAGS.models:
        models[name] = train(name, images, seed, None)
        reward = make_reward(classifier[0])
        models[f"{name} with reward"] = train(name, images, seed, reward)
    table = rlgen.evaluation.compare_restorations(
        models,
        images,
        held_out,
        held_out_labels,
        classifier=judge[0],
        features=judge[1],
        num_draws=NUM_DRAWS,
        seed=seed,
    )
    table.write_picture(output / "restored.png", NUM_PICTURED)
    if "VAE" in FLAGS.models:
        models["VAE with reward"].save(output / "vae.keras")
        models["VAE with reward"].export(output / "saved_model", verbose=False)
    return table


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    output = pathlib.Path(FLAGS.output)
    output.mkdir(parents=True, exist_ok=True)
    if FLAGS.data == "mnist":
        data, defaults = rlgen.datasets.mnist(FLAGS.mnist), (10, 16)
    else:
        data, defaults = rlgen.datasets.digits(), (100, 8)
    FLAGS.epochs = FLAGS.epochs or defaults[0]
    FLAGS.latent_dim = FLAGS.latent_dim or defaults[1]
    scores = {}
    for seed in range(FLAGS.seed, FLAGS.seed + FLAGS.seeds):
        for row, results in run(seed, data, output).items():
            row = row if FLAGS.seeds == 1 else f"{row}, seed {seed}"
            scores[row] = results
    (output / "scores.json").write_text(json.dumps(scores, indent=2) + "\n")
    print(f"\nOn {len(data[1][0])} held-out images:\n")
    print(rlgen.callbacks.format_table(scores))
    print(f"\nPictures, scores, model and SavedModel are in {output}/")


if __name__ == "__main__":
    app.run(main)
