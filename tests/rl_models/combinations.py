"""Tests every combination of generator, reward and algorithm; writes the table.

`python -m tests.rl_models.combinations` writes docs/combinations.md.
"""

import functools
import pathlib
import re

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen import rewards
from keras_rlgen.environments import LatentEditing, TokenGeneration
from keras_rlgen.models import (
    GAN,
    VAE,
    CategoricalVAE,
    ConditionalGAN,
    GatedPixelCNN,
    PixelCNN,
    RealNVP,
    RecurrentBackbone,
    SequenceGenerator,
    StochasticGenerator,
    convolutional_discriminator,
    image_flow,
)
from keras_rlgen.rl_models import (
    RLVAE,
    ProximalPolicyOptimization,
    ReinforceGAN,
    RewardTuner,
    SequenceGAN,
)
from tests.networks import dense

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "combinations.md"
IMAGE, NUM_CLASSES, LATENT_DIM, CODES = (3, 3, 1), 3, 2, (2, 3)
NUM_TOKENS, LENGTH = 3, 4
layers = keras.layers


@keras.saving.register_keras_serializable("keras_rlgen_tests")
def first_element(samples):
    first = tf.reshape(samples, [tf.shape(samples)[0], -1])[:, 0]
    return tf.cast(first, tf.float32)


@functools.cache
def judge(shape, outputs):
    return network(shape, (outputs,))


def network(inputs, outputs, activation=None, labels=False):
    """Returns a dense network between two shapes, with labels or without."""
    x = layers.Input(inputs)
    flat, given = layers.Flatten()(x), x
    if labels:
        y = layers.Input((), dtype="int32")
        embedded = layers.Embedding(NUM_CLASSES, 2)(y)
        flat, given = layers.Concatenate()([flat, embedded]), [x, y]
    out = dense(int(np.prod(outputs)), activation, seed=2)(dense(3, "tanh")(flat))
    return keras.Model(given, layers.Reshape(outputs)(out))


def gan_arguments(distribution=None, shape=IMAGE, labels=False):
    activation = "tanh" if distribution in (None, "normal") else None
    generator = network((LATENT_DIM,), shape, activation, labels)
    if distribution is not None:
        generator = StochasticGenerator(generator, distribution, seed=0)
    return generator, network(shape, (1,), labels=labels), LATENT_DIM


def vae_arguments(size=2 * LATENT_DIM, latents=(LATENT_DIM,), labels=False):
    return (
        network(IMAGE, (size,), labels=labels),
        network(latents, IMAGE, labels=labels),
    )


def gan(distribution=None, shape=IMAGE):
    return GAN(*gan_arguments(distribution, shape), seed=0)


def conditional_gan():
    return ConditionalGAN(*gan_arguments("normal", labels=True), NUM_CLASSES, seed=0)


def vae(**arguments):
    labels = "num_classes" in arguments
    networks = vae_arguments(labels=labels)
    return VAE(*networks, LATENT_DIM, seed=0, **arguments)


def categorical_vae():
    return CategoricalVAE(*vae_arguments(6, CODES), *CODES, seed=0)


def pixel_cnn():
    options = {"filters": 2, "num_blocks": 0, "first_kernel_size": 3, "seed": 0}
    return PixelCNN(GatedPixelCNN(IMAGE, 2, **options), seed=0)


def real_nvp(**arguments):
    flow = image_flow(IMAGE, 1, num_couplings=2, filters=2, **arguments, seed=0)
    return RealNVP(flow, IMAGE, num_levels=2, **arguments, seed=0)


def sequence_generator():
    return SequenceGenerator(RecurrentBackbone(NUM_TOKENS, units=2), LENGTH, seed=0)


