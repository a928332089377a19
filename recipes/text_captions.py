"""Train a model of short texts, tune it by reward, and measure both sides.

A recurrent network learns the lines of a text file by likelihood: image captions, one a
line. Then it is tuned: the reward is the precision of its n-grams against half of the
training lines, and no repetition, minus a KL penalty to the model before tuning. The
other half is the held-out reward. The same tuning with null rewards, and real lines,
are rows of the table: BLEU against held-out lines, self-BLEU, what is copied, and the
likelihood of held-out lines. Last, the frontier of quality and diversity over
temperature: a lower temperature alone raises BLEU too.

    python -m recipes.text_captions --corpus=captions.txt

Without --corpus it takes sentences of a small grammar, so that it runs anywhere, and
counts how many samples obey it. Writes to --output: `samples.txt`, `scores.json`,
`frontier.png`, the tokenizer and the tuned model.
"""

import json
import pathlib

import keras
import numpy as np
import tensorflow as tf
from absl import app, flags

import keras_rlgen as rlgen
from keras_rlgen import evaluation, metrics, rewards, text

FLAGS = flags.FLAGS
flags.DEFINE_string("corpus", None, "Text file or address, one text a line.")
flags.DEFINE_string("test", None, "Another, held out; by default a tenth of --corpus.")
flags.DEFINE_integer("length", 20, "Tokens of a text; longer ones are cut.")
flags.DEFINE_integer("max_vocabulary", None, "Words of the vocabulary, at most.")
flags.DEFINE_integer("units", 64, "Units of the LSTM and size of the embedding.")
flags.DEFINE_integer("epochs", 10, "Passes over the lines, at most, by likelihood.")
flags.DEFINE_float("learning_rate", 5e-3, "For training by likelihood.")
flags.DEFINE_integer("updates", 100, "Updates of the tuning.")
flags.DEFINE_integer("num_samples", 64, "Samples per update of the tuning.")
flags.DEFINE_string("algorithm", "rloo", "reinforce, rloo, ppo or grpo.")
flags.DEFINE_float("kl_weight", 0.1, "Penalty per nat of KL divergence.")
flags.DEFINE_float("tuning_rate", 1e-3, "Learning rate of the tuning.")
flags.DEFINE_list("controls", ["shuffled", "uniform_random"], "Null rewards.")
flags.DEFINE_list("temperatures", ["1.0", "0.9", "0.8", "0.7"], "Of the frontier.")
flags.DEFINE_integer("num_generated", 1000, "Samples evaluated, at most.")
flags.DEFINE_integer("seed", 0, "Seed of weights, samples and data order.")
flags.DEFINE_string("output", "outputs/text_captions", "Folder to write to.")

ORDERS = (2, 3, 4, 5)
GRAMMAR = text.ContextFreeGrammar(
    {
        "S": ["NP VP .", "NP VP PLACE .", "THERE NP PLACE ."],
        "THERE": ["there is"],
        "NP": ["a N", "a ADJ N", "the N", "the ADJ N", "NP and NP"],
        "VP": ["V", "V ADV", "TV NP", "is ADJ"],
        "PLACE": ["PREP the SPOT", "PREP the ADJ SPOT"],
        "PREP": ["in", "on", "near", "behind", "under"],
        "SPOT": ["street", "table", "kitchen", "beach", "garden", "bridge"],
        "N": ["man", "woman", "dog", "cat", "bus", "motorcycle", "bird", "child"],
        "ADJ": ["red", "small", "old", "white", "parked", "tall", "black"],
        "V": ["sleeps", "waits", "sits", "runs", "stands"],
        "TV": ["sees", "holds", "watches", "rides", "paints"],
        "ADV": ["quietly", "alone", "again"],
    }
)


def corpora():
    """Returns lists of lines: to train on, to validate, and to test."""
    if FLAGS.corpus is None:
        lines = GRAMMAR.sample(6000, max_length=FLAGS.length - 1, seed=1)
        lines, test = text.split(lines, 0.5)
    else:
        lines = text.lines(FLAGS.corpus)
        if FLAGS.test is None:
            lines, test = text.split(lines, 0.9)
        else:
            test = text.lines(FLAGS.test)
    train, validation = text.split(lines, 0.8 if FLAGS.corpus is None else 0.9)
    return train, validation, test


def known(tokens, tokenizer):
    """Returns the sequences all of whose words are in the vocabulary."""
    unknown = tokenizer.vocabulary.index(tokenizer.unknown)
    return tokens[np.all(tokens != unknown, axis=1)]


def make_model(tokenizer, seed):
    backbone = rlgen.models.RecurrentBackbone(
        tokenizer.vocabulary_size, units=FLAGS.units, embedding_dim=FLAGS.units
    )
    return rlgen.SequenceGenerator(
        backbone, FLAGS.length, end_token=tokenizer.end_token, seed=seed
    )


