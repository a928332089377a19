"""Sequence generators against SeqGAN's oracle: likelihood, rewards, discriminators.

    python -m benchmarks.seqgan_oracle --oracle=seqgan_oracle.npz --part=likelihood
    python -m benchmarks.seqgan_oracle --oracle=seqgan_oracle.npz --part=rewards
    python -m benchmarks.seqgan_oracle --oracle=seqgan_oracle.npz --part=adversarial
    python -m benchmarks.seqgan_oracle --part=table

The oracle is an LSTM with fixed random weights, whose sequences are the data. Its own
likelihood of generated sequences (NLL_oracle) measures their quality, the generator's
of held-out data (NLL_gen) their diversity, both in nats per token. Generators trained
by likelihood, to the end and with early stopping, are sampled at several temperatures;
those trained by rewards and by discriminators start from them. Prints a Markdown table
with the figures of every seed. Finished runs are stored in --output and skipped.
"""

import json
import pathlib
import time

import keras
import numpy as np
import tensorflow as tf
from absl import app, flags

import keras_rlgen as rlgen
from recipes.seqgan_oracle import make_generator, make_oracle

FLAGS = flags.FLAGS
flags.DEFINE_enum(
    "part",
    "table",
    ["likelihood", "temperatures", "rewards", "adversarial", "table"],
    "What to run.",
)
flags.DEFINE_enum("start", "early", ["early", "final"], "Where rewards start from.")
flags.DEFINE_list("arms", [], "Rewards or credits to run; all by default.")
flags.DEFINE_integer("updates", 200, "Updates by a reward or a discriminator.")
flags.DEFINE_float("rate", 1e-3, "Learning rate of these updates.")
flags.DEFINE_integer("discriminator_steps", 10, "Discriminator's for each of these.")
flags.DEFINE_integer("warmup_steps", 1000, "Discriminator's before these.")
flags.DEFINE_integer("epochs", 60, "Passes over the data, by likelihood.")
flags.DEFINE_integer("first_seed", 0, "The first seed.")
flags.DEFINE_integer("seeds", 3, "Number of seeds.")

TEMPERATURES = 1.0, 0.9, 0.8, 0.7, 0.5
NUM_SEQUENCES = 10_000
NUM_WATCHED = 1_000  # Held-out sequences at the end of an epoch.


def data_of(oracle):
    """Returns training sequences and held-out ones."""
    return oracle.generate(NUM_SEQUENCES, seed=1), oracle.generate(
        NUM_SEQUENCES, seed=2
    )


