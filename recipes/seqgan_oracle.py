"""SeqGAN's oracle: does a discriminator improve a generator, or make it repeat itself?

An LSTM with fixed random weights, the oracle, writes sequences. A generator learns them
by likelihood, with early stopping. Then it goes on: by a discriminator (`SequenceGAN`),
and, as controls, by a constant reward and by a random one. The oracle's likelihood of
what is generated is the quality; the generator's of held-out sequences, the diversity.
The constant reward improves the quality too, by repetition, and so does a lower
temperature without any training. So all are drawn as frontiers over temperature.

    python -m recipes.seqgan_oracle

`--oracle=weights.npz` takes the weights of SeqGAN's own oracle (5,000 tokens), with
`--num_sequences=10000`, which takes half an hour. Writes to --output:
`frontier.png`, `scores.json` and `sequence_gan.keras`.
"""

import json
import pathlib

import keras
import numpy as np
import tensorflow as tf
from absl import app, flags

import keras_rlgen as rlgen
from keras_rlgen import credit, evaluation, rewards

FLAGS = flags.FLAGS
flags.DEFINE_string("oracle", None, "File of the oracle's weights; random by default.")
flags.DEFINE_integer("vocabulary_size", 200, "Tokens of a random oracle.")
flags.DEFINE_integer("num_sequences", 4000, "Sequences to learn from, and held out.")
flags.DEFINE_integer("epochs", 30, "Most passes over them by likelihood.")
flags.DEFINE_float("learning_rate", 1e-2, "For training by likelihood.")
flags.DEFINE_enum(
    "credit", "rollout", ["rollout", "critic", "per_step"], "Credit of tokens."
)
flags.DEFINE_integer("num_rollouts", 4, "Rollouts of each prefix.")
flags.DEFINE_float("likelihood_weight", 0.0, "Of the likelihood, beside the reward.")
flags.DEFINE_integer("updates", 200, "Updates by a discriminator or a reward.")
flags.DEFINE_integer("discriminator_steps", 2, "Discriminator's for each of these.")
flags.DEFINE_integer("warmup_steps", 200, "Discriminator's before these.")
flags.DEFINE_float("rate", 1e-3, "Learning rate of these updates.")
flags.DEFINE_float("discriminator_rate", 5e-4, "Learning rate of the discriminator.")
flags.DEFINE_list(
    "temperatures", ["1.0", "0.9", "0.8", "0.7", "0.6"], "Of the frontier."
)
flags.DEFINE_integer("seed", 0, "Seed of weights, samples and data order.")
flags.DEFINE_string("output", "outputs/seqgan_oracle", "Folder to write to.")

LENGTH, UNITS = 20, 32


def make_oracle(path=None, vocabulary_size=5000, seed=0):
    """Returns the oracle: an LSTM whose weights are standard normal numbers.

    Args:
        path: Path of an `.npz` file with the weights of SeqGAN's oracle, or `None` for
            random ones.
        vocabulary_size: Integer, of random weights.
        seed: Integer, of random weights and of sampling.
    """
    random = np.random.default_rng(seed)
    if path is None:
        shapes = {
            f"{w}{g}": (UNITS, UNITS) for w in "WU" for g in ("i", "f", "og", "c")
        }
        shapes |= {f"b{g}": (UNITS,) for g in ("i", "f", "og", "c")}
        shapes |= {"embeddings": (vocabulary_size, UNITS)}
        shapes |= {"Wo": (UNITS, vocabulary_size), "bo": (vocabulary_size,)}
        weights = {name: random.normal(size=shape) for name, shape in shapes.items()}
    else:
        with np.load(path, allow_pickle=False) as file:
            weights = dict(file)
    # Keras' order of the gates: input, forget, candidate, output.
    gates = {
        kind: np.concatenate([weights[f"{kind}{g}"] for g in ("i", "f", "c", "og")], -1)
        for kind in "WUb"
    }
    embeddings = np.pad(weights["embeddings"], [[0, 1], [0, 0]])
    oracle = make_generator(seed, len(weights["bo"]), "oracle")
    oracle.backbone.set_weights(
        [embeddings, gates["W"], gates["U"], gates["b"], weights["Wo"], weights["bo"]]
    )
    return oracle


def make_generator(seed, vocabulary_size=5000, name="generator"):
    """Returns a generator of the oracle's size, with weights from N(0, 0.1)."""
    random = np.random.default_rng(seed)
    backbone = rlgen.models.RecurrentBackbone(vocabulary_size, UNITS)
    backbone.set_weights(
        [random.normal(0.0, 0.1, w.shape) for w in backbone.get_weights()]
    )
    return rlgen.SequenceGenerator(
        backbone, LENGTH, start_token=0, seed=seed, name=name
    )


