"""Gives wrong values to every kind of argument, and counts what comes of it.

    python -m benchmarks.bad_inputs

Each call in `CALLS` is valid; then one argument at a time takes values of a wrong kind:
strings for numbers, fractions for counts, NaN, numbers beyond the range, numbers for
networks. Calls in `OTHERS` are wrong as a whole. An outcome is

- `clear`: an error that this package raises itself, and no accident of Python such as
  an `AttributeError`;
- `obscure`: an error from further down;
- `silent`: none;
- `endless`: nothing after a minute.
"""

import collections
import json
import os
import pathlib
import signal
import tempfile
import traceback

import recipes  # noqa: F401  (quiet start-up)

# isort: split
import keras
import numpy as np
import tensorflow as tf
from absl import app, flags
from keras import layers

import keras_rlgen as rlgen
from keras_rlgen.whole_files import write_text

FLAGS = flags.FLAGS
flags.DEFINE_string("only", "", "Word that a call has to contain, for a part.")
flags.DEFINE_string("output", "outputs/bad_inputs.json", "File to write.")

NAN, INF = float("nan"), float("inf")
ACCIDENTS = (AttributeError, KeyError, IndexError, AssertionError, NameError)
PACKAGE = os.path.dirname(rlgen.__file__)
FOLDER = pathlib.Path(tempfile.mkdtemp())

COUNT = ("2", 1.5, -1, NAN, [2], True)
POSITIVE_COUNT = (*COUNT, 0)
NUMBER = ("0.5", NAN, [0.5], {}, True)
POSITIVE = (*NUMBER, -1.0)
SHARE = (*POSITIVE, 1.5)
SEED = ("x", 1.5, 2**70, [1, 2])
NETWORK = (5, "network")

IMAGES = np.random.default_rng(0).uniform(-1.0, 1.0, (32, 4, 4, 1)).astype("float32")
UNIT = (IMAGES + 1.0) / 2.0
POINTS = np.random.default_rng(1).normal(size=(32, 2)).astype("float32")
LABELS = np.arange(32) % 3


def network(size, outputs, activation=None, shape=None):
    shape_layers = [] if shape is None else [layers.Reshape(shape)]
    size = size if isinstance(size, tuple) else (size,)
    return keras.Sequential(
        [
            layers.Input(size),
            layers.Flatten(),
            layers.Dense(outputs, activation=activation),
            *shape_layers,
        ]
    )


def generator():
    return network(4, 16, "tanh", (4, 4, 1))


def discriminator():
    return network((4, 4, 1), 1)


def gan(**options):
    arguments = {
        "generator": generator(),
        "discriminator": discriminator(),
        "latent_dim": 4,
    }
    return rlgen.GAN(**{**arguments, **options})


def vae(**options):
    arguments = {
        "encoder": network((4, 4, 1), 4),
        "decoder": network(2, 16, None, (4, 4, 1)),
        "latent_dim": 2,
    }
    return rlgen.VAE(**{**arguments, **options})


def flow(**options):
    arguments = {"flow": rlgen.models.vector_flow(2, 2, units=4), "sample_shape": (2,)}
    return rlgen.RealNVP(**{**arguments, **options})


def pixels(**options):
    arguments = {"image_shape": (4, 4, 1), "num_levels": 3, "filters": 4}
    return rlgen.models.GatedPixelCNN(**{**arguments, "num_blocks": 1, **options})


def dqn(**options):
    arguments = {
        "q_network": network(4, 2),
        "environment": rlgen.environments.CartPole(max_episode_steps=10),
        "warm_up_steps": 64,
        "replay_capacity": 1000,
    }
    return rlgen.agents.DQN(**{**arguments, **options})


def ppo(**options):
    environment = rlgen.environments.CartPole(max_episode_steps=10)
    arguments = {"actor": network(4, 2), "critic": network(4, 1)}
    return rlgen.agents.PPO(**{**arguments, "environment": environment, **options})


def sac(**options):
    inputs = [layers.Input((3,)), layers.Input((1,))]
    critic = keras.Model(inputs, layers.Dense(1)(layers.Concatenate()(inputs)))
    environment = rlgen.environments.Pendulum(max_episode_steps=10)
    arguments = {"actor": network(3, 2), "critic": critic, "environment": environment}
    return rlgen.agents.SAC(**{**arguments, **options})