GENERATORS = {
    "`GAN`, deterministic": gan,
    "`GAN`, `Normal` output": lambda: gan("normal"),
    "`GAN`, `Bernoulli` output": lambda: gan("bernoulli"),
    "`GAN`, `Categorical` output": lambda: gan("categorical", (3, 3)),
    "`ConditionalGAN`, `Normal` output": conditional_gan,
    "`VAE`": vae,
    "`VAE`, conditional": lambda: vae(num_classes=NUM_CLASSES),
    "`CategoricalVAE`": categorical_vae,
    "`PixelCNN`": pixel_cnn,
    "`RealNVP`": real_nvp,
    "`RealNVP`, conditional": lambda: real_nvp(num_classes=NUM_CLASSES),
    "`SequenceGenerator`": sequence_generator,
}
REWARDS = {
    "function": lambda shape: rewards.FunctionReward(first_element),
    "`Sharpness`": lambda shape: rewards.Sharpness(),
    "`Discriminator` of the model": lambda shape: rewards.Discriminator("logit"),
    "`ClassifierConfidence`": lambda shape: rewards.ClassifierConfidence(
        judge(shape, NUM_CLASSES), label=1
    ),
    "`Constant`": lambda shape: rewards.Constant(),
}
# What "ppo" stands for makes 16 updates.
ALGORITHMS = {
    "reinforce": "reinforce",
    "rloo": "rloo",
    "ppo": ProximalPolicyOptimization(epochs=2, minibatches=1),
    "grpo": "grpo",
}
LEARNERS = (*ALGORITHMS, "own", "agent")
# Reasons for unsupported combinations, by mark: the error, and the page's text.
REASONS = {
    "a": (
        "The generator is deterministic",
        "Samples of a deterministic generator have no probability: make it a "
        "`StochasticGenerator`.",
    ),
    "b": (
        "has no discriminator",
        "There is no discriminator: give the reward a network, "
        "`Discriminator(kind, discriminator=...)`.",
    ),
    "c": ("expected images of shape", "Samples of this model are not images."),
    "d": (
        "does not accept latents",
        "There are no normal latents to move. `PixelGeneration` generates pixels "
        "one by one, without a generator.",
    ),
    "e": (
        "carry no pathwise gradient",
        "A discriminator's gradient does not pass through discrete samples: use "
        "`ReinforceGAN` or `RewardTuner`.",
    ),
    "f": (
        "no model trained by reward",
        "This family has no model trained by reward: use `RewardTuner`.",
    ),
}


def mark(attempt):
    """Returns "yes" if it works, else the mark of the reason."""
    try:
        attempt()
    except (ValueError, NotImplementedError) as error:
        for letter, (message, _) in REASONS.items():
            if message in str(error):
                return letter
        raise
    return "yes"


def training_data(model):
    samples = model.generate(4, seed=0)
    labels = np.arange(4) % NUM_CLASSES
    return (samples, tf.constant(labels)) if model.has_condition else (samples,)


def fits(model):
    """Trains a model with its own `fit`, for one step."""
    model.compile(run_eagerly=True)
    logs = model.train_step(training_data(model))
    model.health.raise_if_faulty()
    assert np.isfinite([float(v) for v in logs.values()]).all()


def tunes(tuner, algorithm, reward):
    tuner.compile(
        keras.optimizers.SGD(0.01),
        reward=reward,
        algorithm=algorithm,
        num_samples=4,
        run_eagerly=True,
    )
    logs = tuner.train_step(tf.constant(0))
    tuner.health.raise_if_faulty()
    assert np.isfinite([float(v) for v in logs.values()]).all()


def model_by_reward(model):
    """Returns the family's model that is trained by reward, `None` if none is."""
    if type(model) is GAN:
        return ReinforceGAN(model.generator, model.discriminator, LATENT_DIM, seed=0)
    if isinstance(model, (VAE, CategoricalVAE)):
        latents = LATENT_DIM if isinstance(model, VAE) else CODES
        networks = model.encoder, model.decoder
        return RLVAE(*networks, latents, num_classes=model.num_classes, seed=0)
    if isinstance(model, SequenceGenerator):
        discriminator = convolutional_discriminator(NUM_TOKENS, LENGTH)
        return SequenceGAN(model, discriminator, seed=0)
    return None


def learns(model, data, reward):
    if model is None:
        raise NotImplementedError("no model trained by reward")
    model.compile(reward=reward, run_eagerly=True)
    logs = model.train_step(data)
    model.health.raise_if_faulty()
    assert np.isfinite([float(v) for v in logs.values()]).all()


