"""What the DQN of a `DQNGAN` gains by edits, beside searches that know the reward.

    python -m benchmarks.dqn_gan_creative
    python -m benchmarks.dqn_gan_creative --mnist=mnist.npz --hidden=256 --epochs=20

Trains on digits (or MNIST) for each reward, and for one of them also with the policy's
term in the generator's loss, and under a shuffled reward. Compares the edits of each
model by `evaluation.compare_edits`, and prints a Markdown table for each reward, with
the figures of each seed. Finished runs are stored in --output and skipped.

Rewards: `realism`, 10 log D(x) alone; `confidence`, log D(x) and the log-probability of
the target's class, which have a gradient; `top1`, log D(x) and 1 where the most likely
class is the target's, which has none.
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
import recipes  # noqa: F401  (quiet start-up)

FLAGS = flags.FLAGS
RUNS = (
    *("top1:plain", "top1:policy_weight", "top1:shuffled"),
    *("confidence:plain", "realism:plain"),
)
flags.DEFINE_list("runs", list(RUNS), "Pairs of a reward and a way of training.")
flags.DEFINE_integer("first_seed", 0, "The first seed.")
flags.DEFINE_integer("seeds", 3, "Number of seeds.")
flags.DEFINE_string("mnist", None, "Local file or folder of MNIST; digits by default.")
flags.DEFINE_integer("hidden", 128, "Units of the generator's two hidden layers.")
flags.DEFINE_integer("warm_up_epochs", 40, "Epochs of the GAN before the DQN begins.")
flags.DEFINE_integer("epochs", 60, "Epochs of both together.")
flags.DEFINE_integer("latent_dim", 16, "Size of the latents.")
flags.DEFINE_integer("num_directions", 12, "Principal directions of edits.")
flags.DEFINE_integer("max_edits", 8, "The most edits of a sample.")
flags.DEFINE_float("step_size", 1.0, "Length of an edit in the latent space.")
flags.DEFINE_float("prior_weight", 0.0, "Weight of the latents' log-density.")
flags.DEFINE_integer("q_steps", 4, "Updates of the Q-network for each batch.")
flags.DEFINE_float("policy_weight", 0.1, "Of the arm of that name.")
flags.DEFINE_string("output", "outputs/dqn_gan_creative", "Folder of the runs.")

BATCH_SIZE = 64
COLUMNS = (
    *("success", "on_target", "reward", "precision", "recall", "class_entropy"),
    *("frechet_distance", "latent_distance", "generator_calls", "reward_calls"),
)


def make_generator(shape):
    network = [layers.Input((FLAGS.latent_dim,))]
    for _ in range(2):
        network += [layers.Dense(FLAGS.hidden), layers.BatchNormalization()]
        network += [layers.ReLU()]
    network += [layers.Dense(int(np.prod(shape)), "tanh"), layers.Reshape(shape)]
    return keras.Sequential(network)


def make_discriminator(shape):
    return keras.Sequential(
        [
            layers.Input(shape),
            layers.Flatten(),
            layers.Dense(2 * FLAGS.hidden),
            layers.LeakyReLU(0.2),
            layers.Dense(FLAGS.hidden),
            layers.LeakyReLU(0.2),
            layers.Dense(1),
        ]
    )


def train_reward_classifier(images, labels):
    """Returns a small classifier, for the reward."""
    model = keras.Sequential(
        [
            layers.Input(images.shape[1:]),
            layers.Flatten(),
            layers.GaussianNoise(0.1),
            layers.Dense(64, activation="relu"),
            layers.Dense(10),
        ]
    )
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(images, labels, epochs=20, batch_size=BATCH_SIZE, verbose=0)
    return model


@keras.saving.register_keras_serializable("dqn_gan_creative")
class Top1(rlgen.rewards.Reward):
    """1 where the most likely class is the condition, else 0. It has no gradient."""

    def __init__(self, classifier, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self.classifier = classifier

    def call(self, samples, condition=None, training=None):
        classes = tf.argmax(self.classifier(samples, training=False), -1, tf.int32)
        return tf.cast(classes == condition, tf.float32)


def make_reward(name, classifier):
    realism = rlgen.rewards.Clipped(rlgen.rewards.Discriminator("log_score"), -5.0, 0.0)
    if name == "realism":
        return 10.0 * realism  # Generated samples hardly differ in it.
    if name == "top1":
        return 0.1 * realism + Top1(classifier)
    confidence = rlgen.rewards.ClassifierConfidence(classifier, label="condition")
    return 0.1 * realism + 0.2 * rlgen.rewards.Clipped(confidence, -10.0, 0.0)


def make_model(name, reward, arm, shape, q_warm_up, seed):
    gan = rlgen.DQNGAN(
        make_generator(shape),
        make_discriminator(shape),
        latent_dim=FLAGS.latent_dim,
        directions="principal",
        num_directions=FLAGS.num_directions,
        max_edits=FLAGS.max_edits,
        step_size=FLAGS.step_size,
        prior_weight=FLAGS.prior_weight,
        targets=None if name == "realism" else 10,
        seed=seed,
    )
    weight = FLAGS.policy_weight if arm == "policy_weight" else 0.0
    gan.compile(
        keras.optimizers.Adam(1e-3, beta_1=0.5),
        keras.optimizers.Adam(3e-4, beta_1=0.5),
        keras.optimizers.Adam(1e-3),
        reward=rlgen.rewards.Shuffled(reward, seed) if arm == "shuffled" else reward,
        loss=rlgen.losses.NonSaturating(penalty=rlgen.losses.R1Penalty(1.0)),
        q_steps=FLAGS.q_steps,
        q_warm_up=q_warm_up,
        policy_weight=weight,
        balance_gradients=weight > 0.0,
        steps_per_execution=23,
    )
    return gan


def load_data():
    """Returns images, held-out images, and classifiers: the reward's and another."""
    keras.utils.set_random_seed(0)
    if FLAGS.mnist:
        (images, labels), (held_out, _) = rlgen.datasets.mnist(FLAGS.mnist)
    else:
        (images, labels), (held_out, _) = rlgen.datasets.digits()
    # It gives features and classes, but no rewards.
    steps = 3000 if FLAGS.mnist else 600
    independent, features = rlgen.metrics.train_classifier(images, labels, steps)
    classifier = train_reward_classifier(images, labels)
    return images, held_out[:1000], classifier, independent, features


