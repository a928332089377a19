"""Restore damaged images: inpainting, denoising or deblurring.

A conditional VAE and a conditional GAN take a damaged image and sample a complete one.
Each is trained with and without a reward, for smooth boundaries of the filled-in region
and a classifier's confidence. They are compared with fills without a model: the mean
training image, and the training image nearest in the known pixels.

    python -m recipes.inpainting
    python -m recipes.inpainting --corruption=noise
    python -m recipes.inpainting --mnist=mnist.npz --hidden=512 --epochs=30

Writes to --output: `restored.png` (a row for each of original, damaged, and every
method), `scores.json`, `vae.keras` and `saved_model/`.
"""

import json
import pathlib

import keras
import numpy as np
import tensorflow as tf
from absl import app, flags
from keras import layers

import keras_rlgen as rlgen

FLAGS = flags.FLAGS
flags.DEFINE_string("mnist", None, "Local MNIST file or folder; default: digits.")
flags.DEFINE_enum(
    "corruption", "square", ["square", "half", "brush", "noise", "blur"], "Damage."
)
flags.DEFINE_list("models", ["VAE", "GAN"], "Which of VAE, GAN.")
flags.DEFINE_integer("epochs", 100, "Passes over the training images.")
flags.DEFINE_integer("batch_size", 64, "Images per step.")
flags.DEFINE_integer("hidden", 256, "Units per hidden layer.")
flags.DEFINE_integer("latent_dim", 8, "Latents.")
flags.DEFINE_integer("classifier_steps", 600, "Training steps of the classifier.")
flags.DEFINE_float("vae_reward_weight", 2.0, "Nats per unit of reward.")
flags.DEFINE_float("gan_reward_weight", 0.1, "Weight of the reward in the GAN.")
flags.DEFINE_integer("seed", 0, "Seed of weights, masks, latents and data order.")
flags.DEFINE_integer("seeds", 1, "Number of seeds to run, starting with --seed.")
flags.DEFINE_string("output", "outputs/inpainting", "Folder to write to.")

NUM_PICTURED = 16
NUM_DRAWS = 16


def make_corruption(seed):
    if FLAGS.corruption == "noise":
        return layers.GaussianNoise(0.5, seed=seed)
    if FLAGS.corruption == "blur":
        return layers.RandomGaussianBlur(
            1.0, kernel_size=5, sigma=(1.0, 1.0), value_range=(-1, 1), seed=seed
        )
    return rlgen.layers.RandomMask(FLAGS.corruption, seed=seed)


def make_network(input_shapes, outputs, shape=None, activation=None):
    inputs = [layers.Input(part) for part in input_shapes]
    x = layers.Concatenate()([layers.Flatten()(part) for part in inputs])
    for _ in range(2):
        x = layers.LeakyReLU(0.2)(layers.Dense(FLAGS.hidden)(x))
    x = layers.Dense(outputs, activation)(x)
    return keras.Model(inputs, x if shape is None else layers.Reshape(shape)(x))


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
    vae = rlgen.RestoringVAE(
        make_network([shape, degraded], 2 * FLAGS.latent_dim),
        make_network([latents, degraded], size, shape, "tanh"),
        FLAGS.latent_dim,
        corruption,
        distribution=rlgen.distributions.Normal(0.3, learned=True, min_scale=0.05),
        seed=seed,
    )
    vae.compile(
        keras.optimizers.Adam(1e-3),
        reward=reward,
        reward_weight=FLAGS.vae_reward_weight,
        steps_per_execution=20,
    )
    return vae


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
    gan.compile(
        keras.optimizers.Adam(5e-4, beta_1=0.5),
        keras.optimizers.Adam(2e-4, beta_1=0.5),
        loss=rlgen.losses.NonSaturating(penalty=rlgen.losses.R1Penalty(0.1)),
        reconstruction_weight=5.0,
        reward=reward,
        reward_weight=FLAGS.gan_reward_weight,
        steps_per_execution=20,
    )
    return gan


def known_pixels(degraded, images):
    """Returns 1 where a pixel is known, 0 where it is missing or damaged."""
    if FLAGS.corruption in ("noise", "blur"):
        return np.zeros_like(images)
    return np.broadcast_to(degraded[..., -1:], images.shape)


