"""Calls that are wrong as a whole, of all folders, for `benchmarks.bad_inputs`."""

import functools

import keras
import numpy as np
import tensorflow as tf
from keras import layers

import keras_rlgen as rlgen
from benchmarks.bad_input_models import (
    FOLDER,
    IMAGES,
    LABELS,
    NAN,
    POINTS,
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
)

CART_POLE = rlgen.environments.CartPole(max_episode_steps=10)
TOKENS = np.random.default_rng(0).integers(0, 5, (32, 4)).astype("int32")
MELODY = rlgen.music.MelodyEncoding()
CHORALE = rlgen.music.ChoraleEncoding()
CHARACTERS = rlgen.text.CharacterTokenizer("abc")
DEGRADED = np.zeros((2, 4, 4, 2), "float32")


def fit(make, data, *args, **options):
    return lambda: compiled(make()).fit(data, *args, verbose=0, **options)


def data_set(*parts):
    parts = parts[0] if len(parts) == 1 else parts
    return tf.data.Dataset.from_tensor_slices(parts).batch(8)


def file(name, content=b"text"):
    path = FOLDER / name
    path.write_bytes(content)
    return path


def sequences(**options):
    backbone = rlgen.models.RecurrentBackbone(5, units=4)
    return rlgen.SequenceGenerator(backbone, **{"length": 4, **options})


def sequence_gan(**options):
    judge = rlgen.models.recurrent_discriminator(5, 4, units=4, embedding_dim=4)
    return rlgen.SequenceGAN(
        **{
            "generator": sequences(),
            "discriminator": judge,
            **options,
        }
    )


def two_inputs(first, second, outputs, shape=None):
    inputs = [layers.Input(first), layers.Input(second)]
    joined = layers.Concatenate()([layers.Flatten()(x) for x in inputs])
    result = layers.Dense(outputs, "tanh" if shape else None)(joined)
    return keras.Model(inputs, layers.Reshape(shape)(result) if shape else result)


def restoring_gan(**options):
    arguments = {
        "generator": two_inputs((2,), (4, 4, 2), 16, (4, 4, 1)),
        "discriminator": two_inputs((4, 4, 1), (4, 4, 2), 1),
        "latent_dim": 2,
        "corruption": rlgen.layers.RandomMask("square"),
    }
    return rlgen.RestoringGAN(**{**arguments, **options})


def reinforce_gan(**options):
    return rlgen.ReinforceGAN(generator(), discriminator(), 4, **options)


def dqn_gan(**options):
    options = {"num_environments": 2, "replay_capacity": 100, **options}
    return rlgen.DQNGAN(generator(), discriminator(), latent_dim=4, **options)


def rl_vae(**options):
    encoder, decoder = network((4, 4, 1), 4), network(2, 16, None, (4, 4, 1))
    return rlgen.RLVAE(encoder, decoder, 2, **options)


def tune(model=None, **options):
    tuner = rlgen.RewardTuner(compiled(vae()) if model is None else model)
    tuner.compile(**{"reward": "contrast", "num_samples": 8, **options})
    return tuner.fit(steps_per_epoch=2, verbose=0)


def steps(**options):
    rows = {
        "observations": np.zeros((12, 4), "float32"),
        "actions": np.zeros(12, "int64"),
        "rewards": np.ones(12, "float32"),
        "terminated": np.arange(12) == 11,
        "truncated": np.zeros(12, bool),
    }
    return rlgen.Experience.from_arrays(**{**rows, **options})


@functools.cache
def recorded():
    return compiled(dqn(seed=0)).record(episodes=6)


def world(**options):
    options = {"dynamics": "deterministic", "hidden": (8,), "horizon": 10, **options}
    return rlgen.WorldModel(rlgen.agents.specs_of(CART_POLE), **options)


def train_world(experience, **options):
    return compiled(world()).fit(experience, steps_per_epoch=2, verbose=0, **options)


def sweep(**options):
    arguments = {
        "train": lambda config, folder: {"score": 1.0},
        "folder": FOLDER / "sweep",
        "grid": {"rate": [1.0]},
    }
    return rlgen.tuning.Sweep(**{**arguments, **options})


def monitored(callback, make=gan, data=IMAGES):
    return fit(make, data, callbacks=[callback])