def compiled(model, **options):
    model.compile(jit_compile=False, **options)
    return model


def mean(samples):
    return tf.reduce_mean(samples, axis=[1, 2, 3])


def with_fit(make, data):
    return lambda **options: compiled(make()).fit(data, verbose=0, **options)


FIT = {
    "epochs": COUNT,
    "batch_size": POSITIVE_COUNT,
    "steps_per_epoch": POSITIVE_COUNT,
    "initial_epoch": COUNT,
    "validation_split": SHARE,
    "verbose": (7, "x"),
    "callbacks": (5, [5], [keras.callbacks.EarlyStopping]),
    "sample_weight": (np.ones(32),),
    "class_weight": ({0: 1.0},),
    "validation_data": ({"x": IMAGES}, (IMAGES, LABELS, np.ones(32))),
}
COMPILE = {
    "run_eagerly": ("no", 3),
    "jit_compile": ("no", 3),
    "steps_per_execution": POSITIVE_COUNT,
}
AGENT = {"seed": SEED, "num_environments": POSITIVE_COUNT}
OFF_POLICY = {
    **AGENT,
    "batch_size": POSITIVE_COUNT,
    "replay_capacity": (*POSITIVE_COUNT, 2, 2**40),
    "warm_up_steps": (*POSITIVE_COUNT, 10**7),
    "updates_per_step": POSITIVE,
    "collect_steps": POSITIVE_COUNT,
    "gamma": SHARE,
    "target_update_tau": (*SHARE, 0),
    "target_update_period": POSITIVE_COUNT,
}

