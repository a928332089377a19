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
from absl import app, flags

import keras_rlgen as rlgen
from recipes.seqgan_oracle import make_generator, make_oracle

FLAGS = flags.FLAGS
flags.DEFINE_enum(
    "part", "table", ["likelihood", "rewards", "adversarial", "table"], "What to run."
)
flags.DEFINE_integer("epochs", 60, "Passes over the data, by likelihood.")
flags.DEFINE_integer("first_seed", 0, "The first seed.")
flags.DEFINE_integer("seeds", 3, "Number of seeds.")

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
    monitor = EachEpoch(oracle, held_out[:NUM_WATCHED], folder / f"early_{seed}.weights.h5")
    began = time.time()
    model.fit(
        data, batch_size=64, epochs=FLAGS.epochs, verbose=0, callbacks=[monitor]
    )
    model.save_weights(folder / f"final_{seed}.weights.h5")
    result = {"rows": monitor.rows, "seconds": time.time() - began}
    path.write_text(json.dumps(result))


def main(argv):
    del argv
    folder = pathlib.Path(FLAGS.output)
    folder.mkdir(parents=True, exist_ok=True)
    oracle = make_oracle(FLAGS.oracle)
    for seed in range(FLAGS.first_seed, FLAGS.first_seed + FLAGS.seeds):
        if FLAGS.part == "likelihood":
            run_likelihood(seed, oracle, folder)


if __name__ == "__main__":
    app.run(main)