WHOLES = {}
for _name, _make, _data in (
    ("GAN", gan, IMAGES),
    ("VAE", vae, UNIT),
    ("flow", flow, POINTS),
    ("PixelCNN", lambda: rlgen.PixelCNN(pixels()), np.round(2.0 * UNIT) / 2.0),
    ("SequenceGenerator", sequences, TOKENS),
):
    _wide = np.concatenate([_data, _data], axis=1)
    WHOLES |= {
        f"{_name}: fit of one sample without its axis": fit(_make, _data[0]),
        f"{_name}: fit of objects": fit(_make, _data.astype(object)),
        f"{_name}: fit of complex numbers": fit(_make, _data.astype("complex64")),
        f"{_name}: fit of a class": fit(_make, np.ndarray),
        f"{_name}: fit of an iterator": fit(_make, iter([_data])),
        f"{_name}: fit without an end": fit(_make, data_set(_data).repeat()),
        f"{_name}: fit of no batch": fit(
            _make, data_set(_data).filter(lambda x: False)
        ),
        f"{_name}: fit of four parts": fit(_make, data_set(*[_data] * 4)),
        f"{_name}: fit of another width": fit(_make, _wide),
        f"{_name}: validation of another width": fit(
            _make, _data, validation_data=_wide
        ),
        f"{_name}: validation of a string": fit(_make, _data, validation_data="x"),
        f"{_name}: labels without classes": fit(_make, data_set(_data, LABELS)),
        f"{_name}: an unknown argument of fit": fit(_make, _data, epoch=3),
        f"{_name}: weights of another model": lambda make=_make: (
            network(4, 2).save_weights(FOLDER / "other.weights.h5"),
            make().load_weights(FOLDER / "other.weights.h5"),
        ),
        f"{_name}: saved below a file": lambda make=_make: make().save(
            file("plain") / "model.keras"
        ),
    }