def run(name, arm, seed, data):
    """Returns the figures of one model, from a file if it exists."""
    path = pathlib.Path(FLAGS.output, f"{name}_{arm}_{seed}.json")
    if path.exists():
        return json.loads(path.read_text())
    keras.utils.set_random_seed(seed)
    images, held_out, classifier, independent, features = data
    reward = make_reward(name, classifier)
    warm_up = FLAGS.warm_up_epochs * -(-len(images) // BATCH_SIZE)
    gan = make_model(name, reward, arm, images.shape[1:], warm_up, seed)
    start = time.time()
    history = gan.fit(
        images,
        batch_size=BATCH_SIZE,
        epochs=FLAGS.warm_up_epochs + FLAGS.epochs,
        verbose=0,
    ).history

    def success(samples, target):
        return classifier.predict(samples, verbose=0).argmax(-1) == target

    table = rlgen.evaluation.compare_edits(
        gan,
        held_out,
        success=None if name == "realism" else success,
        classifier=independent,
        features=features,
        reward=reward,
    )
    figures = {
        "rows": dict(table),
        "class_counts": {row: c.tolist() for row, c in table.class_counts.items()},
        "logs": {key: float(values[-1]) for key, values in history.items()},
        "seconds": time.time() - start,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=2) + "\n")
    grid = [table.samples["unedited"][:16], table.samples["DQN"][:16]]
    rlgen.callbacks.write_image_grid(
        path.with_suffix(".png"), np.concatenate(grid), columns=16
    )
    return figures


def cell(values):
    return " / ".join(f"{value:.3g}" for value in values)


def print_table(name, results):
    """Prints a row for each search of the plain model, and the edits of the others.

    Args:
        name: The reward's name.
        results: Dict from arms to the figures of each seed.
    """
    rows = {}
    for arm, figures in results.items():
        for row in figures[0]["rows"]:
            if arm == "plain" or row in ("unedited", "DQN"):
                label = row if arm == "plain" else f"{row}, {arm}"
                rows[label] = [run["rows"][row] for run in figures]
    columns = [c for c in COLUMNS if all(c in values[0] for values in rows.values())]
    print(f"\n{name}\n\n| | " + " | ".join(columns) + " |")
    print("| --- " * (len(columns) + 1) + "|")
    for label, values in rows.items():
        cells = (cell([figures[column] for figures in values]) for column in columns)
        print(f"| {label} | " + " | ".join(cells) + " |")


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    seeds = range(FLAGS.first_seed, FLAGS.first_seed + FLAGS.seeds)
    data = load_data()
    results = {}
    for seed in seeds:
        for pair in FLAGS.runs:
            name, arm = pair.split(":")
            arms = results.setdefault(name, {})
            arms.setdefault(arm, []).append(run(name, arm, seed, data))
            print(f"{pair}, seed {seed}: done", flush=True)
    for name, by_arm in results.items():
        print_table(name, by_arm)


if __name__ == "__main__":
    app.run(main)