def fit_by_likelihood(tokenizer, train, validation, seed):
    """Returns a model, stopped where the held-out likelihood is best."""
    keras.utils.set_random_seed(seed)
    model = make_model(tokenizer, seed)
    model.compile(keras.optimizers.Adam(FLAGS.learning_rate, clipnorm=1.0))
    stop = keras.callbacks.EarlyStopping(patience=1, restore_best_weights=True)
    model.fit(
        train,
        validation_data=validation,
        epochs=FLAGS.epochs,
        batch_size=64,
        callbacks=[stop],
        verbose=2,
    )
    return model


def make_reward(corpus, tokenizer):
    """Returns the precision of n-grams, less what is repeated."""
    encoding = {
        "vocabulary_size": tokenizer.vocabulary_size,
        "end_token": tokenizer.end_token,
    }
    precision = text.NGramPrecision(corpus, order=4, **encoding)
    return precision + 0.5 * text.Repetition(order=2, **encoding)


def make_control(name, reward, seed):
    return {
        "constant": rewards.Constant(),
        "uniform_random": rewards.UniformRandom(seed),
        "shuffled": rewards.Shuffled(reward, seed),
    }[name]


def tune(path, reward, held_out_reward, seed, kl_weight, algorithm):
    """Returns a tuner of the model in a file, and its history."""
    tuner = rlgen.RewardTuner(keras.saving.load_model(path), seed=seed)
    tuner.compile(
        keras.optimizers.Adam(FLAGS.tuning_rate),
        reward=reward,
        algorithm=algorithm,
        kl_weight=kl_weight,
        held_out_reward=held_out_reward,
        num_samples=FLAGS.num_samples,
    )
    steps = max(FLAGS.updates // 5, 1)
    history = tuner.fit(epochs=5, steps_per_epoch=steps, verbose=2).history
    return tuner, history


def generated(model, count, batch_size=500):
    starts = range(0, count, batch_size)
    return np.concatenate(
        [model.generate(min(batch_size, count - i), seed=i) for i in starts]
    )


def scores(samples, train, test, tokenizer, reward):
    """Returns a dict of the scores of tokens, generated or real."""
    end = tokenizer.end_token
    row = {"reward": float(tf.reduce_mean(reward(tf.constant(samples))))}
    row |= metrics.bleu(samples, test, ORDERS, end)
    row |= metrics.self_bleu(samples, ORDERS, end)
    row |= metrics.distinct_n_grams(samples, 2, end)
    row |= metrics.memorization(samples, train, end)
    if FLAGS.corpus is None:
        row["grammatical"] = float(GRAMMAR.accepts(tokenizer.decode(samples)).mean())
    return row


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    output = pathlib.Path(FLAGS.output)
    output.mkdir(parents=True, exist_ok=True)
    lines = corpora()
    tokenizer = text.WordTokenizer.fit(lines[0], FLAGS.max_vocabulary)
    tokenizer.save(output / "tokenizer.json")
    train, validation, test = (
        tokenizer.encode(part, FLAGS.length, truncate=True) for part in lines
    )
    # Lines with other words are only references.
    train, validation, likely = (
        known(tokens, tokenizer) for tokens in (train, validation, test)
    )
    sizes = len(train), len(validation), len(test)
    print(f"lines: {sizes}, vocabulary: {tokenizer.vocabulary_size}", flush=True)
    before = fit_by_likelihood(tokenizer, train, validation, FLAGS.seed)
    before.save(output / "before.keras")
    first, second = text.split(train, 0.5)
    reward, held_out_reward = (make_reward(x, tokenizer) for x in (first, second))
    models = {"likelihood": before}
    for name in ("tuned", *FLAGS.controls):
        maximised = reward
        if name != "tuned":
            maximised = make_control(name, reward, FLAGS.seed)
        print(f"tuning: {name}", flush=True)
        models[name], _ = tune(
            output / "before.keras",
            maximised,
            held_out_reward,
            FLAGS.seed,
            FLAGS.kl_weight,
            FLAGS.algorithm,
        )
    models["tuned"].save(output / "tuned.keras")
    # Self-BLEU and the like depend on the number of samples.
    count = min(FLAGS.num_generated, len(validation))
    real = scores(validation[:count], train, test, tokenizer, held_out_reward)
    table, written = {"real": real | {"test_nll": float("nan")}}, []
    for name, model in models.items():
        samples = generated(model, count)
        table[name] = scores(samples, train, test, tokenizer, held_out_reward)
        table[name]["test_nll"] = evaluation.token_nll(model, likely)
        written += [f"{name}:", *(f"  {x}" for x in tokenizer.decode(samples[:8]))]
    print("\n".join(written))
    print(rlgen.callbacks.format_table(table))
    frontier = evaluation.quality_diversity(
        models,
        likely,
        temperatures=[float(t) for t in FLAGS.temperatures],
        num_samples=count,
        seed=FLAGS.seed,
    )
    print(f"\n{frontier}\n")
    frontier.write_picture(output / "frontier.png")
    (output / "samples.txt").write_text("\n".join(written) + "\n", "utf-8")
    record = {"scores": table, "frontier": frontier.rows}
    (output / "scores.json").write_text(json.dumps(record, indent=2) + "\n")
    print(f"Samples, scores, the frontier and the tuned model are in {output}/")


if __name__ == "__main__":
    app.run(main)
