"""Models of all families on two replicas and on one; run by `test_replicas.py`.

Noise is a function of the sample, so that it does not depend on the replica.
"""

import json
import sys
import threading

import keras
import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp
from keras import layers

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(
    cpu, [tf.config.LogicalDeviceConfiguration()] * 2
)

from keras_rlgen import models  # noqa: E402
from keras_rlgen.layers import RandomMask  # noqa: E402
from keras_rlgen.models.autoregressive.masked_network import (  # noqa: E402
    masked_network,
)
from keras_rlgen.models.flow.coupling_flows import vector_flow  # noqa: E402
from keras_rlgen.rl_models import (  # noqa: E402
    RLVAE,
    ReinforceGAN,
    RestoringVAE,
    RewardTuner,
    SequenceGAN,
)

random = np.random.default_rng(0)
VECTORS = random.normal(size=(13, 4)).astype("float32")
TOKENS = random.integers(0, 5, (13, 6))
TOKENS[np.cumsum(TOKENS == 0, axis=1) > 0] = 0
TOKENS = TOKENS.astype("int32")
IMAGES = random.uniform(size=(13, 4, 4, 1)).astype("float32")
THREAD = threading.local()


def sample_by_mean(self, sample_shape=(), seed=None, name="sample"):
    """Samples noise that is a function of a distribution's mean."""
    mean, deviation = self.mean(), self.stddev()
    if np.ndim(sample_shape):
        return mean + deviation * tf.sin(37.0 * mean)
    rows = tf.cast(tf.range(sample_shape), tf.float32)
    rows = tf.reshape(rows, [-1, *[1] * len(mean.shape)])
    return mean + deviation * tf.sin(37.0 * mean + rows)


def dense(inputs, *units):
    hidden = [layers.Dense(n, activation="tanh") for n in units[:-1]]
    return keras.Sequential([layers.Input((inputs,)), *hidden, layers.Dense(units[-1])])


class SameNoise(ReinforceGAN):
    """Its latents are the real samples, on which it puts no noise."""

    def _train_discriminator(self, real, condition):
        THREAD.real = real
        super()._train_discriminator(real, condition)

    def _train_generator(self, real, condition):
        THREAD.real = real
        super()._train_generator(real, condition)
        THREAD.real = None

    def _latents(self, count):
        real = getattr(THREAD, "real", None)
        return tf.zeros((count, 4)) if real is None else real

    def _as_seen(self, samples, key):
        return samples


def made():
    model = models.MADE(masked_network(4, units=8), seed=0)
    model.compile("adam")
    return model


def real_nvp():
    model = models.RealNVP(vector_flow(4, num_couplings=2, units=4), (4,), seed=0)
    model.compile("adam")
    return model


def vae():
    model = models.VAE(dense(4, 4), dense(2, 4), 2, distribution="normal", seed=0)
    model.compile("adam", free_bits=0.1)
    return model


def pixel_cnn():
    network = models.GatedPixelCNN((4, 4, 1), 2, filters=4, num_blocks=1)
    model = models.PixelCNN(network, seed=0)
    model.compile("adam")
    return model


def rl_vae():
    model = RLVAE(dense(4, 4), dense(2, 4), 2, distribution="normal", seed=0)
    model.compile("adam", baseline="rloo", num_samples=2)
    return model


def reinforce_gan(baseline):
    model = SameNoise(dense(4, 4), dense(4, 3, 1), 4, seed=0)
    model.compile("adam", baseline=baseline, adversarial_weight=0.5)
    return model


def sequences():
    backbone = models.RecurrentBackbone(5, units=4)
    model = models.SequenceGenerator(backbone, 6, end_token=0, seed=0)
    model.compile("adam")
    return model


def sequence_gan():
    judge = [layers.Input((6,)), layers.Embedding(6, 3), layers.Flatten()]
    judge = keras.Sequential([*judge, layers.Dropout(0.5), layers.Dense(1)])
    model = SequenceGAN(sequences(), judge, seed=0)
    model.compile("adam")
    return model


def twos(samples):
    return tf.reduce_sum(tf.cast(samples == 2, tf.float32), axis=1)


def tuner():
    model = RewardTuner(sequences(), seed=0)
    model.compile("adam", reward=twos, algorithm="ppo", num_samples=8)
    return model