def nll(model, sequences, temperature=1.0):
    """Returns the negative log-likelihood in nats per token."""
    parts = np.array_split(sequences, max(1, len(sequences) // 500))
    log_probs = [model.step_log_probs(x, temperature=temperature) for x in parts]
    return -float(np.mean(np.concatenate(log_probs)))


def figures(model, oracle, held_out, temperature=1.0):
    """Returns NLL_oracle, NLL_gen and the number of distinct tokens."""
    samples = model.generate(len(held_out), seed=3, temperature=temperature)
    return {
        "nll_oracle": nll(oracle, samples),
        "nll_gen": nll(model, held_out, temperature),
        "distinct": int(len(np.unique(samples))),
    }


class EachEpoch(keras.callbacks.Callback):
    """Saves the weights with the best NLL_gen, and the figures of every epoch."""

    def __init__(self, oracle, held_out, path):
        super().__init__()
        self.oracle, self.held_out, self.path = oracle, held_out, path
        self.rows = []

    def on_epoch_end(self, epoch, logs=None):
        row = {"epoch": epoch + 1, "loss": float(logs["loss"])}
        row |= figures(self.model, self.oracle, self.held_out)
        if all(row["nll_gen"] < other["nll_gen"] for other in self.rows):
            self.model.save_weights(self.path)
        self.rows.append(row)
        print(row, flush=True)


def run_likelihood(seed, oracle, folder):
    path = folder / f"likelihood_{seed}.json"
    if path.exists():
        return
    data, held_out = data_of(oracle)
    keras.utils.set_random_seed(seed)
    model = make_generator(seed)
    model.compile(keras.optimizers.Adam(1e-2, clipnorm=5.0))
    monitor = EachEpoch(
        oracle, held_out[:NUM_WATCHED], folder / f"early_{seed}.weights.h5"
    )
    began = time.time()
    model.fit(data, batch_size=64, epochs=FLAGS.epochs, verbose=0, callbacks=[monitor])
    model.save_weights(folder / f"final_{seed}.weights.h5")
    result = {"rows": monitor.rows, "seconds": time.time() - began}
    path.write_text(json.dumps(result))


def start_of(seed, which, folder):
    """Returns the generator that likelihood training left, `early` or `final`."""
    model = make_generator(seed)
    model.load_weights(folder / f"{which}_{seed}.weights.h5")
    return model


def tune(model, reward):
    """Follows the policy gradient of a reward, without a baseline."""
    tuner = rlgen.RewardTuner(model, seed=0)
    tuner.compile(
        keras.optimizers.Adam(FLAGS.rate, clipnorm=5.0),
        reward=reward,
        algorithm=rlgen.rl_models.PolicyGradient("none"),
        kl_weight=0.0,
        num_samples=64,
    )
    tuner.fit(epochs=1, steps_per_epoch=FLAGS.updates, verbose=0)


def train_adversarially(model, data, held_out, oracle, credit, likelihood_weight=0.0):
    """Trains a SequenceGAN; returns its discriminator's held-out accuracy."""
    size = model.vocabulary_size
    if credit.needs_step_logits:
        discriminator = rlgen.models.recurrent_discriminator(
            size, model.length, dropout=0.25, per_step=True
        )
    else:
        discriminator = rlgen.models.convolutional_discriminator(size, model.length)
    gan = rlgen.SequenceGAN(
        model,
        discriminator,
        credit,
        discriminator_steps=FLAGS.discriminator_steps,
        warmup_steps=FLAGS.warmup_steps,
        seed=0,
    )
    gan.compile(
        keras.optimizers.Adam(FLAGS.rate, clipnorm=5.0),
        keras.optimizers.Adam(1e-4),
        likelihood_weight=likelihood_weight,
        reference=oracle,
        jit_compile=False,
    )
    steps = FLAGS.warmup_steps + FLAGS.updates * FLAGS.discriminator_steps
    epochs = -(-steps // (len(data) // 64))
    history = gan.fit(data, batch_size=64, epochs=epochs, verbose=0).history
    logs = gan.evaluate(held_out[:2000], batch_size=100, verbose=0, return_dict=True)
    names = "discriminator_accuracy_real", "discriminator_accuracy_generated"
    accuracy = {"held_out": np.mean([logs[n] for n in names])}
    accuracy["training"] = np.mean([history[n][-1] for n in names])
    return {key: float(value) for key, value in accuracy.items()}


def uniform(low, high):
    """Returns a reward that is a random number."""

    def reward(samples):
        return tf.random.uniform(tf.shape(samples)[:1], low, high)

    return rlgen.rewards.FunctionReward(reward)


REWARDS = {
    "constant reward": lambda: rlgen.rewards.Constant(1.0),
    "random reward in [0, 1]": lambda: uniform(0.0, 1.0),
    "random reward in [-1, 1]": lambda: uniform(-1.0, 1.0),
}
ADVERSARIAL = {
    "rollouts, no baseline": lambda: (rlgen.credit.Rollout(4, baseline="none"), 0.0),
    "rollouts": lambda: (rlgen.credit.Rollout(4), 0.0),
    "rollouts and likelihood": lambda: (rlgen.credit.Rollout(4), 1.0),
    "critic": lambda: (rlgen.credit.Critic(), 0.0),
    "critic and likelihood": lambda: (rlgen.credit.Critic(), 1.0),
    "per step": lambda: (rlgen.credit.PerStep(), 0.0),
    "per step and likelihood": lambda: (rlgen.credit.PerStep(), 1.0),
}


def run_arm(name, seed, oracle, folder):
    path = folder / f"{FLAGS.start}_{name.replace(' ', '_')}_{seed}.json"
    early = folder / f"{FLAGS.start}_{seed}.weights.h5"
    if path.exists() or not early.exists():
        return
    data, held_out = data_of(oracle)
    keras.utils.set_random_seed(seed)
    model = start_of(seed, FLAGS.start, folder)
    began, accuracy = time.time(), None
    if name in REWARDS:
        tune(model, REWARDS[name]())
    else:
        credit, weight = ADVERSARIAL[name]()
        accuracy = train_adversarially(model, data, held_out, oracle, credit, weight)
    seconds = time.time() - began
    result = {str(t): figures(model, oracle, held_out, t) for t in (1.0, 0.9)}
    result |= {"seconds": seconds, "accuracy": accuracy}
    path.write_text(json.dumps(result))
    print(name, seed, result, flush=True)


def run_sweep(which, seed, oracle, folder):
    """Samples a generator trained by likelihood at several temperatures."""
    path = folder / f"sweep_{which}_{seed}.json"
    if path.exists() or not (folder / f"{which}_{seed}.weights.h5").exists():
        return
    _, held_out = data_of(oracle)
    model = start_of(seed, which, folder)
    rows = {str(t): figures(model, oracle, held_out, t) for t in TEMPERATURES}
    path.write_text(json.dumps(rows))
    print(which, seed, rows, flush=True)


def main(argv):
    del argv
    folder = pathlib.Path(FLAGS.output)
    folder.mkdir(parents=True, exist_ok=True)
    oracle = make_oracle(FLAGS.oracle)
    for seed in range(FLAGS.first_seed, FLAGS.first_seed + FLAGS.seeds):
        if FLAGS.part == "likelihood":
            run_likelihood(seed, oracle, folder)
        if FLAGS.part == "temperatures":
            for which in "early", "final":
                run_sweep(which, seed, oracle, folder)
        for part, arms in {"rewards": REWARDS, "adversarial": ADVERSARIAL}.items():
            for name in arms if FLAGS.part == part else ():
                if not FLAGS.arms or name in FLAGS.arms:
                    run_arm(name, seed, oracle, folder)


if __name__ == "__main__":
    app.run(main)
