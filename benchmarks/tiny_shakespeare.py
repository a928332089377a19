"""Characters of Tiny Shakespeare by a small transformer, beside the same in PyTorch.

    python -m benchmarks.tiny_shakespeare --corpus=tinyshakespeare.txt \
        --torch_python=TORCH/bin/python       # an environment with torch

The network, batches and learning rates are those of nanoGPT's example for a CPU: four
layers, four heads, width 128, 64 characters, batch 12, 2,000 steps. Both sides begin
with the same weights and see the same windows in the same order. Prints the bits per
character of the last tenth of the text, cut into windows of 64; the same without the
first character of each, which has no context; the seconds; and steps per second, in
rounds in turn.
"""

import json
import pathlib
import subprocess
import tempfile
import time

import keras
import numpy as np
import tensorflow as tf
from absl import app, flags

import keras_rlgen as rlgen
from keras_rlgen import text

FLAGS = flags.FLAGS
flags.DEFINE_string("corpus", None, "Text file.", required=True)
flags.DEFINE_string("torch_python", None, "Python of an environment with PyTorch.")
flags.DEFINE_integer("steps", 2000, "Updates.")
flags.DEFINE_integer("length", 64, "Characters of a window.")
flags.DEFINE_integer("batch_size", 12, "Windows of a batch.")
flags.DEFINE_integer("width", 128, "Size of the features.")
flags.DEFINE_integer("layers", 4, "Layers, each with four heads.")
flags.DEFINE_integer("rounds", 5, "Rounds of the comparison of speed.")
flags.DEFINE_integer("round_steps", 50, "Updates of a round.")
flags.DEFINE_list("seeds", ["0"], "Seeds of weights and windows.")
flags.DEFINE_string("output", "outputs/tiny_shakespeare", "Folder to write to.")

WARM_UP, HIGHEST, LOWEST, NUM_HEADS = 100, 1e-3, 1e-4, 4


def make_model(tokenizer, seed):
    keras.utils.set_random_seed(seed)
    backbone = rlgen.models.TransformerBackbone(
        tokenizer.vocabulary_size,
        FLAGS.length,
        width=FLAGS.width,
        num_layers=FLAGS.layers,
        num_heads=NUM_HEADS,
    )
    model = rlgen.SequenceGenerator(backbone, FLAGS.length, seed=seed)
    rate = keras.optimizers.schedules.CosineDecay(
        0.0,
        max(FLAGS.steps - WARM_UP, 1),
        alpha=LOWEST / HIGHEST,
        warmup_target=HIGHEST,
        warmup_steps=WARM_UP,
    )
    optimizer = keras.optimizers.Adam(
        rate, beta_2=0.99, epsilon=1e-8, global_clipnorm=1.0
    )
    model.compile(optimizer)
    return model


def bits_per_character(model, windows):
    """Returns bits with and without the first character of each window."""
    parts = [
        np.asarray(model.step_log_probs(windows[i : i + 256]))
        for i in range(0, len(windows), 256)
    ]
    log_probs = np.concatenate(parts)
    return [-float(x.mean()) / np.log(2.0) for x in (log_probs, log_probs[:, 1:])]


class TorchPeer:
    """The twin process: a request a line, an answer a line."""

    def __init__(self):
        twin = pathlib.Path(__file__).with_name("tiny_shakespeare_torch.py")
        self.process = subprocess.Popen(
            [FLAGS.torch_python, str(twin)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, **request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def run(seed, tokenizer, train, windows, peer, folder):
    """Trains both sides; returns a dict of results."""
    random = np.random.default_rng(seed)
    starts = random.integers(
        len(train) - FLAGS.length, size=FLAGS.steps * FLAGS.batch_size
    )
    batches = train[starts[:, np.newaxis] + np.arange(FLAGS.length)]
    model = make_model(tokenizer, seed)
    result = {"seed": seed, "parameters": int(model.count_params())}
    names = [weight.path for weight in model.backbone.weights]
    path = folder / "weights.npz"
    np.savez(
        path,
        names=np.array(names),
        batches=batches,
        windows=windows,
        **{f"w{i}": w.numpy() for i, w in enumerate(model.backbone.weights)},
    )
    start = time.time()
    history = model.fit(
        batches, batch_size=FLAGS.batch_size, shuffle=False, verbose=0
    ).history
    result["seconds"] = time.time() - start
    result["train_loss"] = history["loss"][0]
    result["bits"], result["bits_with_context"] = bits_per_character(model, windows)
    print(tokenizer.decode(model.generate(2, seed=0, temperature=0.8)), flush=True)
    if peer is not None:
        settings = {
            "path": str(path),
            "heads": NUM_HEADS,
            "layers": FLAGS.layers,
            "batch_size": FLAGS.batch_size,
            "schedule": [WARM_UP, HIGHEST, LOWEST, FLAGS.steps],
        }
        result["torch"] = peer.ask(load=settings)
        result["torch"] |= peer.ask(train=FLAGS.steps)
        result["torch"] |= peer.ask(evaluate=True)
    result["rounds"] = []
    part = batches[: FLAGS.round_steps * FLAGS.batch_size]
    for _ in range(FLAGS.rounds if peer is not None else 0):
        start = time.time()
        model.fit(part, batch_size=FLAGS.batch_size, shuffle=False, verbose=0)
        ours = FLAGS.round_steps / (time.time() - start)
        theirs = FLAGS.round_steps / peer.ask(train=FLAGS.round_steps)["seconds"]
        result["rounds"].append([ours, theirs])
    return result


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(1)
    folder = pathlib.Path(FLAGS.output)
    folder.mkdir(parents=True, exist_ok=True)
    whole = text.read(FLAGS.corpus)
    tokenizer = text.CharacterTokenizer.fit([whole], has_end=False)
    train, held_out = text.split(whole, 0.9)
    train = np.array(tokenizer.tokenize(train), "int32")
    windows = tokenizer.encode(text.windows(held_out, FLAGS.length), FLAGS.length)
    print(f"{len(train)} characters, {len(windows)} held-out windows", flush=True)
    results = []
    for seed in map(int, FLAGS.seeds):
        peer = TorchPeer() if FLAGS.torch_python else None
        with tempfile.TemporaryDirectory() as shared:
            results.append(
                run(seed, tokenizer, train, windows, peer, pathlib.Path(shared))
            )
        if peer is not None:
            peer.close()
        print(json.dumps(results[-1]), flush=True)
        (folder / "results.json").write_text(json.dumps(results, indent=2) + "\n")
    print("| | seed | bits per character | with context | seconds |")
    print("| --- | --- | --- | --- | --- |")
    for result in results:
        for name, side in ("keras_rlgen", result), ("PyTorch", result.get("torch")):
            if side is not None:
                print(
                    f"| {name} | {result['seed']} | {side['bits']:.3f} | "
                    f"{side['bits_with_context']:.3f} | {side['seconds']:.0f} |"
                )
    rounds = np.array([r for result in results for r in result["rounds"]])
    if len(rounds):
        ratios = rounds[:, 0] / rounds[:, 1]
        ours, theirs = np.median(rounds, axis=0)
        print(
            f"steps per second: {ours:.1f} and {theirs:.1f}; ratio "
            f"{np.median(ratios):.2f} ({ratios.min():.2f} to {ratios.max():.2f}) in "
            f"{len(rounds)} rounds"
        )


if __name__ == "__main__":
    app.run(main)
