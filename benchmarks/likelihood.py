"""Held-out likelihoods on MNIST, compared with published ones of similar models.

    python -m benchmarks.likelihood --models=vae --mnist=mnist.npz
    python -m benchmarks.likelihood --models=pixel_cnn --epochs=20 --batch_size=16
    python -m benchmarks.likelihood --models=real_nvp --epochs=30 --batch_size=32

Trains each model until the validation loss stops falling, and prints a Markdown table.
Finished runs are stored in --output and skipped; samples go there too. Binary images
are binarised at random, in each epoch for training, once for validation and test.
"""

import json
import pathlib
import time

import keras
import numpy as np
import tensorflow as tf
from absl import app, flags
from keras import layers

import keras_rlgen as rlgen
from keras_rlgen.pictures import write_image_grid

FLAGS = flags.FLAGS
flags.DEFINE_list("models", "vae", "Models to train.")
flags.DEFINE_string("mnist", None, "Local file or folder; downloaded by default.")
flags.DEFINE_integer(
    "epochs", 200, "Maximum number of passes over the training images."
)
flags.DEFINE_integer("patience", 15, "Passes without a lower validation loss.")
flags.DEFINE_integer("validation", 500, "Training images for early stopping.")
flags.DEFINE_integer("batch_size", 128, "Images per step.")
flags.DEFINE_integer("seed", 0, "Seed of weights, noise, binarisation and order.")
flags.DEFINE_string("output", "outputs/likelihood", "Folder of the runs.")

PUBLISHED = (
    # 60,000 images. huggingface.co/clementchadebec/reproduced_vae, reproduced_iwae.
    "| VAE, pythae, 200 importance samples | 89.78 | - | 0.165 |",
    "| IWAE trained with 50 latents, pythae, 5,000 importance samples | 86.82 | - "
    "| 0.160 |",
    # 60,000 images; the binarisation is fixed. arxiv.org/abs/1601.06759, section 5.
    "| PixelCNN, van den Oord et al. 2016 | 81.30 | - | 0.150 |",
    # 60,000 images of 256 levels. arxiv.org/abs/1810.01367, table 2.
    "| Real NVP, in Grathwohl et al. 2019 | 576 | - | 1.06 |",
)


def grey_images():
    """Returns training, validation and test images in [0, 1]."""
    (train, _), (test, _) = rlgen.datasets.mnist(FLAGS.mnist)
    train, test = 0.5 * (train + 1.0), 0.5 * (test + 1.0)
    return train[: -FLAGS.validation], train[-FLAGS.validation :], test


def binarised(images):
    """Returns randomly binarised images."""
    uniform = np.random.default_rng(FLAGS.seed).random(images.shape)
    return (uniform < images).astype("float32")


def rebinarised(images):
    """Returns a data set of shuffled batches, binarised in each pass."""

    def draw(batch):
        return tf.cast(tf.random.uniform(tf.shape(batch)) < batch, tf.float32)

    data = tf.data.Dataset.from_tensor_slices(images)
    data = data.shuffle(len(images), seed=FLAGS.seed)
    return data.batch(FLAGS.batch_size).map(draw)


def fit(model, train, validation, callbacks=()):
    """Trains until the validation loss stops falling, and restores the best weights."""
    stop = keras.callbacks.EarlyStopping(
        "val_loss",
        patience=FLAGS.patience,
        restore_best_weights=True,
        mode="min",
    )
    return model.fit(
        train,
        epochs=FLAGS.epochs,
        validation_data=(validation, None),
        verbose=2,
        shuffle=False,
        callbacks=[*callbacks, stop],
    )


