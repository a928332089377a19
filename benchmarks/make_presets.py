"""Trains the presets of keras_rlgen/presets, and writes their files and cards.

    python -m benchmarks.make_presets                 # all of them
    python -m benchmarks.make_presets digits_vae      # this one

Each is trained with seed 0, measured beside controls, and written as `<name>.keras`
and `<name>.md`.
"""

import json
import pathlib
import sys
import zipfile

import keras
from keras import layers

import keras_rlgen as rlgen

FOLDER = pathlib.Path(rlgen.__file__).parent / "presets"
DIGITS = (
    "UCI's handwritten digits as scikit-learn has them, 8 x 8 pixels; the 1,437 of "
    "`keras_rlgen.datasets.digits()` for training, 360 held out for the scores."
)
LICENCE = "Apache-2.0, as the package; the digits are CC BY 4.0 (UCI)."
ADDED = "input_axes", "output_axes"  # See `write_for_older_keras`.
SCORES = "frechet_distance", "precision", "recall", "two_sample_accuracy"


def network(inputs, *units, outputs, shape=None, activation=None):
    """Returns a perceptron."""
    stack = [layers.Input(inputs), layers.Flatten()]
    stack += [layers.Dense(count, activation="relu") for count in units]
    stack.append(layers.Dense(outputs, activation=activation))
    if shape is not None:
        stack.append(layers.Reshape(shape))
    return keras.Sequential(stack)


def scores_of(model, train, held_out, names=SCORES):
    """Returns an evaluation's table with these scores alone."""
    extract = rlgen.metrics.feature_extractor("digits")
    low, high = model.value_range

    def features(images):
        return extract((images - low) / (high - low) * 2.0 - 1.0)

    table = rlgen.evaluation.evaluate_generator(
        model, train, held_out, features=features, verbose=0
    )
    kept = {name: table[name] for name in names}
    real = {name: table.real[name] for name in names if name in table.real}
    return rlgen.evaluation.EvaluationTable(kept, real)


def digits_vae():
    (train, _), (held_out, _) = rlgen.datasets.digits()
    train, held_out = (train + 1.0) / 2.0, (held_out + 1.0) / 2.0

    def make():
        keras.utils.set_random_seed(0)
        vae = rlgen.VAE(
            network((8, 8, 1), 128, outputs=16),
            network((8,), 128, outputs=64, shape=(8, 8, 1)),
            latent_dim=8,
            seed=0,
        )
        vae.compile(keras.optimizers.Adam(1e-3), steps_per_execution=22)
        return vae

    names = "negative_log_likelihood_bound", *SCORES
    controls = {"untrained": scores_of(make(), train, held_out, names)}
    vae = make()
    vae.fit(train, epochs=300, batch_size=64, verbose=0)
    return vae, {
        "title": "Digits VAE",
        "description": "Generates, encodes and decodes digits, with pixels in [0, 1].",
        "data": f"{DIGITS} Pixels were scaled to [0, 1]. 300 epochs.",
        "scores": scores_of(vae, train, held_out, names),
        "controls": controls,
        "seeds": 0,
        "limits": "Digits alone, blurred and less varied than real ones: see the "
        "recall. One seed was trained.",
        "licence": LICENCE,
    }