# Valid calls, and the wrong values of each argument.
CALLS = {
    "GAN": (
        gan,
        {
            "latent_dim": POSITIVE_COUNT,
            "discriminator_steps": POSITIVE_COUNT,
            "packing": POSITIVE_COUNT,
            "ema_momentum": SHARE,
            "seed": SEED,
            "generator": (None, *NETWORK),
            "discriminator": (None, *NETWORK, network((4, 4, 1), 1, "sigmoid")),
        },
    ),
    "GAN.compile": (
        lambda **options: gan().compile(**options),
        {
            **COMPILE,
            "generator_optimizer": (None, 5, "x", keras.optimizers.Adam(-1.0)),
            "discriminator_optimizer": (keras.optimizers.Adam(NAN),),
            "loss": (5, "x"),
            "metrics": (5, "frechet_distance", ["x"]),
        },
    ),
    "GAN.fit": (with_fit(gan, IMAGES), FIT),
    "GAN.evaluate": (
        lambda **options: compiled(gan()).evaluate(IMAGES, verbose=0, **options),
        {"batch_size": POSITIVE_COUNT, "sample_weight": (np.ones(32),)},
    ),
    "GAN.generate": (
        lambda **options: gan().generate(**{"num_samples": 2, **options}),
        {
            "num_samples": (*POSITIVE_COUNT, 2**31, 2**70),
            "seed": SEED,
            "temperature": (*POSITIVE, 0.0),
            "condition": ([1, 2],),
        },
    ),
    "ReinforceGAN": (
        lambda **options: rlgen.ReinforceGAN(
            generator(), discriminator(), 4, **options
        ),
        {"samples_per_latent": POSITIVE_COUNT},
    ),
    "ReinforceGAN.compile": (
        lambda **options: rlgen.ReinforceGAN(generator(), discriminator(), 4).compile(
            **options
        ),
        {
            **COMPILE,
            "reward": (5j, "x", lambda x: None, lambda x: {"a": mean(x)}, lambda x: x),
            "adversarial_weight": SHARE,
            "entropy_weight": POSITIVE,
        },
    ),
    "VAE": (
        vae,
        {
            "latent_dim": POSITIVE_COUNT,
            "encoder": (None, *NETWORK),
            "decoder": (None, *NETWORK),
            "distribution": (5, "x"),
            "num_classes": (*POSITIVE_COUNT, 10),
            "seed": SEED,
        },
    ),
    "VAE.compile": (
        lambda **options: vae().compile(**options),
        {
            **COMPILE,
            "beta": (*POSITIVE, lambda step: 1.0),
            "free_bits": POSITIVE,
            "num_importance_samples": POSITIVE_COUNT,
            "optimizer": (5, "x", keras.optimizers.Adam(NAN)),
        },
    ),
    "RealNVP": (
        flow,
        {
            "flow": (None, *NETWORK),
            "num_levels": POSITIVE_COUNT,
            "value_range": (5, (1.0, 0.0), ("a", "b"), (0.0, NAN)),
            "alpha": SHARE,
            "seed": SEED,
        },
    ),
    "GatedPixelCNN": (
        pixels,
        {
            "image_shape": (4, (4, 4), (4, 4, 0), ("a", 4, 1)),
            "num_levels": POSITIVE_COUNT,
            "filters": POSITIVE_COUNT,
            "num_blocks": COUNT,
            "kernel_size": (*POSITIVE_COUNT, 2),
            "seed": SEED,
        },
    ),
    "PixelCNN": (
        lambda **options: rlgen.PixelCNN(**{"network": pixels(), **options}),
        {"network": (None, *NETWORK), "value_range": (5, (1.0, 0.0), "ab")},
    ),
    "vector_flow": (
        lambda **options: rlgen.models.vector_flow(**{"num_features": 2, **options}),
        {
            "num_features": POSITIVE_COUNT,
            "num_couplings": POSITIVE_COUNT,
            "units": POSITIVE_COUNT,
            "seed": SEED,
        },
    ),
    "RewardTuner.compile": (
        lambda **options: rlgen.RewardTuner(compiled(vae())).compile(
            **{"reward": "contrast", **options}
        ),
        {
            "reward": (None, 5j, "x", lambda x: None),
            "num_samples": POSITIVE_COUNT,
            "group_size": POSITIVE_COUNT,
            "kl_weight": POSITIVE,
            "entropy_weight": POSITIVE,
            "algorithm": (5, "x"),
        },
    ),
    "DQN": (
        dqn,
        {
            **OFF_POLICY,
            "epsilon": SHARE,
            "n_step": POSITIVE_COUNT,
            "loss": (5, "x"),
            "temperature": (*POSITIVE, 0.0),
            "q_network": (None, *NETWORK),
            "environment": (5, "NoSuch-v0"),
        },
    ),
    "DQN.compile": (lambda **options: dqn().compile(**options), COMPILE),
    "DQN.fit": (
        lambda **options: compiled(dqn()).fit(
            **{"verbose": 0, "steps_per_epoch": 64, **options}
        ),
        {
            "epochs": (*COUNT, IMAGES),
            "steps_per_epoch": POSITIVE_COUNT,
            "initial_epoch": COUNT,
            "validation_freq": (*NUMBER, 0.5, -1),
            "callbacks": (5, [5]),
            "verbose": (7,),
        },
    ),
    "DQN.evaluate": (
        lambda **options: dqn().evaluate(**{"verbose": 0, "episodes": 1, **options}),
        {"episodes": POSITIVE_COUNT, "seed": SEED, "max_steps": POSITIVE_COUNT},
    ),
    "DQN.predict": (
        lambda **options: dqn().predict(
            **{"observations": np.zeros((3, 4)), **options}
        ),
        {
            "observations": (None, np.zeros((0, 4)), np.full((3, 4), NAN), "x"),
            "batch_size": POSITIVE_COUNT,
        },
    ),
    "PPO": (
        ppo,
        {
            **AGENT,
            "steps_per_update": POSITIVE_COUNT,
            "epochs": POSITIVE_COUNT,
            "minibatch_size": (*POSITIVE_COUNT, 1),
            "clip_ratio": POSITIVE,
            "gamma": SHARE,
            "gae_lambda": SHARE,
            "entropy_weight": POSITIVE,
            "value_weight": POSITIVE,
            "value_clip": POSITIVE,
            "actor": (None, *NETWORK),
        },
    ),
    "SAC": (
        sac,
        {
            **OFF_POLICY,
            "initial_alpha": POSITIVE,
            "target_entropy": ("1", NAN),
            "actor": (None, *NETWORK),
            "critic": (None, *NETWORK),
        },
    ),
    "train_classifier": (
        lambda **options: rlgen.metrics.train_classifier(
            **{"images": IMAGES, "labels": LABELS, "training_steps": 1, **options}
        ),
        {
            "images": (IMAGES * NAN, IMAGES * 1e6, IMAGES[0], "x"),
            "labels": (LABELS / 2, LABELS[:3], "x"),
            "training_steps": POSITIVE_COUNT,
            "learning_rate": POSITIVE,
            "seed": (*SEED, -1),
        },
    ),
    "image_grid": (
        lambda **options: rlgen.callbacks.write_image_grid(
            FOLDER / "grid.png", **{"images": IMAGES[:4], **options}
        ),
        {
            "images": (IMAGES * NAN, IMAGES[:0], POINTS, "x"),
            "columns": POSITIVE_COUNT,
            "scale": POSITIVE_COUNT,
            "value_range": (5, (1.0, 1.0)),
        },
    ),
    "GridWorld": (
        lambda **options: rlgen.environments.GridWorld(**{"rows": ["SG"], **options}),
        {
            "rows": (None, 5, "SG", ["S#", "#G"], ["S."], [[1, 2]]),
            "max_episode_steps": POSITIVE_COUNT,
            "step_reward": NUMBER,
            "goal_reward": NUMBER,
        },
    ),
    "PixelGeneration": (
        lambda **options: rlgen.environments.PixelGeneration(
            **{
                "sample_shape": (2, 2, 1),
                "values": [0.0, 1.0],
                "reward": mean,
                **options,
            }
        ),
        {
            "sample_shape": (4, (), (2, 0, 1), "x"),
            "values": ([], [0.0], ["a", "b"], [0.0, NAN], 5),
            "gamma": SHARE,
            "blank": NUMBER,
            "reward": (5j, "x"),
        },
    ),
}
for _name, _class, _values in (
    ("Constant", lambda value: rlgen.rewards.Constant(value), NUMBER),
    ("Scaled", lambda value: rlgen.rewards.Scaled(mean, value), NUMBER),
    ("Product", lambda value: rlgen.rewards.Product(value), ([], 5, None)),
    ("Normalized", lambda value: rlgen.rewards.Normalized(mean, value), SHARE),
    ("MovingAverage", lambda value: rlgen.baselines.MovingAverage(value), SHARE),
    ("Critic", lambda value: rlgen.baselines.Critic(value), NETWORK),
    ("Normal", lambda value: rlgen.distributions.Normal(value), (*POSITIVE, 0.0, INF)),
    ("RandomMask", lambda value: rlgen.layers.RandomMask(size=value), SHARE),
    ("AffineCoupling", lambda value: rlgen.layers.AffineCoupling(value), NETWORK),
    ("SampleMonitor", lambda value: rlgen.callbacks.SampleMonitor("x", value), COUNT),
    ("StopAtReturn", lambda value: rlgen.callbacks.StopAtReturn(value), NUMBER),
    (
        "EpisodeRecorder",
        lambda value: rlgen.callbacks.EpisodeRecorder("x", max_steps=value),
        POSITIVE_COUNT,
    ),
    (
        "DiscreteAction",
        lambda value: rlgen.environments.DiscreteAction(value),
        POSITIVE_COUNT,
    ),
    (
        "ContinuousAction",
        lambda value: rlgen.environments.ContinuousAction(value, 1.0),
        ("a", NAN, 1.0, 2.0, [0.0, [1.0]]),
    ),
    (
        "PrecisionRecall",
        lambda value: rlgen.metrics.PrecisionRecall(neighbors=value),
        POSITIVE_COUNT,
    ),
    ("ReplayMixture", lambda value: rlgen.replay.Mixture(None, value), SHARE),
    (
        "LeaveOneOut",
        lambda value: rlgen.losses.leave_one_out_baseline(value),
        (np.zeros((4, 1)), 5.0),
    ),
):
    CALLS[_name] = (_class, {"value": _values})


