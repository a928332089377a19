"""Speed of sampling sequences and of SeqGAN's rollouts, beside Python and PyTorch.

    python -m benchmarks.sequence_speed --torch=/path/to/python    # with torch

Times, in turn in one run: 64 sequences of 20 tokens of a recurrent generator with a
vocabulary of 5,000, beside a Python loop over tokens and over `torch.nn.LSTMCell`; 64
sequences of 128 characters of a small transformer, beside a Python loop that keeps keys
and values in PyTorch; and the values of 64 sequences by 16 rollouts of each prefix,
beside a Python loop over rollouts, prefixes and tokens. Prints a Markdown table of
medians over the repetitions, and the ratios with their quartiles. The interpreter of
`--torch` runs `benchmarks/sequence_speed_torch.py`.
"""

import statistics
import time

import keras
import tensorflow as tf
from absl import app, flags

import keras_rlgen as rlgen
from benchmarks.peer_process import PeerProcess
from keras_rlgen.models.sequence.rollout_values import rollout_values

FLAGS = flags.FLAGS
flags.DEFINE_string("torch", None, "Interpreter with torch, or none.")
flags.DEFINE_integer("repetitions", 9, "Measurements of each.")
flags.DEFINE_integer("loop_repetitions", 3, "Measurements of the loop over rollouts.")

BATCH, LENGTH, VOCABULARY, UNITS, ROLLOUTS = 64, 20, 5000, 32, 16
TOKENS, CHARACTERS, WIDTH, LAYERS, HEADS = 128, 65, 128, 4, 4


def recurrent():
    backbone = rlgen.models.RecurrentBackbone(VOCABULARY, UNITS)
    return rlgen.SequenceGenerator(backbone, LENGTH, seed=0)


def transformer():
    backbone = rlgen.models.TransformerBackbone(
        CHARACTERS, TOKENS, WIDTH, LAYERS, HEADS
    )
    return rlgen.SequenceGenerator(backbone, TOKENS, seed=0)


def python_loop(model, prefix=None, step=None):
    """Samples with a Python loop over tokens, by default with a compiled step."""
    step = step or model.compiled_step
    state, token, tokens = model.backbone.start(BATCH), None, []
    for index in range(model.length):
        token = tf.fill((BATCH,), model.vocabulary_size) if token is None else token
        logits, state = step(token, state)
        if prefix is not None and index < len(prefix):
            token = prefix[index]
        else:
            token = tf.random.categorical(logits, 1, dtype=tf.int32)[:, 0]
        tokens.append(token)
    return tf.stack(tokens, axis=1)


def python_rollouts(model, tokens, reward):
    """Values by Python loops over rollouts, prefixes and tokens, as in SeqGAN."""
    values = 0.0
    for _ in range(ROLLOUTS):
        of_steps = []
        for step in range(1, LENGTH):
            prefix = tf.unstack(tokens[:, :step], axis=1)
            of_steps.append(reward(python_loop(model, prefix)))
        values += tf.stack([*of_steps, reward(tokens)], axis=1)
    return values / ROLLOUTS


def seconds(function):
    began = time.perf_counter()
    tf.convert_to_tensor(function()).numpy()
    return time.perf_counter() - began


def compare(measured, repetitions):
    """Prints the medians, and the ratios to the first, measured in turn."""
    for function in measured.values():
        function()
    taken = {name: [] for name in measured}
    for _ in range(repetitions):
        for name, function in measured.items():
            taken[name].append(function())
    first, *others = taken
    for name in others:
        pairs = zip(taken[name], taken[first], strict=True)
        ratios = sorted(other / ours for other, ours in pairs)
        low, middle, high = statistics.quantiles(ratios, n=4, method="inclusive")
        medians = (1e3 * statistics.median(taken[n]) for n in (first, name))
        ours, theirs = medians
        print(
            f"| {first} | {name} | {ours:.1f} | {theirs:.1f} | "
            f"{middle:.2f} ({low:.2f}-{high:.2f}) |",
            flush=True,
        )


def main(argv):
    del argv
    keras.utils.set_random_seed(0)
    torch = PeerProcess(FLAGS.torch, "sequence_speed_torch.py") if FLAGS.torch else None
    print("| | beside | ms | its ms | ratio (quartiles) |")
    print("| --- | --- | --- | --- | --- |")
    for make, name in (recurrent, "recurrent"), (transformer, "transformer"):
        model = make()
        model.compiled_step = tf.function(model.backbone.step)
        measured = {
            f"{name} sampling": lambda m=model: seconds(
                lambda: m.generate(BATCH, jit_compile=True)
            ),
            "without XLA": lambda m=model: seconds(
                lambda: m.generate(BATCH, jit_compile=False)
            ),
            "uncompiled Python loop": lambda m=model: seconds(
                lambda: python_loop(m, step=m.backbone.step)
            ),
            "Python loop": lambda m=model: seconds(lambda: python_loop(m)),
        }
        if torch:
            measured["PyTorch"] = lambda n=name: torch.ask(name=n)
        compare(measured, FLAGS.repetitions)
    model = recurrent()
    model.compiled_step = tf.function(model.backbone.step)
    discriminator = rlgen.models.convolutional_discriminator(VOCABULARY, LENGTH)
    reward = tf.function(lambda x: discriminator(x)[:, 0], reduce_retracing=True)
    tokens = tf.constant(model.generate(BATCH, seed=0))

    @tf.function
    def values():
        return rollout_values(
            *(model.backbone, model.context(BATCH), tokens, reward(tokens), reward),
            *(ROLLOUTS, tf.constant([0, 0])),
        )

    measured = {
        "rollouts": lambda: seconds(values),
        "Python loops": lambda: seconds(lambda: python_rollouts(model, tokens, reward)),
    }
    compare(measured, FLAGS.loop_repetitions)


if __name__ == "__main__":
    app.run(main)
