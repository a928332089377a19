"""Restoration of MNIST digits, with and without reward, beside fills without a model.

    python -m benchmarks.images --mnist=mnist.npz
    python -m benchmarks.images --mnist=mnist.npz --report

For each damage and seed, the VAE and the GAN of `recipes.inpainting` are trained by
likelihood or discriminator alone. Each is then trained on from there for
--further_epochs, once for each reward, once without, and once for each control: a
constant reward, and the reward by a classifier that was never trained. So the rows of
one model differ by the reward alone. Scores use a classifier of another seed than the
rewards', on held-out digits.

Finished damages are stored in --output as `<damage>_<seed>.json` and skipped, beside
pictures of the first seed.
"""

import json
import pathlib
import tempfile
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
flags.DEFINE_integer("num_images", 7000, "Training images, at most.")
flags.DEFINE_bool("report", False, "Print the table of what is stored, train nothing.")

NUM_DRAWS = 4
COLUMNS = (
    *("error", "frechet_distance", "label_kept", "diversity", "boundary_step"),
    "reward",
)
# Of the first damage all rewards and controls, of the others the reward of labels.
VAE_WEIGHTS = {"smooth": 30.0, "label": 10.0, "confidence": 10.0, "realism": 3.0}
GAN_WEIGHTS = {"smooth": 1.0, "label": 0.3, "realism": 0.3}


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


def make_rewards(classifier, of_damaged, gan, is_first):
    """Returns a dict from names to rewards, for models of one damage."""
    label = SuggestedLabel(classifier, of_damaged)
    if not is_first:
        return {"label": label}
    realism = rlgen.rewards.Discriminator("log_score", gan.discriminator)
    random = SuggestedLabel(untrained(classifier), of_damaged)
    return {
        "smooth": rlgen.rewards.BoundarySmoothness(),
        "label": label,
        "confidence": rlgen.rewards.ClassifierConfidence(classifier),
        "realism": realism,
        "constant": rlgen.rewards.Constant(),
        "untrained classifier": random,
    }


def trained_on(path, reward, weight, images, seed):
    """Returns the model of a file, trained on with a reward or without."""
    keras.utils.set_random_seed(seed)
    model = keras.saving.load_model(path)
    is_vae = isinstance(model, rlgen.RestoringVAE)
    compile_model = inpainting.compile_vae if is_vae else inpainting.compile_gan
    compile_model(model, reward, weight)
    model.fit(
        images,
        epochs=FLAGS.further_epochs,
        batch_size=FLAGS.batch_size,
        verbose=0,
    )
    return model


def run(damage, seed, data, classifiers):
    """Trains and scores all rows of one damage and seed."""
    (images, labels), (held_out, held_out_labels) = data
    classifier, judge, features = classifiers
    FLAGS.corruption = damage
    is_first = damage == "center"
    bases = {}
    for name in FLAGS.models:
        bases[name] = inpainting.train(name, images, seed, None)
    corruption = inpainting.make_corruption(seed + 1000)
    of_damaged, _ = rlgen.metrics.train_classifier(
        corruption(images, training=True).numpy(),
        labels,
        training_steps=FLAGS.classifier_steps // 2,
        seed=seed,
    )
    degraded = corruption(held_out, training=True).numpy()
    rewards = make_rewards(classifier, of_damaged, bases["GAN"], is_first)
    models = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, base in bases.items():
            path = pathlib.Path(folder, f"{name}.keras")
            base.save(path)
            weights = VAE_WEIGHTS if name == "VAE" else GAN_WEIGHTS
            models[name] = trained_on(path, None, 0.0, images, seed)
            for row, reward in rewards.items():
                if name == "GAN" and row in ("confidence", "constant"):
                    continue
                if name == "GAN" and row == "realism":
                    reward = rlgen.rewards.Discriminator("log_score")
                weight = weights.get(row, weights["label"])
                full = f"{name}, {row}"
                models[full] = trained_on(path, reward, weight, images, seed)
                print(f"{damage}, seed {seed}: {full}", flush=True)
    return rlgen.evaluation.compare_restorations(
        models,
        *(images, held_out, held_out_labels),
        degraded=degraded,
        classifier=judge,
        features=features,
        reward=rewards["label"],
        num_draws=NUM_DRAWS,
        seed=seed,
    )


def report(output):
    """Prints a Markdown table for each damage: means over seeds, 95% intervals."""
    for damage in FLAGS.damages:
        tables = [json.loads(p.read_text()) for p in sorted(output.glob(f"{damage}_*"))]
        if not tables:
            continue
        columns = [c for c in COLUMNS if c in tables[0]["mean fill"]]
        print(f"\n{damage}, {len(tables)} seeds:\n")
        print("| | " + " | ".join(columns) + " |")
        print("| --- |" + " --- |" * len(columns))
        for row in tables[0]:
            cells = [interval([t[row][column] for t in tables]) for column in columns]
            print(f"| {row} | " + " | ".join(cells) + " |")


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
    for seed in range(FLAGS.seed, FLAGS.seed + FLAGS.seeds):
        for damage in FLAGS.damages:
            path = output / f"{damage}_{seed}.json"
            if path.exists():
                continue
            table = run(damage, seed, data, classifiers)
            path.write_text(json.dumps(table, indent=2) + "\n")
            table.write_picture(output / f"{damage}_{seed}.png")
            minutes = (time.process_time() - start) / 60
            print(f"{damage}, seed {seed}: {minutes:.1f} minutes of processors so far")
    report(output)


if __name__ == "__main__":
    flags.set_default(inpainting.FLAGS["data"], "mnist")
    flags.set_default(inpainting.FLAGS["epochs"], 5)
    flags.set_default(inpainting.FLAGS["latent_dim"], 16)
    flags.set_default(inpainting.FLAGS["classifier_steps"], 1200)
    flags.set_default(inpainting.FLAGS["seeds"], 3)
    flags.set_default(inpainting.FLAGS["output"], "outputs/images")
    app.run(main)
