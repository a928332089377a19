"""Restoration of MNIST digits, with and without reward, beside fills without a model.

    python -m benchmarks.images --mnist=mnist.npz
    python -m benchmarks.images --mnist=mnist.npz --report

For each damage and seed, the GAN and the VAE of `recipes.inpainting` are trained
without a reward. Each is then trained on from there for --further_epochs, once for each
reward, once without, and once for each control: a constant reward, and the reward by a
classifier that has never learned. So the rows of one model differ by the reward alone.
Holes in the centre have all rewards, the other damages one. Scores use a classifier of
another seed than the rewards', on held-out digits.

Finished parts are stored in --output as `<damage>_<model>_<seed>.json` and skipped,
beside their pictures. --report prints the tables of what is stored.
"""

import json
import pathlib
import time

import keras
import numpy as np
import tensorflow as tf
from absl import app, flags
from scipy import stats

import keras_rlgen as rlgen
from recipes import inpainting

FLAGS = flags.FLAGS
flags.DEFINE_list("damages", "center,brush,noise,blur", "Corruptions.")
flags.DEFINE_integer("further_epochs", 1, "Passes with each reward.")
flags.DEFINE_integer("num_images", 4000, "Training images, at most.")
flags.DEFINE_bool("report", False, "Print the tables of what is stored, and no more.")

NUM_DRAWS = 4
COLUMNS = (
    *("error", "frechet_distance", "label_kept", "diversity", "boundary_step"),
    "reward",
)
WEIGHTS = {  # For a VAE nats per unit of reward, beside a sum over pixels.
    "VAE": {
        "label": 5.0,
        "smooth": 30.0,
        "realism": 10.0,
        "realism and label": 1.0,  # Of the two above.
    },
    "GAN": {"label": 0.3, "smooth": 1.0},
}


@keras.saving.register_keras_serializable("benchmarks")
class SuggestedLabel(rlgen.rewards.Reward):
    """How well the restored digit's class agrees with what the damaged one suggests.

    The mean of `log q(class | restored)` over `p(class | damaged)`, in nats, of two
    classifiers, one of whole and one of damaged digits.
    """

    def __init__(self, classifier, of_damaged, name="suggested_label", **kwargs):
        super().__init__(name=name, **kwargs)
        self.classifier = classifier
        self.of_damaged = of_damaged

    def call(self, samples, condition=None, training=None):
        suggested = tf.nn.softmax(self.of_damaged(condition, training=False))
        seen = tf.nn.log_softmax(self.classifier(samples, training=False))
        return tf.reduce_sum(suggested * seen, axis=-1)


def untrained(classifier):
    """Returns a classifier of the same layers, with random weights."""
    network = keras.models.clone_model(classifier)
    network.trainable = False
    return network


def make_rewards(name, damage, label, classifier, discriminator):
    """Returns a dict from rows to pairs of a reward and its weight."""
    weights = WEIGHTS[name]
    rewards = {"label": label}
    if damage == "center":
        random = SuggestedLabel(untrained(classifier), label.of_damaged)
        rewards |= {
            "smooth": rlgen.rewards.BoundarySmoothness(),
            "control: untrained classifier": random,
        }
        if name == "VAE":
            realism = rlgen.rewards.Discriminator("log_score", discriminator)
            rewards["realism"] = realism
            both = weights["realism"] * realism + weights["label"] * label
            rewards["realism and label"] = both
            rewards["control: constant"] = rlgen.rewards.Constant()
    return {row: (x, weights.get(row, weights["label"])) for row, x in rewards.items()}


def trained_on(path, images, seed, reward=None, weight=0.0):
    """Returns the model of a file, trained on with a reward or without."""
    keras.utils.set_random_seed(seed)
    model = keras.saving.load_model(path)
    is_vae = isinstance(model, rlgen.RestoringVAE)
    compile_model = inpainting.compile_vae if is_vae else inpainting.compile_gan
    compile_model(model, reward, weight)
    arguments = {"batch_size": FLAGS.batch_size, "verbose": 0}
    model.fit(images, epochs=FLAGS.further_epochs, **arguments)
    return model


