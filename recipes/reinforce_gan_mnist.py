"""Train GANs on MNIST with the default settings, by policy gradient and as usual.

Nothing is tuned here: `GAN(...)`, `ReinforceGAN(...)` and `compile()` without
arguments, on 28 x 28 images, or, with --data=digits, on 8 x 8 ones. Beside them, with
the same networks: a mixture of both gradients, and two controls, whose reward is the
same for all samples, or random.

    python -m recipes.reinforce_gan_mnist
    python -m recipes.reinforce_gan_mnist --mnist=mnist.npz --rows=plain,policy
    python -m recipes.reinforce_gan_mnist --data=digits --epochs=80 --batch_size=64

Prints a table of scores beside unseen images, on the features of a classifier trained
here. Writes `result.png` and `scores.json` to --output.
"""

import json
import pathlib

import keras
import numpy as np
import tensorflow as tf
from absl import app, flags
from keras import layers
from matplotlib.figure import Figure

import keras_rlgen as rlgen
from keras_rlgen import metrics, pictures

FLAGS = flags.FLAGS
flags.DEFINE_enum("data", "mnist", ["mnist", "digits"], "Which digits.")
flags.DEFINE_string("mnist", None, "Local file or folder; downloaded by default.")
flags.DEFINE_integer("train", 8000, "Training images.")
flags.DEFINE_integer("held_out", 2000, "Unseen images, and as many generated ones.")
flags.DEFINE_integer("epochs", 60, "Passes over the training images.")
flags.DEFINE_integer("batch_size", 128, "Real images per step.")
flags.DEFINE_integer("classifier_steps", 2000, "Updates of the features' classifier.")
flags.DEFINE_integer("seed", 0, "Seed of weights, latents, noise and data order.")
flags.DEFINE_list("rows", "plain,policy,mixed,constant,random", "What is trained.")
flags.DEFINE_string("output", "outputs/reinforce_gan_mnist", "Folder to write to.")

LATENT_DIM = 32
UNITS = 256
ROWS = {
    "plain": "plain GAN",
    "policy": "ReinforceGAN",
    "mixed": "with a pathwise share of 0.3",
    "constant": "control: constant reward",
    "random": "control: random reward",
}
SCORES = "frechet_distance", "precision", "recall", "coverage"


def load_images():
    """Returns training and unseen images, and the labels of the first."""
    if FLAGS.data == "digits":
        (images, labels), (held_out, _) = rlgen.datasets.digits()
        return images, held_out[: FLAGS.held_out], labels
    (images, labels), (held_out, _) = rlgen.datasets.mnist(FLAGS.mnist)
    # Of a small file, the last training images are unseen ones too.
    images = np.concatenate([images, held_out])
    num_train = min(FLAGS.train, len(images) - FLAGS.held_out)
    return images[:num_train], images[-FLAGS.held_out :], labels[:num_train]


def make_networks(image_shape):
    """Returns a generator and a discriminator, perceptrons."""
    generator = [layers.Input((LATENT_DIM,))]
    for _ in range(2):
        generator += [layers.Dense(UNITS), layers.BatchNormalization(), layers.ReLU()]
    size = int(np.prod(image_shape))
    generator += [layers.Dense(size, activation="tanh"), layers.Reshape(image_shape)]
    discriminator = [layers.Input(image_shape), layers.Flatten()]
    for units in (UNITS, UNITS // 2):
        discriminator += [layers.Dense(units), layers.LeakyReLU(0.2)]
    discriminator.append(layers.Dense(1))
    return keras.Sequential(generator), keras.Sequential(discriminator)


def make_gan(row, image_shape, seed):
    """Returns a compiled GAN; all settings but what makes the row are defaults."""
    keras.utils.set_random_seed(seed)
    networks = make_networks(image_shape)
    # These two change the speed alone.
    arguments = {"steps_per_execution": 16, "jit_compile": False}
    if row == "plain":
        gan = rlgen.GAN(*networks, latent_dim=LATENT_DIM, seed=seed)
        gan.compile(**arguments)
        return gan
    gan = rlgen.ReinforceGAN(*networks, latent_dim=LATENT_DIM, seed=seed)
    if row == "mixed":
        arguments["adversarial_weight"] = 0.3
    elif row == "constant":
        arguments["reward"] = "constant"
    elif row == "random":
        arguments["reward"] = "uniform_random"
    gan.compile(**arguments)
    return gan


def train(row, images, seed):
    """Returns a trained GAN, and the history of its training."""
    gan = make_gan(row, images.shape[1:], seed)
    history = gan.fit(
        images, batch_size=FLAGS.batch_size, epochs=FLAGS.epochs, verbose=2
    )
    return gan, history.history


def score(gan, images, held_out, features):
    """Returns the scores of the GAN's samples, and those of real ones."""
    table = rlgen.evaluation.evaluate_generator(gan, images, held_out, None, features)
    return ({key: float(t[key]) for key in SCORES} for t in (table, table.real))


def draw(path, held_out, samples):
    """Draws 36 images of each row side by side."""
    panels = {"real": held_out, **{ROWS[row]: x for row, x in samples.items()}}
    figure = Figure(figsize=(2.6 * len(panels), 3.0), dpi=80, layout="constrained")
    axes = figure.subplots(1, len(panels))
    for panel, (title, images) in zip(axes, panels.items(), strict=True):
        panel.imshow(pictures.image_grid(images[:36], scale=2))
        panel.set_title(title, fontsize=9)
        panel.set_axis_off()
    figure.savefig(path)


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    output = pathlib.Path(FLAGS.output)
    output.mkdir(parents=True, exist_ok=True)
    images, held_out, labels = load_images()
    print(f"{len(images)} training images, {len(held_out)} unseen ones.")
    _, features = metrics.train_classifier(images, labels, FLAGS.classifier_steps)
    scores, samples = {}, {}
    for row in FLAGS.rows:
        print(f"\n{ROWS[row]}", flush=True)
        gan, _ = train(row, images, FLAGS.seed)
        scores[ROWS[row]], scores["real"] = score(gan, images, held_out, features)
        samples[row] = gan.generate(36, seed=0)
        (output / "scores.json").write_text(json.dumps(scores, indent=2) + "\n")
    draw(output / "result.png", held_out, samples)
    print(f"\n{pictures.format_table(scores)}\n\nImages: {output}/result.png")


if __name__ == "__main__":
    app.run(main)
