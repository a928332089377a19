"""Test mode coverage of generators trained by policy gradient, on a mixture.

Eight Gaussians on a ring, or twenty-five on a grid, as in PacGAN. Ways to train the
same networks on them:

- `gan`: the plain GAN, non-saturating;
- `packed_gan`: the same, with a discriminator of two samples together (PacGAN2);
- `policy_gradient`: `ReinforceGAN`, no gradient through the discriminator;
- `mixed`: `ReinforceGAN` with half the pathwise gradient;
- `constant`: a control, `ReinforceGAN` with the same reward for all samples.

    python -m recipes.gan_modes --data=ring --method=policy_gradient

Scores 2,500 samples: modes with at least one sample within three standard deviations,
the fraction of such samples, and the reverse KL divergence of the modes' frequencies
(nats). Writes to --output a scatter plot every tenth of the training, an animation of
them, and `scores.json`.

`--generator_width=400 --discriminator_width=200 --steps=400000 --learning_rate=1e-4
--beta_1=0.8` are the networks and the number of steps of the paper.

Reference: Lin et al., 2018, https://arxiv.org/abs/1712.04086, section 4.1.
"""

import functools
import json
import math
import pathlib

import keras
import tensorflow as tf
from absl import app, flags
from keras import layers

import keras_rlgen as rlgen

METHODS = ("gan", "packed_gan", "policy_gradient", "mixed", "constant")
FLAGS = flags.FLAGS
flags.DEFINE_enum("data", "ring", ["ring", "grid"], "Which mixture.")
flags.DEFINE_enum("method", "policy_gradient", METHODS, "How to train.")
flags.DEFINE_integer("steps", 20_000, "Training steps, on batches of 100 points.")
flags.DEFINE_integer("seed", 0, "Seed of data, weights, latents and noise.")
flags.DEFINE_integer("generator_width", 64, "Units of each of four hidden layers.")
flags.DEFINE_integer("discriminator_width", 32, "Units of each of three maxout layers.")
flags.DEFINE_float("learning_rate", 3e-3, "Initial rate; cosine decay to 10%.")
flags.DEFINE_float("beta_1", 0.5, "Adam's beta_1.")
flags.DEFINE_integer("samples_per_latent", 4, "For the policy gradient.")
flags.DEFINE_string("output", "outputs/gan_modes", "Folder to write to.")

BATCH = 100
LATENT_DIM = 2
# The initial and final scale of the policy's noise, in units of the data.
NOISE = {"ring": (0.3, 0.003), "grid": (1.0, 0.015)}
# Weight of the discriminator's R1 penalty, the same for every method: in proportion to
# the square of the distance between modes.
R1_WEIGHT = {"ring": 0.003, "grid": 0.02}
# Of the policy gradient: `log D(x)`, or the discriminator's logit, which does not level
# off: that helps where modes are many, and lost a mode of the ring with one seed.
SCORE = {"ring": "log_score", "grid": "logit"}


@keras.saving.register_keras_serializable("recipes")
class Maxout(layers.Layer):
    """Dense units, each the maximum of five linear ones."""

    def __init__(self, units, pieces=5, **kwargs):
        super().__init__(**kwargs)
        self.units, self.pieces = units, pieces
        self.dense = layers.Dense(units * pieces)

    def build(self, input_shape):
        self.dense.build(input_shape)

    def call(self, inputs):
        pieces = keras.ops.split(self.dense(inputs), self.pieces, axis=-1)
        return functools.reduce(keras.ops.maximum, pieces)

    def get_config(self):
        config = {"units": self.units, "pieces": self.pieces}
        return {**super().get_config(), **config}


def make_networks(packing):
    hidden = []
    for _ in range(4):
        dense = layers.Dense(FLAGS.generator_width, use_bias=False)
        hidden += [dense, layers.BatchNormalization(), layers.ReLU()]
    generator = keras.Sequential(
        [layers.Input((LATENT_DIM,)), *hidden, layers.Dense(2)]
    )
    maxouts = [Maxout(FLAGS.discriminator_width) for _ in range(3)]
    discriminator = keras.Sequential(
        [layers.Input((2 * packing,)), *maxouts, layers.Dense(1)]
    )
    return generator, discriminator