def edits(model, reward):
    """Acts once in the family's environment, as DQN and PPO do."""
    if isinstance(model, SequenceGenerator):
        return acts(TokenGeneration(LENGTH, reward, model))
    decode, latent_dim = getattr(model, "decode", model), LATENT_DIM
    if isinstance(model, RealNVP):
        latent_dim = int(np.prod(IMAGE))
        images = lambda z: tf.reshape(z, (-1, *IMAGE))  # noqa: E731
        labels = lambda z: tf.ones(z.shape[:1], tf.int32)  # noqa: E731
        if model.has_condition:
            decode = lambda z: model.decode(images(z), labels(z))  # noqa: E731
        else:
            decode = lambda z: model.decode(images(z))  # noqa: E731
    elif model.has_condition and not isinstance(model, PixelCNN):
        ones = lambda z: tf.ones(z.shape[:1], tf.int32)  # noqa: E731
        if isinstance(model, GAN):
            decode = lambda z: model([z, ones(z)])  # noqa: E731
        else:
            decode = lambda z: model.decode(z, ones(z))  # noqa: E731
    return acts(LatentEditing(decode, latent_dim, reward))


def acts(environment):
    state = environment.reset((0, 1), 2)
    _, result = environment.step(state, tf.constant([0, 1]), (0, 2))
    assert np.isfinite(result.reward).all()


def results(name):
    """Returns the mark of `fit`, and `{reward: {learner: mark}}`."""
    model = GENERATORS[name]()
    own = model_by_reward(model)
    make_tuner = functools.cache(lambda: RewardTuner(model, seed=0))
    data = training_data(model)
    table = {}
    for reward_name, make in REWARDS.items():
        reward = functools.partial(make, model.sample_shape)
        row = {
            name: mark(lambda: tunes(make_tuner(), algorithm, reward()))  # noqa: B023
            for name, algorithm in ALGORITHMS.items()
        }
        row["own"] = mark(lambda: learns(own, data, reward()))  # noqa: B023
        row["agent"] = mark(lambda: edits(model, reward()))  # noqa: B023
        table[reward_name] = row
    return mark(lambda: fits(model)), table


def section(name, fit, table):
    """Returns the section of a generator."""
    heads = ("reward", *(f"`{name}`" for name in ALGORITHMS), "own", "agent")
    lines = [f"## {name}", "", f"Its own `fit`: {shown(fit)}.", ""]
    lines += [row_of(heads), row_of(["---"] * len(heads))]
    for reward, row in table.items():
        lines.append(row_of([reward, *(shown(row[learner]) for learner in LEARNERS)]))
    return "\n".join(lines) + "\n"


def shown(mark):
    return mark if mark == "yes" else f"no ({mark})"


def row_of(cells):
    return f"| {' | '.join(cells)} |"


def page(tables):
    reasons = "\n".join(f"- ({k}) {text}" for k, (_, text) in REASONS.items())
    sections = "\n".join(section(name, *found) for name, found in tables.items())
    return INTRODUCTION + reasons + "\n\n" + sections


def committed_section(name):
    """Returns the committed section of a generator."""
    pattern = rf"^## {re.escape(name)}\n.*?(?=^## |\Z)"
    found = re.search(pattern, PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return found.group().rstrip() + "\n" if found else ""


INTRODUCTION = """# Supported combinations

Tests check every cell of these tables.

The learning algorithms:

- `reinforce`, `rloo`, `ppo` and `grpo`: the algorithms of `RewardTuner`, see
  [Reward tuning](guides/reward_tuning.md);
- own: the family's own training by reward, `ReinforceGAN` for GANs, `RLVAE` for
  autoencoders and `SequenceGAN` for sequences, with the same networks;
- agent: a step of `LatentEditing`, the environment in which agents such as `DQN` and
  `PPO` move latents; or of `TokenGeneration`, in which they choose tokens. They train
  in the tests of the environments.

Unsupported combinations raise an error:

"""

if __name__ == "__main__":
    PAGE.write_text(page({name: results(name) for name in GENERATORS}), "utf-8")