def fit_by_likelihood(model, data, held_out):
    """Trains until the likelihood of held-out sequences is best."""
    model.compile(keras.optimizers.Adam(FLAGS.learning_rate, clipnorm=5.0))
    stop = keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True)
    model.fit(
        data,
        validation_data=held_out,
        epochs=FLAGS.epochs,
        batch_size=64,
        callbacks=[stop],
        verbose=2,
    )


def copy_of(model):
    copied = make_generator(FLAGS.seed, model.vocabulary_size)
    copied.set_weights(model.get_weights())
    return copied


def train_by_reward(model, reward):
    """Returns a tuner that follows the policy gradient, without KL or baseline."""
    tuner = rlgen.RewardTuner(copy_of(model), seed=FLAGS.seed)
    tuner.compile(
        keras.optimizers.Adam(FLAGS.rate, clipnorm=5.0),
        reward=reward,
        algorithm=rlgen.rl_models.PolicyGradient("none"),
        kl_weight=0.0,
        num_samples=64,
    )
    tuner.fit(epochs=1, steps_per_epoch=FLAGS.updates, verbose=2)
    return tuner


def make_credit():
    return {
        "rollout": lambda: credit.Rollout(FLAGS.num_rollouts),
        "critic": credit.Critic,
        "per_step": credit.PerStep,
    }[FLAGS.credit]()


def train_adversarially(model, data, held_out, oracle, assigned, likelihood_weight):
    """Returns a `SequenceGAN` of a copy of the generator, and its history."""
    size = model.vocabulary_size
    if assigned.needs_step_logits:
        discriminator = rlgen.models.recurrent_discriminator(
            size, LENGTH, dropout=0.25, per_step=True
        )
    else:
        discriminator = rlgen.models.convolutional_discriminator(size, LENGTH)
    gan = rlgen.SequenceGAN(
        copy_of(model),
        discriminator,
        assigned,
        discriminator_steps=FLAGS.discriminator_steps,
        warmup_steps=FLAGS.warmup_steps,
        seed=FLAGS.seed,
    )
    gan.compile(
        keras.optimizers.Adam(FLAGS.rate, clipnorm=5.0),
        keras.optimizers.Adam(FLAGS.discriminator_rate),
        likelihood_weight=likelihood_weight,
        reference=oracle,
    )
    steps = FLAGS.warmup_steps + FLAGS.updates * FLAGS.discriminator_steps
    history = gan.fit(
        data,
        validation_data=(held_out[:1000],),
        batch_size=64,
        epochs=-(-steps // -(-len(data) // 64)),
        verbose=2,
    )
    return gan, history.history


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    keras.utils.set_random_seed(FLAGS.seed)
    output = pathlib.Path(FLAGS.output)
    output.mkdir(parents=True, exist_ok=True)
    oracle = make_oracle(FLAGS.oracle, FLAGS.vocabulary_size, FLAGS.seed)
    data, held_out = (oracle.generate(FLAGS.num_sequences, seed=i) for i in (1, 2))
    print(f"NLL of the oracle itself: {evaluation.token_nll(oracle, held_out):.3f}")
    model = make_generator(FLAGS.seed, oracle.vocabulary_size)
    fit_by_likelihood(model, data, held_out)
    models = {"likelihood": model}
    controls = {
        "constant reward": rewards.Constant(1.0),
        "random reward": rewards.UniformRandom(FLAGS.seed),
    }
    for name, reward in controls.items():
        print(f"training: {name}", flush=True)
        models[name] = train_by_reward(model, reward)
    print("training: SequenceGAN", flush=True)
    models["SequenceGAN"], _ = train_adversarially(
        model, data, held_out, oracle, make_credit(), FLAGS.likelihood_weight
    )
    models["SequenceGAN"].save(output / "sequence_gan.keras")
    table = evaluation.quality_diversity(
        models,
        held_out,
        quality=oracle,
        temperatures=[float(t) for t in FLAGS.temperatures],
        seed=FLAGS.seed,
    )
    print(f"\n{table}\n")
    margins = {name: table.margin(name, "likelihood") for name in list(models)[1:]}
    for name, found in margins.items():
        print(
            f"{name}: {found['margin']:+.3f} nats per token of quality at equal "
            f"diversity, beside likelihood (temperature {found['temperature']})"
        )
    table.write_picture(output / "frontier.png", "SeqGAN's oracle")
    record = {"rows": table.rows, "margins": margins}
    (output / "scores.json").write_text(json.dumps(record, indent=2) + "\n")
    print(f"The frontier, scores and the trained SequenceGAN are in {output}/")


if __name__ == "__main__":
    app.run(main)