WHOLES |= {
    "a split of one sample": fit(gan, IMAGES[:1], validation_split=0.5),
    "masked samples": fit(gan, np.ma.masked_greater(IMAGES, 0.0)),
    "swapped networks": lambda: rlgen.GAN(discriminator(), generator(), 4),
    "a metric of Keras": lambda: gan().compile(metrics=[keras.metrics.Mean()]),
    "the class of a loss": lambda: gan().compile(loss=rlgen.losses.Hinge),
    "the class of an optimizer": lambda: gan().compile(keras.optimizers.Adam),
    "logits of another shape": lambda: gan().judge_each(np.zeros((2, 7))),
    "load of a folder": lambda: rlgen.load_model(FOLDER),
    "a prefix of strings": lambda: sequences().generate(2, prefix="hello"),
    "the class of a backbone": lambda: rlgen.SequenceGenerator(
        rlgen.models.RecurrentBackbone, length=4
    ),
    # Models trained by reward.
    "the class of a reward": lambda: reinforce_gan().compile(
        reward=rlgen.rewards.Contrast
    ),
    "a reward of tokens for images": lambda: reinforce_gan().compile(
        reward=rlgen.text.Repetition(vocabulary_size=5)
    ),
    "a reward of images for tokens": lambda: tune(compiled(sequences())),
    "a reward of another size": lambda: reinforce_gan().compile(
        reward=rlgen.rewards.DistanceToTarget(np.zeros((8, 8, 1)))
    ),
    "a reward that is a mean": lambda: reinforce_gan().compile(reward=tf.reduce_mean),
    "the class of a baseline": lambda: reinforce_gan().compile(
        baseline=rlgen.baselines.LeaveOneOut
    ),
    "the class of an estimator": lambda: rl_vae().compile(
        estimator=rlgen.estimators.ScoreFunction
    ),
    "Q-learning without codes": lambda: rl_vae().compile(estimator="q_learning"),
    "a Q-network of another width": lambda: dqn_gan(q_network=network(3, 8)),
    "directions of another width": lambda: dqn_gan(directions=np.zeros((3, 9))),
    "an editor before it was trained": lambda: compiled(dqn_gan()).create(4),
    "a target without targets": lambda: dqn_gan(directions=np.eye(4)).create(
        4, target=3
    ),
    "a discriminator of images for tokens": lambda: sequence_gan(
        discriminator=discriminator()
    ),
    "the class of a credit": lambda: sequence_gan(credit=rlgen.credit.Rollout),
    "the class of a generator": lambda: rlgen.RewardTuner(rlgen.VAE),
    "the name of a generator": lambda: rlgen.RewardTuner("digits_vae"),
    "tuning a deterministic generator": lambda: tune(compiled(gan())),
    "groups that do not divide": lambda: tune(algorithm="grpo", group_size=3),
    "the class of an algorithm": lambda: tune(
        algorithm=rlgen.rl_models.ProximalPolicyOptimization
    ),
    "the class of a corruption": lambda: restoring_gan(
        corruption=rlgen.layers.RandomMask
    ),
    "no corruption": lambda: restoring_gan(corruption=None),
    "a corruption of another shape": lambda: restoring_gan(
        corruption=layers.GaussianNoise(0.1)
    ),
    "a weight that is text": lambda: restoring_gan().compile(
        reconstruction_weight="10"
    ),
    "a weight of a reward that is NaN": lambda: restoring_gan().compile(
        reward="contrast", reward_weight=NAN
    ),
    "restoring without a mask": lambda: restoring_gan().restore(IMAGES),
    "restoring NaN": lambda: restoring_gan().restore(DEGRADED * NAN),
    "restoring nothing": lambda: restoring_gan().restore(DEGRADED[:0]),
    # Agents and environments.
    "the class of an agent's environment": lambda: dqn(
        environment=rlgen.environments.CartPole
    ),
    "record in a class": lambda: dqn().record(
        episodes=1, environment=rlgen.environments.CartPole
    ),
    "play in a class": lambda: dqn().play(rlgen.environments.CartPole),
    "a session in a class": lambda: rlgen.play.PlaySession(rlgen.environments.CartPole),
    "a session of another environment": lambda: rlgen.play.PlaySession(
        CART_POLE, environment=rlgen.environments.Pendulum()
    ),
    "Remote of a class": lambda: rlgen.environments.Remote(
        rlgen.environments.CartPole, 2
    ),
    "Remote of None": lambda: rlgen.environments.Remote(None, 2),
    "Remote with resources as text": lambda: rlgen.environments.Remote(
        "CartPole-v1", 2, resources="gpu"
    ),
    "discrete actions for SAC": lambda: sac(environment=CART_POLE),
    "continuous actions for DQN": lambda: dqn(
        environment=rlgen.environments.Pendulum()
    ),
    "one network as actor and critic": lambda: (
        lambda same: ppo(actor=same, critic=same)
    )(network(4, 1)),
    "predict of complex numbers": lambda: dqn().predict(np.zeros((3, 4), complex)),
    "fit of an array as experience": lambda: compiled(dqn()).fit(experience=POINTS),
    "record of both counts": lambda: dqn().record(episodes=1, steps=4),
    "evaluate elsewhere": lambda: dqn().evaluate(
        environment=rlgen.environments.Pendulum(), episodes=1
    ),
    "load of another agent": lambda: (
        ppo().save(FOLDER / "ppo.keras"),
        rlgen.agents.DQN.load(FOLDER / "ppo.keras"),
    ),
    "images without their labels": lambda: rlgen.environments.Classification(
        IMAGES, LABELS[:3]
    ),
    "starts of another shape": lambda: rlgen.environments.GivenStarts(
        CART_POLE, np.zeros((3, 7))
    ),
    # Experience and world models.
    "observations that are NaN": lambda: steps(observations=np.full((12, 4), NAN)),
    "fewer actions": lambda: steps(actions=np.zeros(3, "int64")),
    "rewards in a column": lambda: steps(rewards=np.ones((12, 1))),
    "episodes that are numbers": lambda: rlgen.Experience.from_episodes([1, 2]),
    "experience from text": lambda: rlgen.Experience.load(file("log.npz")),
    "experience of no number": lambda: recorded().split("0.5"),
    "windows longer than episodes": lambda: recorded().windows(1000),
    "joining nothing": lambda: rlgen.Experience.concatenate([]),
    "a world of a class": lambda: rlgen.WorldModel(rlgen.environments.CartPole),
    "unknown dynamics": lambda: world(dynamics="linear"),
    "a world of an array": lambda: train_world(POINTS),
    "a world of a class of experience": lambda: train_world(rlgen.Experience),
    "sequences of no step": lambda: train_world(recorded(), window=0),
    "a dream before training": lambda: world().imagine(),
    # Music and text.
    "a pitch that is text": lambda: MELODY.encode([[rlgen.music.Note("C4", 0, 1)]]),
    "a voice too few": lambda: CHORALE.encode([[rlgen.music.Note(60, 0, 1)]]),
    "tokens that are floats": lambda: MELODY.decode(np.zeros(8)),
    "no MIDI file": lambda: rlgen.music.read_midi(FOLDER / "none.mid"),
    "text as a MIDI file": lambda: rlgen.music.read_midi(file("text.mid")),
    "text as chorales": lambda: rlgen.music.jsb_chorales(file("x.json"), CHORALE, 16),
    "an unknown key": lambda: rlgen.music.InKey(CHORALE, key="H dur"),
    "the class of an encoding": lambda: rlgen.music.InKey(rlgen.music.ChoraleEncoding),
    "a voice that is not there": lambda: rlgen.music.NoteDensity(CHORALE, voice=9),
    "a vocabulary of pairs": lambda: rlgen.text.CharacterTokenizer(["ab", "c"]),
    "unknown characters": lambda: CHARACTERS.tokenize("xyz"),
    "text too long": lambda: CHARACTERS.encode(["aaaa"], length=2),
    "text as a tokenizer": lambda: rlgen.text.load_tokenizer(file("tokens.json")),
    "productions that are lists": lambda: rlgen.text.ContextFreeGrammar(
        {"S": [["a", "S"]]}
    ),
    "the class of a language model": lambda: rlgen.text.Likelihood(
        rlgen.SequenceGenerator
    ),
    "a text of another hash": lambda: rlgen.text.read(file("a.txt"), file_hash="0"),
    # Sweeps, callbacks, evaluation, presets, rewards.
    "a sweep of a function without a folder": lambda: sweep(train=lambda config: {}),
    "a sweep in None": lambda: sweep(folder=None),
    "a sweep over text": lambda: sweep(grid={"optimizer": "adam"}),
    "a sweep below a file": lambda: sweep(folder=file("plain") / "sweep").run(),
    "an unknown preset": lambda: rlgen.presets.load("mnist"),
    "a preset's path": lambda: rlgen.presets.load("../digits_vae"),
    "the class of a callback": monitored(rlgen.callbacks.SampleMonitor),
    "a monitor of edits on a GAN": monitored(rlgen.callbacks.EditMonitor(FOLDER)),
    "a monitor with NaN": monitored(rlgen.callbacks.StabilityMonitor(IMAGES * NAN)),
    "a monitor with text": monitored(rlgen.callbacks.StabilityMonitor("held out")),
    "pictures in a file": lambda: monitored(
        rlgen.callbacks.SampleMonitor(file("plain"))
    )(),
    "evaluation of a class": lambda: rlgen.evaluation.evaluate_generator(
        rlgen.GAN, IMAGES, IMAGES
    ),
    "evaluation out of range": lambda: rlgen.evaluation.evaluate_generator(
        gan(), 9.0 * IMAGES, IMAGES
    ),
    "features of another shape": lambda: rlgen.evaluation.evaluate_generator(
        gan(), IMAGES, IMAGES, features="digits"
    ),
    "restorations without names": lambda: rlgen.evaluation.compare_restorations(
        [restoring_gan()], IMAGES, IMAGES
    ),
    "a fill of another size": lambda: rlgen.evaluation.mean_fill(
        DEGRADED, np.zeros((3, 8, 8, 1))
    ),
    "a likelihood of a GAN": lambda: rlgen.rewards.Realism(gan()),
    "a goal of another shape": lambda: rlgen.rewards.GoalImage(
        vae(), np.zeros((9, 9, 1))
    ),
    "a reward times a class": lambda: rlgen.rewards.Contrast() * rlgen.rewards.Contrast,
    "one network twice": lambda: (
        lambda same: rlgen.rewards.RandomNetworkDistillation(same, same)
    )(network(4, 2)),
    "an exported class": lambda: rlgen.rewards.export_reward(
        rlgen.rewards.Contrast, FOLDER / "reward", IMAGES
    ),
    "a penalty that is text": lambda: rlgen.losses.R1Penalty("1"),
    "pixels of generated NaN": lambda: rlgen.environments.PixelGeneration(
        (2, 2, 1), [0.0, 1.0], reward=mean, blank=NAN
    ),
    "scaled advantages, perhaps": lambda: reinforce_gan().compile(
        scale_advantages="yes"
    ),
    "an unfinished label": lambda: rlgen.rewards.ClassifierConfidence(
        network((4, 4, 1), 3), label=1.5
    ),
    "edits that go nowhere": lambda: rlgen.DQNGAN(
        generator(), discriminator(), latent_dim=4, directions=np.zeros((3, 4))
    ),
    "true as the number of targets": lambda: rlgen.DQNGAN(
        generator(), discriminator(), latent_dim=4, targets=True
    ),
    "observed samples, perhaps": lambda: rlgen.DQNGAN(
        generator(), discriminator(), latent_dim=4, observe_samples="yes"
    ),
    "a GAN as the oracle": lambda: sequence_gan().compile(reference=gan()),
    "starts of NaN": lambda: rlgen.environments.GivenStarts(
        CART_POLE, np.full((2, 4), NAN)
    ),
    "a screen for a class": lambda: rlgen.environments.NoisyScreen(
        rlgen.environments.CartPole
    ),
    "a class to sample from": lambda: rlgen.replay.Mixture(rlgen.experience.Experience),
    "numbers as experiences": lambda: rlgen.experience.Experience.concatenate([1, 2]),
    "a spec of negative size": lambda: rlgen.experience.ArraySpec((-1,)),
    "a spec of numbers": lambda: rlgen.experience.TransitionCodec(5, 5),
    "an action out of range": lambda: CART_POLE.step(
        CART_POLE.reset((0, 1), 2), tf.constant([5, 0]), (0, 1)
    ),
    "known pixels of NaN": lambda: rlgen.layers.mask_images(
        NAN * np.ones((2, 4, 4, 1)), np.ones((4, 4))
    ),
}