def _random_file(name):
    path = FOLDER / name
    path.write_bytes(os.urandom(500))
    return path


OTHERS = {
    "fit of a dict": lambda: compiled(gan()).fit({"x": IMAGES}, verbose=0),
    "fit of batches": lambda: compiled(gan()).fit([IMAGES, IMAGES], verbose=0),
    "fit of NaN": lambda: compiled(gan()).fit(IMAGES * NAN, verbose=0),
    "fit of strings": lambda: compiled(gan()).fit(["a", "b"], verbose=0),
    "fit out of range": lambda: compiled(gan()).fit(IMAGES * 9.0, verbose=0),
    "fit of nothing": lambda: compiled(gan()).fit(IMAGES[:0], verbose=0),
    "fit with labels": lambda: compiled(gan()).fit(IMAGES, LABELS, verbose=0),
    "fit of a data set of dicts": lambda: compiled(gan()).fit(
        tf.data.Dataset.from_tensor_slices({"image": IMAGES}).batch(8), verbose=0
    ),
    "fit with weights in a data set": lambda: compiled(vae()).fit(
        tf.data.Dataset.from_tensor_slices((UNIT, LABELS, np.ones(32))).batch(8),
        verbose=0,
    ),
    "fit of an agent with samples": lambda: compiled(dqn()).fit(IMAGES),
    "encode of the wrong shape": lambda: flow().encode(np.zeros((4, 3))),
    "encode of None": lambda: vae().encode(None),
    "decode of NaN": lambda: vae().decode(np.full((4, 2), NAN)),
    "decode of the wrong shape": lambda: flow().decode(np.zeros((4, 3))),
    "log_prob with a condition": lambda: flow().log_prob(POINTS, LABELS),
    "a monitor of samples on an agent": lambda: compiled(dqn()).fit(
        callbacks=[rlgen.callbacks.SampleMonitor(FOLDER)], verbose=0
    ),
    "a recorder of episodes on a GAN": lambda: compiled(gan()).fit(
        IMAGES, callbacks=[rlgen.callbacks.EpisodeRecorder(FOLDER)], verbose=0
    ),
    "save as .h5": lambda: gan().save(FOLDER / "gan.h5"),
    "save to None": lambda: gan().save(None),
    "export to ''": lambda: gan().export(""),
    "export to None": lambda: dqn().export(None),
    "load of random bytes": lambda: rlgen.load_model(_random_file("bytes.keras")),
    "load of an agent from random bytes": lambda: rlgen.agents.DQN.load(
        _random_file("bytes.keras")
    ),
    "load of no file": lambda: rlgen.load_model(FOLDER / "nothing.keras"),
    "mnist of random bytes": lambda: rlgen.datasets.mnist(_random_file("bytes.npz")),
    "mnist of a number": lambda: rlgen.datasets.mnist(5),
    "a step from no state": lambda: rlgen.environments.CartPole().step(
        None, tf.constant([0]), (0, 1)
    ),
    "a step without an action": lambda: rlgen.environments.CartPole().step(
        rlgen.environments.CartPole().reset((0, 1), 1), None, (0, 1)
    ),
    "distance of strings": lambda: rlgen.metrics.frechet_distance("a", "b"),
    "distance of complex features": lambda: rlgen.metrics.frechet_distance(
        POINTS + 1j, POINTS
    ),
    "evaluation of None": lambda: rlgen.evaluation.evaluate_generator(
        gan(), None, IMAGES
    ),
    "a bound of two shapes": lambda: rlgen.losses.gaussian_kl(
        np.zeros((2, 3)), np.zeros((2, 4))
    ),
}