def run(damage, name, seed, data, classifiers, output):
    """Trains and scores all rows of one damage, model and seed."""
    (images, labels), (held_out, held_out_labels) = data
    classifier, judge, features = classifiers
    FLAGS.corruption = damage
    path = output / f"{damage}_{name}_{seed}.keras"
    inpainting.train(name, images, seed, None).save(path)
    corruption = inpainting.make_corruption(seed + 1000)
    of_damaged, _ = rlgen.metrics.train_classifier(
        corruption(images, training=True).numpy(),
        labels,
        training_steps=FLAGS.classifier_steps // 2,
        seed=seed,
    )
    degraded = corruption(held_out, training=True).numpy()
    label = SuggestedLabel(classifier, of_damaged)
    discriminator = None
    if name == "VAE" and damage == "center":
        gan = keras.saving.load_model(output / f"{damage}_GAN_{seed}.keras")
        discriminator = gan.discriminator
    rewards = make_rewards(name, damage, label, classifier, discriminator)
    models = {name: trained_on(path, images, seed)}
    for row, (reward, weight) in rewards.items():
        models[f"{name}, {row}"] = trained_on(path, images, seed, reward, weight)
    return rlgen.evaluation.compare_restorations(
        models,
        *(images, held_out, held_out_labels),
        degraded=degraded,
        classifier=judge,
        features=features,
        reward=label,
        num_draws=NUM_DRAWS,
        seed=seed,
    )


def report(output):
    """Prints a Markdown table for each damage: means over seeds, 95% intervals."""
    for damage in FLAGS.damages:
        rows = {}
        for path in sorted(output.glob(f"{damage}_*.json")):
            for row, scores in json.loads(path.read_text()).items():
                seeds = rows.setdefault(row, {})
                seeds[path.stem.rsplit("_", 1)[1]] = scores
        if not rows:
            continue
        columns = [c for c in COLUMNS if c in next(iter(rows["mean fill"].values()))]
        print(f"\n{damage}:\n\n| | seeds | " + " | ".join(columns) + " |")
        print("| --- | --- |" + " --- |" * len(columns))
        for row, seeds in rows.items():
            cells = [
                interval([s[column] for s in seeds.values()]) for column in columns
            ]
            print(f"| {row} | {len(seeds)} | " + " | ".join(cells) + " |")


def interval(values):
    """Returns the mean of a few seeds and half of its 95% confidence interval."""
    mean = f"{np.mean(values):.3g}"
    if len(values) < 2 or np.ptp(values) == 0.0:
        return mean
    half = stats.sem(values) * stats.t.ppf(0.975, len(values) - 1)
    return f"{mean} ± {half:.2g}"


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    output = pathlib.Path(FLAGS.output)
    output.mkdir(parents=True, exist_ok=True)
    if FLAGS.report:
        report(output)
        return
    data = rlgen.datasets.mnist(FLAGS.mnist)
    data = tuple(x[: FLAGS.num_images] for x in data[0]), data[1]
    classifiers = [
        rlgen.metrics.train_classifier(
            *data[0], training_steps=FLAGS.classifier_steps, seed=part
        )
        for part in range(2)
    ]
    classifiers = classifiers[0][0], *classifiers[1]
    start = time.process_time()
    for damage in FLAGS.damages:
        for seed in range(FLAGS.seed, FLAGS.seed + FLAGS.seeds):
            for name in FLAGS.models:
                path = output / f"{damage}_{name}_{seed}.json"
                if path.exists():
                    continue
                table = run(damage, name, seed, data, classifiers, output)
                path.write_text(json.dumps(table, indent=2) + "\n")
                table.write_picture(path.with_suffix(".png"))
                minutes = (time.process_time() - start) / 60
                print(f"{path.stem}: {minutes:.1f} minutes of CPU so far", flush=True)
    report(output)


if __name__ == "__main__":
    FLAGS.set_default("data", "mnist")
    FLAGS.set_default("epochs", 5)
    FLAGS.set_default("models", ["GAN", "VAE"])
    FLAGS.set_default("latent_dim", 16)
    FLAGS.set_default("classifier_steps", 1200)
    FLAGS.set_default("seeds", 3)
    FLAGS.set_default("output", "outputs/images")
    app.run(main)
