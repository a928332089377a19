"""A DQN classifies digits while a conditional GAN generates more of them.

The state is an image, the action a class, the reward 1 if it is right. A few real
digits train both, in turn: the GAN learns to generate digits of a given class, and the
DQN classifies real and generated ones. It is compared, on real digits that neither has
seen, with the same DQN on other images:

    real                    the few real digits alone
    real_jittered           real digits, and real ones shifted by a pixel with noise
    real_generated          real and generated digits, half of each
    real_generated_policy   likewise; the generator also maximises the probability that
                            the DQN's policy gives to the label (`--policy_weight`)
    generated               generated digits alone
    supervised              no DQN: the same network, by cross-entropy on real labels

    python -m recipes.dqn_digits --num_real=50

Writes to --output: `scores.json`, and `<row>.png` and `<row>.keras` of the rows with a
GAN; in the picture a row for each class.
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
ROWS = "real", "real_jittered", "real_generated", "real_generated_policy"
ROWS += "generated", "supervised"
flags.DEFINE_integer("num_real", 50, "Real digits to train on; 0 for all.")
flags.DEFINE_string("mnist", None, "MNIST file or folder, in place of small digits.")
flags.DEFINE_multi_enum("row", ROWS, ROWS, "What to train on, of those above.")
flags.DEFINE_integer("epochs", 6, "Epochs of --rounds.")
flags.DEFINE_integer("rounds", 200, "Updates of the GAN, and of the DQN, an epoch.")
flags.DEFINE_float("policy_weight", 0.1, "Weight of `real_generated_policy`.")
flags.DEFINE_integer("seed", 0, "Seed of everything, of the choice of digits too.")
flags.DEFINE_string("output", "outputs/dqn_digits", "Folder to write to.")

LATENT_DIM, NUM_CLASSES, BATCH_SIZE = 16, 10, 64
AGENT = {"num_environments": 32, "gamma": 0.01, "replay_capacity": 10_000}


def load_digits():
    """Returns few real digits, as many of each class, and the held-out digits."""
    if FLAGS.mnist:
        (images, labels), held_out = rlgen.datasets.mnist(FLAGS.mnist)
    else:
        (images, labels), held_out = rlgen.datasets.digits()
    chosen = np.random.default_rng(FLAGS.seed).permutation(len(images))
    if FLAGS.num_real:
        count = FLAGS.num_real // NUM_CLASSES
        of_classes = [chosen[labels[chosen] == k][:count] for k in range(NUM_CLASSES)]
        chosen = np.concatenate(of_classes)
    return (images[chosen], labels[chosen]), held_out


def make_q_network(shape):
    return keras.Sequential(
        [
            layers.Input(shape),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dense(128, activation="relu"),
            layers.Dense(NUM_CLASSES),
        ]
    )


def with_labels(shape, hidden, outputs):
    """Returns a network of vectors or images and labels."""
    inputs, labels = layers.Input(shape), layers.Input((), dtype="int32")
    embedded = layers.Embedding(NUM_CLASSES, 16)(labels)
    x = layers.Concatenate()([layers.Flatten()(inputs), embedded])
    for layer in [*hidden, *outputs]:
        x = layer(x)
    return keras.Model([inputs, labels], x)


def epsilon():
    """Returns the probability of a random class, by environment steps."""
    steps = FLAGS.epochs * FLAGS.rounds * BATCH_SIZE
    return keras.optimizers.schedules.PolynomialDecay(1.0, steps // 4, 0.1)


def make_gan(shape, generated_fraction, policy_weight):
    hidden, judging = [], []
    for units in (128, 128):
        hidden += [layers.Dense(units), layers.BatchNormalization(), layers.ReLU()]
    for units in (256, 128):
        judging += [layers.Dense(units), layers.LeakyReLU(0.2)]
    pixels = layers.Dense(int(np.prod(shape)), activation="tanh")
    gan = rlgen.ConditionalDQNGAN(
        with_labels((LATENT_DIM,), hidden, [pixels, layers.Reshape(shape)]),
        with_labels(shape, judging, [layers.Dense(1)]),
        make_q_network(shape),
        latent_dim=LATENT_DIM,
        num_classes=NUM_CLASSES,
        generated_fraction=generated_fraction,
        epsilon=epsilon(),
        seed=FLAGS.seed,
        **AGENT,
    )
    gan.compile(
        generator_optimizer=keras.optimizers.Adam(1e-3, beta_1=0.5),
        discriminator_optimizer=keras.optimizers.Adam(5e-4, beta_1=0.5),
        q_optimizer=keras.optimizers.Adam(1e-3),
        q_steps=1,
        policy_weight=policy_weight,
        policy_temperature=0.1,  # Values are probabilities: in [0, 1].
        loss=rlgen.losses.NonSaturating(penalty=rlgen.losses.R1Penalty(1.0)),
        steps_per_execution=min(50, FLAGS.rounds),
        jit_compile=False,  # Compiling takes longer than it saves.
    )
    return gan


class Jitter:
    """Generates images as real ones of a class, shifted by a pixel, with noise."""

    def __init__(self, images, labels):
        rows = [np.flatnonzero(labels == k) for k in range(NUM_CLASSES)]
        most = max(map(len, rows))
        # (classes, most images of a class), repeated where there are fewer.
        self.rows = np.stack([np.resize(r, most) for r in rows]).astype("int32")
        padded = np.pad(images, [(0, 0), (1, 1), (1, 1), (0, 0)], constant_values=-1.0)
        height, width = images.shape[1:3]
        places = [(i, j) for i in range(3) for j in range(3)]
        self.shifted = np.stack(
            [padded[:, i : i + height, j : j + width] for i, j in places]
        )

    def sample(self, count, key, condition):
        keys = tf.unstack(tf.random.split(key, 3))
        column, place = (
            tf.random.stateless_uniform((count,), key, 0, limit, tf.int32)
            for key, limit in zip(keys, (self.rows.shape[1], 9), strict=False)
        )
        row = tf.gather_nd(self.rows, tf.stack([condition, column], axis=1))
        images = tf.gather_nd(self.shifted, tf.stack([place, row], axis=1))
        noise = tf.random.stateless_normal(tf.shape(images), keys[2], stddev=0.1)
        return tf.clip_by_value(images + noise, -1.0, 1.0)


def train_agent(images, labels, generator):
    """Returns a DQN that is trained as that of the GAN is, without one."""
    agent = rlgen.agents.DQN(
        make_q_network(images.shape[1:]),
        rlgen.environments.Classification(
            images, labels, generator=generator, num_classes=NUM_CLASSES
        ),
        epsilon=epsilon(),
        n_step=1,
        collect_steps=2,  # A round: 64 environment steps, an update.
        updates_per_step=1 / 64,
        seed=FLAGS.seed,
        **AGENT,
    )
    agent.compile(keras.optimizers.Adam(1e-3), jit_compile=False)
    agent.fit(epochs=FLAGS.epochs, steps_per_epoch=2 * FLAGS.rounds, verbose=0)
    return agent


def repeated(num_images, count):
    """Returns `count` rows of images, so that an epoch of few has as many updates."""
    return np.random.default_rng(FLAGS.seed).permutation(count) % num_images


def train_gan(images, labels, generated_fraction, policy_weight):
    """Returns a GAN and a DQN, trained in turn."""
    gan = make_gan(images.shape[1:], generated_fraction, policy_weight)
    chosen = repeated(len(images), FLAGS.rounds * BATCH_SIZE)
    options = {"batch_size": BATCH_SIZE, "epochs": FLAGS.epochs, "verbose": 0}
    gan.fit(images[chosen], labels[chosen], **options)
    return gan


def train_supervised(images, labels):
    network = make_q_network(images.shape[1:])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(keras.optimizers.Adam(1e-3), loss)
    chosen = repeated(len(images), FLAGS.epochs * FLAGS.rounds * BATCH_SIZE)
    network.fit(images[chosen], labels[chosen], batch_size=BATCH_SIZE, verbose=0)
    return network


def judge_gan(gan, real, held_out):
    """Compares generated digits with their neighbors among held-out digits."""
    from sklearn.neighbors import KNeighborsClassifier

    count = min(1000, len(held_out[0]))
    labels = np.arange(count) % NUM_CLASSES
    images = gan.generate(count, condition=labels, seed=FLAGS.seed)
    real, generated = (x[:count].reshape(count, -1) for x in (held_out[0], images))
    neighbors = KNeighborsClassifier(5).fit(real, held_out[1][:count])
    _, recall = rlgen.metrics.precision_recall(real, generated)
    return {
        "labels_right": float(np.mean(neighbors.predict(generated) == labels)),
        "agent_agrees": float(np.mean(gan.agent.predict(images) == labels)),
        "recall": recall,
    }


def run(row, real, held_out, output):
    """Trains for one row; returns its scores."""
    keras.utils.set_random_seed(FLAGS.seed)
    if row == "supervised":
        logits = train_supervised(*real).predict(held_out[0], verbose=0)
        predicted = np.argmax(logits, axis=1)
        return {"accuracy": float(np.mean(predicted == held_out[1]))}
    if not row.startswith(("real_generated", "generated")):
        agent = train_agent(*real, Jitter(*real) if row == "real_jittered" else None)
        return {"accuracy": float(np.mean(agent.predict(held_out[0]) == held_out[1]))}
    gan = train_gan(
        *real,
        generated_fraction=1.0 if row == "generated" else 0.5,
        policy_weight=FLAGS.policy_weight if row.endswith("policy") else 0.0,
    )
    labels = np.repeat(np.arange(NUM_CLASSES), 12)
    pictures = gan.generate(len(labels), condition=labels, seed=0)
    rlgen.callbacks.write_image_grid(output / f"{row}.png", pictures, columns=12)
    gan.save(output / f"{row}.keras")
    accuracy = float(np.mean(gan.agent.predict(held_out[0]) == held_out[1]))
    return {"accuracy": accuracy, **judge_gan(gan, real, held_out)}


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    output = pathlib.Path(FLAGS.output)
    output.mkdir(parents=True, exist_ok=True)
    real, held_out = load_digits()
    scores = {}
    for row in FLAGS.row:
        scores[row] = run(row, real, held_out, output)
        print(f"{row}: {scores[row]}", flush=True)
    (output / "scores.json").write_text(json.dumps(scores, indent=2) + "\n")
    print(f"\nTrained on {len(real[0])} real digits, tested on {len(held_out[0])}:\n")
    print(rlgen.callbacks.format_table(scores))
    print(f"\nScores, pictures and models are in {output}/")


if __name__ == "__main__":
    app.run(main)