class Endless(BaseException):
    pass


def ring(*_):
    raise Endless


def outcome(call):
    """Returns what comes of a call, and what was said."""
    signal.alarm(60)
    try:
        said = repr(call())[:80]
    except Endless:
        return "endless", ""
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        last = traceback.extract_tb(error.__traceback__)[-1].filename
        accident = isinstance(error, ACCIDENTS) or "not supported between" in str(error)
        kind = "clear" if last.startswith(PACKAGE) and not accident else "obscure"
        return kind, f"{type(error).__name__}: {str(error)[:120]}"
    finally:
        signal.alarm(0)
    return "silent", said


def calls():
    """Yields names and wrong calls."""
    for name, (call, arguments) in CALLS.items():
        for argument, values in arguments.items():
            for value in values:
                shown = repr(value)[:40].replace("\n", " ")
                yield (
                    f"{name}({argument}={shown})",
                    lambda call=call, name=argument, value=value: call(**{name: value}),
                )
    yield from OTHERS.items()


def main(argv):
    del argv
    signal.signal(signal.SIGALRM, ring)
    counts, others = collections.Counter(), []
    for name, call in calls():
        if FLAGS.only not in name:
            continue
        kind, said = outcome(call)
        counts[kind] += 1
        if kind != "clear":
            others.append((kind, name, said))
            print(f"{kind}\t{name}\t{said}", flush=True)
    total = sum(counts.values())
    print(f"{counts['clear']} of {total} clear: {dict(counts)}")
    results = {"total": total, **counts, "not clear": others}
    write_text(FLAGS.output, json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    app.run(main)