def nearest_fill(degraded, known, train):
    """Returns the training image nearest to the known part of each damaged one."""
    seen = known if known.any() else np.ones_like(known)
    pixels = degraded[..., : train.shape[-1]]
    distances = [
        np.sum(part * np.square(train - image), axis=(1, 2, 3))
        for image, part in zip(pixels, seen, strict=True)
    ]
    return train[np.argmin(distances, axis=1)]


def score(restored, images, known, features):
    """Computes errors of restored images, over the unknown pixels."""
    missing = 1.0 - known
    squares = missing * np.square(restored - images)
    seen, wanted = (features(x, training=False).numpy() for x in (restored, images))
    scores = {
        "pixel_error": float(squares.sum() / missing.sum()),
        "feature_distance": float(np.mean(np.square(seen - wanted))),
        "frechet_distance": rlgen.metrics.frechet_distance(wanted, seen),
    }
    if known.any():
        smoothness = rlgen.rewards.BoundarySmoothness()
        seen = rlgen.layers.mask_images(restored, known[..., 0])
        scores["edge_step"] = -float(np.mean(smoothness(restored, seen)))
    return scores


def run(seed, data, output):
    """Trains and scores everything for one seed; returns a dict of rows."""
    (train, labels), (held_out, _) = data
    keras.utils.set_random_seed(seed)
    classifier, features = rlgen.metrics.train_classifier(
        train, labels, training_steps=FLAGS.classifier_steps, seed=seed
    )
    shape = held_out.shape[1:]
    degraded = make_corruption(seed + 1000)(held_out, training=True).numpy()
    known = known_pixels(degraded, held_out)

    def completed(images):
        return (known * held_out + (1.0 - known) * images).astype("float32")

    rows = {
        "held-out images themselves": held_out,
        "as damaged": degraded[..., : shape[-1]],
        "mean fill": completed(np.mean(train, axis=0)),
        "nearest-neighbour fill": completed(nearest_fill(degraded, known, train)),
    }
    if known.any():
        del rows["as damaged"]
    for name in FLAGS.models:
        make = {"VAE": make_vae, "GAN": make_gan}[name]
        for with_reward in (False, True):
            keras.utils.set_random_seed(seed)
            model = make(shape, seed, make_reward(classifier) if with_reward else None)
            model.fit(
                train, epochs=FLAGS.epochs, batch_size=FLAGS.batch_size, verbose=0
            )
            name_of_row = f"{name} with reward" if with_reward else name
            draws = [model.restore(degraded, seed=i) for i in range(NUM_DRAWS)]
            rows[name_of_row] = draws[0]
            rows[f"{name_of_row}, mean of {NUM_DRAWS}"] = np.mean(draws, axis=0)
            print(f"seed {seed}: trained {name_of_row}")
            if name == "VAE" and with_reward:
                model.save(output / "vae.keras")
                model.export(output / "saved_model", verbose=False)
    pictured = [degraded[:NUM_PICTURED, ..., : shape[-1]]]
    pictured += [images[:NUM_PICTURED] for images in rows.values()]
    pictured[:2] = pictured[1::-1]
    rlgen.callbacks.write_image_grid(
        output / "restored.png",
        np.concatenate(pictured),
        columns=NUM_PICTURED,
        value_range=(-1.0, 1.0),
    )
    return {row: score(x, held_out, known, features) for row, x in rows.items()}


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    output = pathlib.Path(FLAGS.output)
    output.mkdir(parents=True, exist_ok=True)
    data = rlgen.datasets.mnist(FLAGS.mnist) if FLAGS.mnist else rlgen.datasets.digits()
    scores = {}
    for seed in range(FLAGS.seed, FLAGS.seed + FLAGS.seeds):
        for row, results in run(seed, data, output).items():
            row = row if FLAGS.seeds == 1 else f"{row}, seed {seed}"
            scores[row] = results
    (output / "scores.json").write_text(json.dumps(scores, indent=2) + "\n")
    print(f"\nOn {len(data[1][0])} held-out images (lower is better):\n")
    print(rlgen.callbacks.format_table(scores))
    print(f"\nPictures, scores, model and SavedModel are in {output}/")


if __name__ == "__main__":
    app.run(main)
