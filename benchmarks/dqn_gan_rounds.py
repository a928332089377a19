"""A round of `DQNGAN`: its cost beside its parts, and what many rounds do.

    python -m benchmarks.dqn_gan_rounds --part=speed
    python -m benchmarks.dqn_gan_rounds --part=long --seed=0 --rounds=200000

`speed` compares a round with the sum of its parts, which alternate with it, since the
machine may be shared: a step of `GAN.fit` with the same networks, and the same round of
the same DQN in `LatentEditing` of a generator that stands still. Compare the ratios,
which pair figures of one round.

`long` trains for many rounds and records, at every tenth of them: the Fréchet distance
to held-out images, the discriminator's accuracy on held-out real and generated ones,
the mean of the greedy values beside the largest gain in score that was seen, and the
gain of the DQN's edits.
"""

import json
import pathlib
import statistics
import time

import recipes  # noqa: F401  (quiet start-up)

# isort: split
import keras
import numpy as np
import tensorflow as tf
from absl import app, flags
from keras import layers

import keras_rlgen as rlgen

FLAGS = flags.FLAGS
flags.DEFINE_enum("part", "speed", ["speed", "long"], "What to measure.")
flags.DEFINE_string("data", "digits", "`digits`, or a folder with MNIST's files.")
flags.DEFINE_integer("seed", 0, "Random seed of `long`.")
flags.DEFINE_integer("rounds", 20_000, "Rounds of `long`.")
flags.DEFINE_integer("repetitions", 9, "Pairs of figures of `speed`.")
flags.DEFINE_string("output", "outputs/dqn_gan_rounds", "Folder to write to.")

LATENT_DIM = 8
BATCH_SIZE = 64
Q_STEPS = 4
ROUNDS_TIMED = 200
CLIP = -5.0, 5.0  # of the discriminator's logit


def dense(inputs, outputs, shape=None, activation=None, hidden="relu", units=128):
    network = [
        layers.Input(inputs),
        layers.Flatten(),
        layers.Dense(units, activation=hidden),
        layers.Dense(units, activation=hidden),
        layers.Dense(outputs, activation=activation),
    ]
    return keras.Sequential(network + ([layers.Reshape(shape)] if shape else []))


def networks(shape):
    return (
        dense((LATENT_DIM,), int(np.prod(shape)), shape, "tanh"),
        dense(shape, 1, hidden="leaky_relu"),
    )


def adam(rate):
    return keras.optimizers.Adam(rate, beta_1=0.5)


def penalized_loss():
    return rlgen.losses.NonSaturating(penalty=rlgen.losses.R1Penalty(1.0))


def make_joint(shape, seed=0, q_steps=Q_STEPS, num_environments=32, **options):
    model = rlgen.DQNGAN(
        *networks(shape),
        latent_dim=LATENT_DIM,
        num_environments=num_environments,
        seed=seed,
    )
    model.compile(
        adam(5e-4),
        adam(5e-4),
        keras.optimizers.Adam(1e-3),
        reward=clipped_logit(),
        loss=penalized_loss(),
        q_steps=q_steps,
        **options,
    )
    return model


def clipped_logit():
    return rlgen.rewards.Clipped(rlgen.rewards.Discriminator("logit"), *CLIP)


def load(data):
    """Returns images to train on and held-out ones."""
    if data == "digits":
        (images, _), (held_out, _) = rlgen.datasets.digits()
    else:
        (images, _), (held_out, _) = rlgen.datasets.mnist(data)
    return images, held_out


def batches(images, count):
    data = tf.data.Dataset.from_tensor_slices(images)
    data = data.shuffle(len(images)).repeat().batch(BATCH_SIZE)
    return data.take(-1 if count is None else count).prefetch(2)


def measure_speed(images):
    shape = images.shape[1:]
    joint = make_joint(shape)
    gan = rlgen.GAN(*networks(shape), latent_dim=LATENT_DIM, ema_momentum=0.99)
    gan.compile(adam(5e-4), adam(5e-4), loss=penalized_loss())
    alone = make_joint(shape)
    alone.directions.assign(np.eye(LATENT_DIM, dtype="float32"))
    data = batches(images, ROUNDS_TIMED)
    agent = alone.agent

    def run_agent():
        for _ in range(ROUNDS_TIMED):
            agent.run_steps(agent.collect_steps)

    parts = {
        "joint": lambda: joint.fit(data, verbose=0),
        "gan": lambda: gan.fit(data, verbose=0),
        "dqn": run_agent,
    }
    for run in parts.values():
        run()
    times = {name: [] for name in parts}
    for _ in range(FLAGS.repetitions):
        for name, run in parts.items():
            start = time.perf_counter()
            run()
            times[name].append((time.perf_counter() - start) / ROUNDS_TIMED * 1000.0)
    ratios = [
        joint / (gan + dqn) for joint, gan, dqn in zip(*times.values(), strict=True)
    ]
    rows = {
        name: {"median": statistics.median(x), "least": min(x), "most": max(x)}
        for name, x in {**times, "joint / (gan + dqn)": ratios}.items()
    }
    print("\nMilliseconds a round, and their ratio:\n")
    print(rlgen.callbacks.format_table(rows))
    return rows


class Checkpoints(keras.callbacks.Callback):
    """Records what became of the model after each epoch."""

    def __init__(self, held_out):
        super().__init__()
        self.held_out = held_out
        self.rows = []

    def on_epoch_end(self, epoch, logs=None):
        model = self.model
        result = model.evaluate(self.held_out, verbose=0, return_dict=True)
        edits = model.create(500, seed=1)
        score = model.reward.terms(edits.samples.reshape(-1, *model.sample_shape))[0]
        row = {
            "rounds": int(model.gan_batches.numpy()),
            "frechet_distance": result["frechet_distance"],
            "recall": result["recall"],
            "accuracy": 0.5
            * (
                result["discriminator_accuracy_real"]
                + result["discriminator_accuracy_generated"]
            ),
            "mean_q": logs["mean_q"],
            "largest_gain": float(np.ptp(score)),
            "gain": float(edits.rewards.sum(axis=1).mean()),
        }
        self.rows.append(row)
        print(json.dumps(row), flush=True)


def train_long(images, held_out):
    keras.utils.set_random_seed(FLAGS.seed)
    model = make_joint(
        images.shape[1:],
        FLAGS.seed,
        q_steps=1,  # Of a short round: 8 episodes and one update of the DQN.
        num_environments=8,
        q_warm_up=FLAGS.rounds // 20,
        metrics=["frechet_distance", "precision_recall"],
    )
    checkpoints = Checkpoints(held_out)
    per_epoch = FLAGS.rounds // 10
    model.fit(
        batches(images, None),
        steps_per_epoch=per_epoch,
        epochs=10,
        callbacks=[checkpoints],
        verbose=0,
    )
    return checkpoints.rows


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    images, held_out = load(FLAGS.data)
    if FLAGS.part == "speed":
        rows = measure_speed(images)
    else:
        rows = train_long(images, held_out[:2000])
    output = pathlib.Path(FLAGS.output)
    output.mkdir(parents=True, exist_ok=True)
    data = pathlib.Path(FLAGS.data).name
    name = "speed" if FLAGS.part == "speed" else f"long_{data}_{FLAGS.seed}"
    (output / f"{name}.json").write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    app.run(main)