def vae(train, validation, test):
    """Trains a VAE: 16 normal latents, two dense layers of 400 units on each side."""

    def dense():
        return [layers.Dense(400, "relu") for _ in range(2)]

    latent_dim = 16
    shape = train.shape[1:]
    encoder = [layers.Input(shape), layers.Flatten(), *dense()]
    decoder = [layers.Input((latent_dim,)), *dense(), layers.Dense(int(np.prod(shape)))]
    model = rlgen.VAE(
        keras.Sequential([*encoder, layers.Dense(2 * latent_dim)]),
        keras.Sequential([*decoder, layers.Reshape(shape)]),
        latent_dim,
        seed=FLAGS.seed,
    )
    model.compile(keras.optimizers.Adam(1e-3), num_importance_samples=1)
    slow_down = keras.callbacks.ReduceLROnPlateau(
        "val_loss", factor=0.5, patience=FLAGS.patience // 3, mode="min"
    )
    history = fit(model, rebinarised(train), binarised(validation), [slow_down])
    model.compile(num_importance_samples=200)
    results = model.evaluate(binarised(test), verbose=0, return_dict=True)
    return (
        model,
        history,
        {
            "nats": -results["log_likelihood_bound"],
            "elbo_nats": -results["elbo"],
            "bits_per_dimension": results["bits_per_dimension"],
        },
    )


def decaying_adam(rate, train):
    """Returns an optimizer whose rate warms up for 200 steps, and decays to zero."""
    steps = FLAGS.epochs * -(-len(train) // FLAGS.batch_size)
    return keras.optimizers.Adam(
        keras.optimizers.schedules.CosineDecay(
            0.1 * rate, max(steps - 200, 1), warmup_target=rate, warmup_steps=200
        )
    )


def pixel_cnn(train, validation, test):
    """Trains six gated blocks of 16 features: a context of eight pixels each way."""
    network = rlgen.models.GatedPixelCNN(
        train.shape[1:], num_levels=2, filters=16, num_blocks=5, seed=FLAGS.seed
    )
    model = rlgen.PixelCNN(network, seed=FLAGS.seed)
    model.compile(decaying_adam(2e-3, train), jit_compile=False)
    history = fit(model, rebinarised(train), binarised(validation))
    return model, history, exact_scores(model, binarised(test))


def real_nvp(train, validation, test):
    """Trains two scales of four couplings of each kind, 32 features; 256 levels."""
    flow = rlgen.models.image_flow(train.shape[1:], num_scales=2, seed=FLAGS.seed)
    # Most pixels are black: see `alpha` in the guide.
    model = rlgen.RealNVP(
        flow, train.shape[1:], num_levels=256, alpha=1e-4, seed=FLAGS.seed
    )
    model.compile(decaying_adam(3e-3, train), jit_compile=False)
    data = tf.data.Dataset.from_tensor_slices(train)
    data = data.shuffle(len(train), seed=FLAGS.seed).batch(FLAGS.batch_size)
    history = fit(model, data, validation)
    return model, history, exact_scores(model, test)


def exact_scores(model, test):
    results = model.evaluate(test, verbose=0, return_dict=True)
    return {
        "nats": results["loss"],
        "bits_per_dimension": results["bits_per_dimension"],
    }


MODELS = {"vae": vae, "pixel_cnn": pixel_cnn, "real_nvp": real_nvp}


def run(name):
    """Returns the figures of one model, from its folder if it exists."""
    folder = pathlib.Path(FLAGS.output, f"{name}_{FLAGS.seed}")
    if (folder / "scores.json").exists():
        return json.loads((folder / "scores.json").read_text())
    keras.utils.set_random_seed(FLAGS.seed)
    start = time.perf_counter()
    model, history, scores = MODELS[name](*grey_images())
    scores["epochs"] = len(history.epoch)
    scores["minutes"] = (time.perf_counter() - start) / 60.0
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scores.json").write_text(json.dumps(scores, indent=2) + "\n")
    write_image_grid(folder / "samples.png", model.generate(100, seed=0))
    return scores


def main(_):
    scores = {name: run(name) for name in FLAGS.models}
    print("\n| model | nats | of the evidence lower bound | bits per dimension |")
    print("| --- | --- | --- | --- |")
    print("\n".join(PUBLISHED))
    for name, figures in scores.items():
        elbo = f"{figures['elbo_nats']:.2f}" if "elbo_nats" in figures else "-"
        nats, bits = figures["nats"], figures["bits_per_dimension"]
        print(f"| {name}, ours | {nats:.2f} | {elbo} | {bits:.3f} |")


if __name__ == "__main__":
    app.run(main)