def digits_reinforce_gan():
    (train, _), (held_out, _) = rlgen.datasets.digits()
    epochs, batch_size = 300, 64
    num_updates = epochs * -(-len(train) // batch_size)

    def make(kind, **options):
        keras.utils.set_random_seed(0)
        return kind(
            network((16,), 128, 128, outputs=64, shape=(8, 8, 1), activation="tanh"),
            network((8, 8, 1), 128, 64, outputs=1),
            latent_dim=16,
            ema_momentum=0.99,
            seed=0,
            **options,
        )

    def fit(gan, **options):
        gan.compile(
            keras.optimizers.Adam(1e-3, beta_1=0.5),
            keras.optimizers.Adam(3e-4, beta_1=0.5),
            loss=rlgen.losses.NonSaturating(penalty=rlgen.losses.R1Penalty(0.1)),
            steps_per_execution=23,
            **options,
        )
        gan.fit(train, epochs=epochs, batch_size=batch_size, verbose=0)
        return scores_of(gan, train, held_out)

    scale = keras.optimizers.schedules.ExponentialDecay(0.3, num_updates, 1 / 3)
    policy = {
        "distribution": rlgen.distributions.Normal(scale),
        "samples_per_latent": 8,
    }
    gan = make(rlgen.ReinforceGAN, **policy)
    table = fit(gan, reward=rlgen.rewards.Discriminator(), baseline="rloo")
    shuffled = rlgen.rewards.Shuffled(rlgen.rewards.Discriminator(), 0)
    control = make(rlgen.ReinforceGAN, **policy)
    controls = {
        "reward shuffled": fit(control, reward=shuffled, baseline="rloo"),
        "plain GAN": fit(make(rlgen.GAN)),
    }
    return gan, {
        "title": "Digits ReinforceGAN",
        "description": "Generates digits, with pixels in [-1, 1]. No gradient passed "
        "through the discriminator: the generator is a policy, trained by REINFORCE.",
        "data": f"{DIGITS} {epochs} epochs.",
        "scores": table,
        "controls": controls,
        "seeds": 0,
        "limits": "Digits alone. A plain GAN follows the gradient of its "
        "discriminator: compare the scores. One seed was trained.",
        "licence": LICENCE,
    }


def cartpole_ppo():
    keras.utils.set_random_seed(0)

    def mlp(outputs):
        return keras.Sequential(
            [
                layers.Input((4,)),
                layers.Dense(64, activation="tanh"),
                layers.Dense(64, activation="tanh"),
                layers.Dense(outputs),
            ]
        )

    agent = rlgen.agents.PPO(
        actor=mlp(2),
        critic=mlp(1),
        environment=rlgen.environments.CartPole(),
        num_environments=8,
        seed=0,
    )
    agent.compile(keras.optimizers.Adam(1e-3, global_clipnorm=0.5))
    untrained = agent.evaluate(episodes=100, seed=1, verbose=0)
    agent.fit(
        epochs=40,
        steps_per_epoch=512,
        validation_freq=1,
        verbose=0,
        callbacks=[rlgen.callbacks.StopAtReturn(490.0, evaluations=2)],
    )
    names = "mean_return", "return_low", "return_high", "episodes"
    scores = agent.evaluate(episodes=100, seed=1, verbose=0)
    return agent, {
        "title": "CartPole PPO",
        "description": "Balances the pole of CartPole-v1, of at most 500 steps.",
        "data": "What it met in `keras_rlgen.environments.CartPole()`.",
        "scores": {name: scores[name] for name in names},
        "controls": {"untrained": {name: untrained[name] for name in names}},
        "seeds": 0,
        "limits": "Scores are those of its own environment. One seed was trained.",
        "licence": "Apache-2.0, as the package.",
    }


def write_for_older_keras(path):
    """Drops from a file what Keras 3.14 added to the configs of initializers.

    Colab has Keras 3.13, which does not read these entries. Both are without a value.
    """
    with zipfile.ZipFile(path) as file:
        parts = {info: file.read(info) for info in file.infolist()}
    with zipfile.ZipFile(path, "w") as file:
        for info, content in parts.items():
            if info.filename == "config.json":
                content = json.dumps(without(json.loads(content), ADDED)).encode()
            file.writestr(info, content)


def without(config, names):
    """Returns a config without these entries, whose values are `None`."""
    if isinstance(config, list):
        return [without(value, names) for value in config]
    if not isinstance(config, dict):
        return config
    return {
        key: without(value, names)
        for key, value in config.items()
        if key not in names or value is not None
    }


MAKERS = {f.__name__: f for f in (digits_vae, digits_reinforce_gan, cartpole_ppo)}


def main(names):
    """Trains the presets of these names, or all."""
    for name in names or MAKERS:
        model, card = MAKERS[name]()
        model.save(FOLDER / f"{name}.keras")
        write_for_older_keras(FOLDER / f"{name}.keras")
        print(rlgen.evaluation.model_card(model, FOLDER / f"{name}.md", **card))
        size = (FOLDER / f"{name}.keras").stat().st_size
        print(f"{name}: {size:,} bytes", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
