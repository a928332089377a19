"""The calls of `benchmarks.bad_inputs`: valid ones, wrong values, wrong calls."""

import os

import keras
import numpy as np
import tensorflow as tf

import keras_rlgen as rlgen
from benchmarks.bad_input_models import (
    AGENT,
    COMPILE,
    COUNT,
    FIT,
    FOLDER,
    IMAGES,
    INF,
    LABELS,
    NAN,
    NETWORK,
    NUMBER,
    OFF_POLICY,
    POINTS,
    POSITIVE,
    POSITIVE_COUNT,
    SEED,
    SHARE,
    UNIT,
    compiled,
    discriminator,
    dqn,
    flow,
    gan,
    generator,
    mean,
    network,
    pixels,
    ppo,
    sac,
    vae,
    with_fit,
)

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
            "generator_optimizer": (5, "x", keras.optimizers.Adam(-1.0)),
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
