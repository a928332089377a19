"""A DQN learns to edit a GAN's digits into any digit, while the GAN is trained.

The DQN observes a latent, the digit decoded from it and the digit wanted, and moves the
latent along principal directions. It is rewarded where a classifier's most likely class
becomes the wanted one, which has no gradient, and for realism, by the discriminator.
One policy serves ten targets. The edits are then compared with random ones, with
searches that know the reward, and with gradient ascent.

    python -m recipes.dqn_gan_creative

Writes to --output: `edits/` (pictures of edits in training and an animation),
`make_it_an_8.png` and `one_start.png` (a row for each edited digit: before, the path,
after, and the gain in reward), `curves_losses.png`, `curves_gradient_norms.png`,
`curves_edits.png`, `scores.json`, `dqn_gan.keras` and `saved_model/`.
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
flags.DEFINE_integer("epochs", 120, "Passes over the 1,437 training digits.")
flags.DEFINE_integer("warm_up_epochs", 40, "Those before the DQN begins to learn.")
flags.DEFINE_integer("classifier_epochs", 20, "Epochs of the reward's classifier.")
flags.DEFINE_integer("classifier_steps", 600, "Training steps of the independent one.")
flags.DEFINE_float("policy_weight", 0.0, "Weight of log pi_Q in the generator's loss.")
flags.DEFINE_integer("seed", 0, "Seed of weights, latents, exploration and data order.")
flags.DEFINE_string("output", "outputs/dqn_gan_creative", "Folder to write to.")

LATENT_DIM, NUM_CLASSES, BATCH_SIZE = 16, 10, 64
CURVES = {
    "losses": ("generator_loss", "discriminator_loss", "policy_loss", "q_loss"),
    "gradient_norms": tuple(
        f"{owner}_gradient_norm"
        for owner in ("generator", "discriminator", "policy", "q")
    ),
    "edits": ("episode_return", "mean_q", "epsilon"),
}


@keras.saving.register_keras_serializable("dqn_gan_creative")
class Recognized(rlgen.rewards.Reward):
    """1 where the classifier's most likely class is the target's, else 0."""

    def __init__(self, classifier, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self.classifier = classifier

    def call(self, samples, condition=None, training=None):
        classes = tf.argmax(self.classifier(samples, training=False), -1, tf.int32)
        return tf.cast(classes == condition, tf.float32)

    def get_config(self):
        classifier = keras.saving.serialize_keras_object(self.classifier)
        return {**super().get_config(), "classifier": classifier}

    @classmethod
    def from_config(cls, config):
        classifier = keras.saving.deserialize_keras_object(config.pop("classifier"))
        return cls(classifier, **config)


def make_generator():
    return keras.Sequential(
        [
            layers.Input((LATENT_DIM,)),
            layers.Dense(128),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Dense(128),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Dense(64, activation="tanh"),
            layers.Reshape((8, 8, 1)),
        ],
        name="generator",
    )


def make_discriminator():
    return keras.Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Flatten(),
            layers.Dense(256),
            layers.LeakyReLU(0.2),
            layers.Dense(128),
            layers.LeakyReLU(0.2),
            layers.Dense(1),
        ],
        name="discriminator",
    )


def train_classifier(images, labels):
    """Returns the classifier of the reward."""
    classifier = keras.Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Flatten(),
            layers.GaussianNoise(0.1),
            layers.Dense(64, activation="relu"),
            layers.Dense(NUM_CLASSES),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    classifier.compile("adam", loss)
    epochs = FLAGS.classifier_epochs
    classifier.fit(images, labels, epochs=epochs, batch_size=BATCH_SIZE, verbose=0)
    return classifier


def make_model(classifier, num_batches):
    gan = rlgen.DQNGAN(
        make_generator(),
        make_discriminator(),
        latent_dim=LATENT_DIM,
        directions="principal",
        num_directions=12,
        max_edits=8,
        step_size=1.0,
        targets=NUM_CLASSES,
        seed=FLAGS.seed,
    )
    realism = rlgen.rewards.Clipped(rlgen.rewards.Discriminator("log_score"), -5.0, 0.0)
    gan.compile(
        generator_optimizer=keras.optimizers.Adam(1e-3, beta_1=0.5),
        discriminator_optimizer=keras.optimizers.Adam(3e-4, beta_1=0.5),
        q_optimizer=keras.optimizers.Adam(1e-3),
        reward=Recognized(classifier) + 0.1 * realism,
        loss=rlgen.losses.NonSaturating(penalty=rlgen.losses.R1Penalty(1.0)),
        q_warm_up=FLAGS.warm_up_epochs * num_batches,
        policy_weight=FLAGS.policy_weight,
        balance_gradients=FLAGS.policy_weight > 0.0,
        steps_per_execution=num_batches,
    )
    return gan


def write_pictures(gan, output):
    """Writes eight digits that become an eight, and one that becomes every digit."""
    eights = gan.create(8, target=8, seed=FLAGS.seed)
    rlgen.callbacks.write_edit_grid(output / "make_it_an_8.png", eights)
    start = np.repeat(eights.latents[:1, 0], NUM_CLASSES, axis=0)
    each = gan.create(NUM_CLASSES, start=start, target=np.arange(NUM_CLASSES))
    rlgen.callbacks.write_edit_grid(output / "one_start.png", each)


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    keras.utils.set_random_seed(FLAGS.seed)
    output = pathlib.Path(FLAGS.output)
    output.mkdir(parents=True, exist_ok=True)
    (images, labels), (held_out, _) = rlgen.datasets.digits()
    independent, features = rlgen.metrics.train_classifier(
        images, labels, FLAGS.classifier_steps
    )
    classifier = train_classifier(images, labels)
    gan = make_model(classifier, -(-len(images) // BATCH_SIZE))
    monitor = rlgen.callbacks.EditMonitor(
        output / "edits", every=20, num_samples=NUM_CLASSES, target=np.arange(10)
    )
    history = gan.fit(
        images,
        epochs=FLAGS.epochs,
        batch_size=BATCH_SIZE,
        verbose=0,
        callbacks=[monitor],
    ).history
    for name, keys in CURVES.items():
        # Those of the DQN begin with it.
        found = {key: history[key] for key in keys if key in history}
        curves = {
            key: (np.arange(FLAGS.epochs)[-len(values) :], values)
            for key, values in found.items()
        }
        path = output / f"curves_{name}.png"
        rlgen.callbacks.write_curves(path, curves, "epoch", name.replace("_", " "))

    def success(samples, target):
        return classifier.predict(samples, verbose=0).argmax(axis=-1) == target

    table = rlgen.evaluation.compare_edits(
        gan, held_out, success, independent, features, seed=FLAGS.seed
    )
    print(f"\nEdits of {len(table.target)} digits, each into one of ten:\n\n{table}")
    (output / "scores.json").write_text(json.dumps(table, indent=2) + "\n")
    write_pictures(gan, output)
    gan.save(output / "dqn_gan.keras")
    gan.export(output / "saved_model", verbose=False)
    print(f"\nPictures, curves, scores, model and SavedModel are in {output}/")


if __name__ == "__main__":
    app.run(main)