def restoring_vae():
    inputs = [layers.Input((4, 4, 1)), layers.Input((4, 4, 2))]
    joined = layers.Concatenate()([layers.Flatten()(x) for x in inputs])
    encoder = keras.Model(inputs, layers.Dense(4)(joined))
    inputs = [layers.Input((2,)), layers.Input((4, 4, 2))]
    joined = layers.Concatenate()([inputs[0], layers.Flatten()(inputs[1])])
    normalised = layers.BatchNormalization()(layers.Dropout(0.3)(joined))
    pixels = layers.Dense(16, activation="sigmoid")(normalised)
    decoder = keras.Model(inputs, layers.Reshape((4, 4, 1))(pixels))
    model = RestoringVAE(encoder, decoder, 2, RandomMask("square"), seed=0)
    model.compile("adam")
    return model


def conditional_gan():
    inputs = [layers.Input((2,)), layers.Input((), dtype="int32")]
    joined = [layers.Rescaling(0.0)(inputs[0]), layers.Embedding(3, 2)(inputs[1])]
    generator = keras.Model(inputs, layers.Dense(4)(layers.Concatenate()(joined)))
    inputs = [layers.Input((4,)), layers.Input((), dtype="int32")]
    joined = layers.Concatenate()([inputs[0], layers.Embedding(3, 2)(inputs[1])])
    judge = keras.Model(inputs, layers.Dense(1)(joined))
    model = models.ConditionalGAN(generator, judge, 2, num_classes=3, seed=0)
    model.compile(optimizer="adam")
    return model


# Their last batch leaves a replica without samples.
EVALUATED = models.PixelCNN, models.SequenceGenerator, RestoringVAE, SequenceGAN
# Of those marked, losses and weights are those of one device.
MODELS = {
    "made": (made, VECTORS, True),
    "real_nvp": (real_nvp, VECTORS, True),
    "vae": (vae, VECTORS, True),
    "pixel_cnn": (pixel_cnn, np.round(IMAGES), True),
    "rl_vae": (rl_vae, VECTORS, True),
    "rloo": (lambda: reinforce_gan("rloo"), VECTORS, True),
    "moving_average": (lambda: reinforce_gan("moving_average"), VECTORS, True),
    "critic": (lambda: reinforce_gan("critic"), VECTORS, True),
    "sequences": (sequences, TOKENS, True),
    "conditional_gan": (conditional_gan, VECTORS, True),
    "sequence_gan": (sequence_gan, TOKENS, False),
    "tuner": (tuner, TOKENS, False),
    "restoring_vae": (restoring_vae, IMAGES, False),
}
# The standard deviation of advantages is that within a replica.
WITHIN_REPLICAS = ("advantage_std",)


def trained(make, samples, strategy):
    keras.utils.set_random_seed(1)
    with strategy.scope():
        model = make()
    labels = np.arange(len(samples)) % 3 if model.has_condition else None
    if isinstance(model, RestoringVAE):
        labels = None
    if isinstance(model, RewardTuner):
        losses = model.fit(epochs=2, steps_per_epoch=2, verbose=0).history
    else:
        options = {"batch_size": 4, "verbose": 0, "shuffle": False}
        some = None if labels is None else labels[:12]
        losses = model.fit(samples[:12], some, epochs=2, **options).history
    results = {}
    if isinstance(model, EVALUATED):
        options = {"batch_size": 4, "verbose": 0, "return_dict": True}
        results = model.evaluate(samples, labels, **options)
    return model, losses, results


def compare(name, strategy):
    """Returns the largest differences of losses and weights, and what differs."""
    make, samples, _ = MODELS[name]
    model, losses, results = trained(make, samples, strategy)
    finite = np.isfinite([*losses.values(), *[[x, x] for x in results.values()]])
    counted = {id(v) for metric in model.metrics for v in metric.variables}
    apart = []
    for variable in [*model.variables, *model.optimizer.variables]:
        first, second = strategy.experimental_local_results(variable.value)
        seed = "seed_generator" in variable.path
        if id(variable) not in counted and not seed and np.any(first != second):
            apart.append(variable.path)
    one, expected, _ = trained(make, samples, tf.distribute.get_strategy())
    of_losses = [
        np.abs(np.array(losses[key]) / np.array(expected[key]) - 1.0).max()
        for key in losses
        if key not in WITHIN_REPLICAS and np.all(expected[key])
    ]
    of_weights = [
        np.abs(a - b).max()
        for a, b in zip(model.get_weights(), one.get_weights(), strict=True)
        if a.dtype.kind == "f" and a.size
    ]
    return {
        "finite": bool(np.all(finite)),
        "apart": apart,
        "losses": float(max(of_losses)),
        "weights": float(max(of_weights)),
    }


if __name__ == "__main__":
    tfp.distributions.Distribution.sample = sample_by_mean
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    for name in sys.argv[1:] or MODELS:
        print(json.dumps({name: compare(name, strategy)}), flush=True)
