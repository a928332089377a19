"""Tune three families of generators by a reward, with controls.

A VAE, a PixelCNN and a real NVP learn handwritten digits by likelihood. Then each is
tuned: its reward is the contrast of its samples, minus a KL penalty to the model before
tuning. The confidence of a classifier, as a held-out reward, measures how well the
digits can be read. Distances from held-out digits, their likelihood, and the same
tuning with null rewards complete the evaluation.

    python -m recipes.reward_tuning

`--reward=confidence` rewards the confidence of another classifier; with `--label=3`, in
one digit: recall then falls by design. `--seeds=3` runs three seeds, and the last table
has their means. Writes to --output: for each family `<family>_before.png`,
`<family>_tuned.png`, `<family>_curve.png` and the tuned `<family>.keras`, for the last
seed; and `scores.json`, for all.
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

FLAGS = flags.FLAGS
flags.DEFINE_list("families", ["vae", "pixel_cnn", "real_nvp"], "Families to tune.")
flags.DEFINE_integer("epochs", 60, "Passes over the 1,437 digits, by likelihood.")
flags.DEFINE_enum(
    "reward", "contrast", ["contrast", "confidence"], "Reward to maximise."
)
flags.DEFINE_integer("label", None, "The digit of --reward=confidence; else any.")
flags.DEFINE_integer("rounds", 15, "Epochs of the tuning, of 20 updates.")
flags.DEFINE_integer("num_samples", 256, "Samples per update of the tuning.")
flags.DEFINE_string("algorithm", "rloo", "reinforce, rloo, ppo or grpo.")
flags.DEFINE_float("kl_weight", 0.03, "Penalty per nat of KL divergence.")
flags.DEFINE_float("learning_rate", 1e-3, "For tuning; a third of it for the flow.")
flags.DEFINE_list(
    "controls", ["constant", "uniform_random", "shuffled"], "Null rewards."
)
flags.DEFINE_integer("seed", 0, "Seed of weights, samples and data order.")
flags.DEFINE_integer("seeds", 1, "Number of seeds to run, starting with --seed.")
flags.DEFINE_string("output", "outputs/reward_tuning", "Folder to write to.")

SHAPE, LEVELS, RANGE, LATENT_DIM = (8, 8, 1), 17, (-1.0, 1.0), 8
NUM_GENERATED = 2000


def make_vae(seed):
    def network(inputs, outputs, shape):
        return keras.Sequential(
            [
                layers.Input(inputs),
                layers.Flatten(),
                layers.Dense(256, activation="relu"),
                layers.Dense(128, activation="relu"),
                layers.Dense(outputs),
                layers.Reshape(shape),
            ]
        )

    return rlgen.VAE(
        network(SHAPE, 2 * LATENT_DIM, (2 * LATENT_DIM,)),
        network((LATENT_DIM,), 64, SHAPE),
        LATENT_DIM,
        distribution=rlgen.distributions.DiscretizedLogistic(LEVELS),
        prior="learned",
        emit="sample",
        seed=seed,
    )


def make_pixel_cnn(seed):
    network = rlgen.models.GatedPixelCNN(
        SHAPE, LEVELS, filters=32, num_blocks=3, first_kernel_size=5, seed=seed
    )
    return rlgen.PixelCNN(network, value_range=RANGE, seed=seed)


def make_real_nvp(seed):
    flow = rlgen.models.image_flow(SHAPE, filters=32, seed=seed)
    return rlgen.RealNVP(flow, SHAPE, LEVELS, RANGE, seed=seed)


FAMILIES = {
    "vae": make_vae,
    "pixel_cnn": make_pixel_cnn,
    "real_nvp": make_real_nvp,
}


def make_reward(images, labels):
    """Returns the reward to maximise."""
    if FLAGS.reward == "contrast":
        return rlgen.rewards.Contrast()
    classifier = keras.Sequential(
        [
            layers.Input(SHAPE),
            layers.Flatten(),
            layers.GaussianNoise(0.1),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(10),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    classifier.compile("adam", loss)
    classifier.fit(images, labels, epochs=40, batch_size=64, verbose=0)
    return confidence(classifier)


def confidence(classifier):
    label = FLAGS.label if FLAGS.reward == "confidence" else None
    reward = rlgen.rewards.ClassifierConfidence(classifier, label=label)
    return rlgen.rewards.Clipped(reward, -10.0, 0.0)


def make_control(name, reward, seed):
    return {
        "constant": rlgen.rewards.Constant(),
        "uniform_random": rlgen.rewards.UniformRandom(seed),
        "shuffled": rlgen.rewards.Shuffled(reward, seed),
    }[name]


def fit_by_likelihood(family, seed, train):
    model = FAMILIES[family](seed)
    steps = len(train) // 64
    decay = keras.optimizers.schedules.CosineDecay(1e-3, FLAGS.epochs * steps)
    model.compile(keras.optimizers.Adam(decay), steps_per_execution=steps)
    data = tf.data.Dataset.from_tensor_slices(train).cache()
    data = data.shuffle(len(train), seed=seed).batch(64, drop_remainder=True)
    model.fit(data, epochs=FLAGS.epochs, verbose=0)
    return model


def tune(path, seed, reward, held_out_reward):
    """Returns a tuner that has tuned the model of a file, and its history."""
    tuner = rlgen.RewardTuner(keras.saving.load_model(path), seed=seed)
    # A small change of a flow's weights is a large change of its samples.
    is_flow = isinstance(tuner.generator, rlgen.RealNVP)
    tuner.compile(
        keras.optimizers.Adam(FLAGS.learning_rate / (3.0 if is_flow else 1.0)),
        reward=reward,
        algorithm=FLAGS.algorithm,
        kl_weight=FLAGS.kl_weight,
        held_out_reward=held_out_reward,
        num_samples=FLAGS.num_samples,
        steps_per_execution=20,
    )
    # The same number of epochs for all, so that controls are comparable.
    history = tuner.fit(epochs=FLAGS.rounds, steps_per_epoch=20, verbose=0).history
    return tuner, history


def score(model, held_out, reward, held_out_reward):
    """Computes the scores of a generator, with the same sampling seed for all."""
    generated = model.generate(NUM_GENERATED, seed=1)
    results = model.evaluate(held_out, batch_size=360, verbose=0, return_dict=True)
    extract = rlgen.metrics.feature_extractor("digits")
    real, made = (extract(samples).numpy() for samples in (held_out, generated))
    precision, recall = rlgen.metrics.precision_recall(real, made[: len(real)])
    means = (float(tf.reduce_mean(r(generated))) for r in (reward, held_out_reward))
    return dict(
        zip(("reward", "held_out_reward"), means, strict=True),
        bits_per_dimension=results["bits_per_dimension"],
        frechet_distance=rlgen.metrics.frechet_distance(real, made),
        kernel_distance=rlgen.metrics.kernel_distance(real, made),
        precision=precision,
        recall=recall,
    )


def run(family, seed, train, held_out, rewards, output):
    """Trains and tunes a family; returns a dict from row to its scores."""
    keras.utils.set_random_seed(seed)
    start = time.time()
    model = fit_by_likelihood(family, seed, train)
    print(
        f"seed {seed}, {family}: trained by likelihood in {time.time() - start:.0f} s",
        flush=True,
    )
    path = output / f"{family}_before.keras"
    model.save(path)
    scores = {f"{family}, before": score(model, held_out, *rewards)}
    scores[f"{family}, before"]["reference_kl"] = 0.0
    picture(output / f"{family}_before.png", model)
    reward, held_out_reward = rewards
    for name in ("tuned", *FLAGS.controls):
        start = time.time()
        maximised = reward if name == "tuned" else make_control(name, reward, seed)
        tuner, history = tune(path, seed, maximised, held_out_reward)
        row = f"{family}, {name}"
        scores[row] = score(tuner.generator, held_out, *rewards)
        scores[row]["reference_kl"] = history["reference_kl"][-1]
        print(f"{row}: in {time.time() - start:.0f} s", flush=True)
        if name == "tuned":
            tuner.save(output / f"{family}.keras")
            picture(output / f"{family}_tuned.png", tuner)
            curves = {
                key: (range(FLAGS.rounds), history[key])
                for key in ("reward", "held_out_reward")
            }
            path_of_curve = output / f"{family}_curve.png"
            rlgen.callbacks.write_curves(path_of_curve, curves, "epoch", "reward")
    return scores


def picture(path, model):
    rlgen.callbacks.write_image_grid(path, model.generate(64, seed=0))


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    output = pathlib.Path(FLAGS.output)
    output.mkdir(parents=True, exist_ok=True)
    (train, labels), (held_out, _) = rlgen.datasets.digits()
    keras.utils.set_random_seed(FLAGS.seed)
    rewards = make_reward(train, labels), confidence(rlgen.metrics.classifier("digits"))
    data_row = {
        key: float(tf.reduce_mean(reward(tf.constant(held_out))))
        for key, reward in zip(("reward", "held_out_reward"), rewards, strict=True)
    }
    print(f"held-out digits: {data_row}")
    record = {}
    for seed in range(FLAGS.seed, FLAGS.seed + FLAGS.seeds):
        scores = {}
        for family in FLAGS.families:
            scores |= run(family, seed, train, held_out, rewards, output)
        print(rlgen.callbacks.format_table(scores), flush=True)
        record[seed] = scores
        (output / "scores.json").write_text(json.dumps(record, indent=2) + "\n")
    if FLAGS.seeds > 1:
        means = {
            row: {key: np.mean([s[row][key] for s in record.values()]) for key in cells}
            for row, cells in scores.items()
        }
        print(f"\nmean of {FLAGS.seeds} seeds:\n{rlgen.callbacks.format_table(means)}")
    print(f"\nPictures, scores and tuned models are in {output}/")


if __name__ == "__main__":
    app.run(main)