def make_optimizer():
    rate = keras.optimizers.schedules.CosineDecay(
        FLAGS.learning_rate, FLAGS.steps, alpha=0.1
    )
    return keras.optimizers.Adam(rate, beta_1=FLAGS.beta_1)


def steps_per_epoch():
    return max(1, FLAGS.steps // 10)


def make_gan(metric):
    """Returns the compiled model of --method."""
    packing = 2 if FLAGS.method == "packed_gan" else 1
    arguments = {
        "latent_dim": LATENT_DIM,
        "ema_momentum": 0.9995,
        "packing": packing,
        "seed": FLAGS.seed,
    }
    compile_arguments = {
        "generator_optimizer": make_optimizer(),
        "discriminator_optimizer": make_optimizer(),
        "loss": rlgen.losses.NonSaturating(
            penalty=rlgen.losses.R1Penalty(R1_WEIGHT[FLAGS.data])
        ),
        "metrics": [metric],
        "steps_per_execution": math.gcd(100, steps_per_epoch()),
        "jit_compile": True,
    }
    if FLAGS.method in ("gan", "packed_gan"):
        gan = rlgen.GAN(*make_networks(packing), **arguments)
        gan.compile(**compile_arguments)
        return gan
    first, last = NOISE[FLAGS.data]
    scale = keras.optimizers.schedules.ExponentialDecay(
        first, FLAGS.steps, last / first
    )
    gan = rlgen.ReinforceGAN(
        *make_networks(packing),
        distribution=rlgen.distributions.Normal(scale),
        samples_per_latent=FLAGS.samples_per_latent,
        **arguments,
    )
    reward = rlgen.rewards.Discriminator(SCORE[FLAGS.data])
    gan.compile(
        reward="constant" if FLAGS.method == "constant" else reward,
        baseline="rloo",
        adversarial_weight=0.5 if FLAGS.method == "mixed" else 0.0,
        **compile_arguments,
    )
    return gan


def train(output):
    """Trains the model of the flags, with pictures in a folder; returns its scores."""
    keras.utils.set_random_seed(FLAGS.seed)
    if FLAGS.data == "ring":
        points = rlgen.datasets.gaussian_ring(seed=FLAGS.seed)
        metric = rlgen.metrics.ModeCoverage(rlgen.datasets.ring_centers(), 0.01)
    else:
        points = rlgen.datasets.gaussian_grid(seed=FLAGS.seed)
        metric = rlgen.metrics.ModeCoverage(rlgen.datasets.grid_centers(), 0.05)
    gan = make_gan(metric)
    batches = tf.data.Dataset.from_tensor_slices(points).repeat()
    batches = batches.shuffle(10_000, seed=FLAGS.seed).batch(BATCH, drop_remainder=True)
    gan.fit(
        batches,
        epochs=10,
        steps_per_epoch=steps_per_epoch(),
        verbose=0,
        callbacks=[rlgen.callbacks.SampleMonitor(output, reference=points[:2000])],
    )
    scores = gan.evaluate(points[:2500], verbose=0, batch_size=2500, return_dict=True)
    scores = {
        key: scores[key] for key in ("modes", "high_quality_fraction", "reverse_kl")
    }
    (output / "scores.json").write_text(json.dumps(scores, indent=2) + "\n")
    return scores


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    output = pathlib.Path(FLAGS.output) / f"{FLAGS.data}_{FLAGS.method}_{FLAGS.seed}"
    print(f"{FLAGS.data}, {FLAGS.method}, seed {FLAGS.seed}: {FLAGS.steps} steps ...")
    scores = train(output)
    print(rlgen.callbacks.format_table({FLAGS.method: scores}))
    print(f"Pictures and scores are in {output}/")


if __name__ == "__main__":
    app.run(main)
