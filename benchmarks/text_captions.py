"""Captions by likelihood, by reward and by a discriminator, as Texygen's table.

    python -m benchmarks.text_captions --corpus=image_coco.txt \
        --test=image_coco_test.txt --max_vocabulary=2000 --seeds=3

Trains the models of `recipes.text_captions` on Image-COCO captions: by likelihood, then
tuned by the precision of n-grams, with null rewards beside. Prints Markdown tables, the
mean over seeds and each seed:

- BLEU-2 to 5 of --num_scored samples against the test captions, self-BLEU, the same of
  the first 500 samples alone, as the default of Texygen's code, and what is copied;
- quality (BLEU-4) against diversity (NLL of the test captions) over temperature.

`--published=FOLDER` adds the samples that Texygen has published (docs/instances of its
repository), of which it needs no training. Finished parts are kept in --output.
"""

import json
import pathlib
import time

import keras
import numpy as np
import tensorflow as tf
from absl import app, flags

import keras_rlgen as rlgen
from keras_rlgen import evaluation, metrics, rewards, text
from recipes import text_captions

FLAGS = flags.FLAGS
flags.DEFINE_integer("seeds", 3, "Seeds, starting with --seed.")
flags.DEFINE_list(
    "methods",
    ["tuned_0.02", "tuned_0.1", "shuffled", "uniform_random", "constant", "gan"],
    "Rows to train: tuned_<kl_weight>; null rewards, constant without baseline; gan; "
    "gan_constant.",
)
flags.DEFINE_integer("num_scored", 2000, "Texts of each row of the first tables.")
flags.DEFINE_integer("num_swept", 500, "Samples at each temperature.")
flags.DEFINE_integer("rollouts", 4, "Completions of each prefix, for the GAN.")
flags.DEFINE_string("published", None, "Folder of Texygen's published samples.")

COLUMNS = (
    *(f"bleu_{n}" for n in text_captions.ORDERS),
    *(f"self_bleu_{n}" for n in text_captions.ORDERS),
)
OTHERS = (
    *("first_500_self_bleu_2", "first_500_self_bleu_5", "distinct_2"),
    *("longest_copy", "copied_sequences", "test_nll", "held_out_reward"),
)


class Data:
    """Tokens of the corpus and the rewards of its halves."""

    def __init__(self):
        lines = text_captions.corpora()
        self.tokenizer = text.WordTokenizer.fit(lines[0], FLAGS.max_vocabulary)
        self.train, self.validation, self.test = (
            text_captions.known(
                self.tokenizer.encode(part, FLAGS.length, truncate=True), self.tokenizer
            )
            for part in lines
        )
        halves = text.split(self.train, 0.5)
        self.reward, self.held_out_reward = (
            text_captions.make_reward(half, self.tokenizer) for half in halves
        )
        # What is scored is compared with whole captions of all words.
        self.written = text.WordTokenizer.fit(lines[0] + lines[1] + lines[2])
        self.references = self.encoded(lines[2])
        self.corpus = self.encoded(lines[0])

    def encoded(self, texts):
        texts = [line if line.strip() else "." for line in texts]
        return self.written.encode(texts, 40, truncate=True)

    def scores(self, texts):
        """Returns the scores of texts, generated or real."""
        tokens, end = self.encoded(texts), self.written.end_token
        row = metrics.bleu(tokens, self.references, text_captions.ORDERS, end)
        row |= metrics.self_bleu(tokens, text_captions.ORDERS, end)
        first = metrics.self_bleu(tokens[:500], text_captions.ORDERS, end)
        row |= {f"first_500_{name}": value for name, value in first.items()}
        row |= metrics.distinct_n_grams(tokens, 2, end)
        return row | metrics.memorization(tokens, self.corpus, end)


def kept(path, compute):
    """Returns the result in a file, or computes it and writes the file."""
    if not path.exists():
        start = time.time()
        result = compute()
        path.write_text(json.dumps(result) + "\n")
        print(f"{path.stem}: {time.time() - start:.0f} s", flush=True)
    return json.loads(path.read_text())


def trained(name, seed, data, folder):
    """Returns the path of a trained model, trained if it is not there yet."""
    path = folder / f"{name}_{seed}.keras"
    if path.exists():
        return path
    start = time.time()
    if name == "likelihood":
        model = text_captions.fit_by_likelihood(
            data.tokenizer, data.train, data.validation, seed
        )
    else:
        before = trained("likelihood", seed, data, folder)
        keras.utils.set_random_seed(seed)
        train = adversarial if name.startswith("gan") else tuned
        model = train(name, before, data, seed)
    model.save(path)
    print(f"{name}, seed {seed}: trained in {time.time() - start:.0f} s", flush=True)
    return path


def tuned(name, before, data, seed):
    """Returns the generator tuned by the precision of n-grams, or by a null reward."""
    reward, kl_weight, algorithm = data.reward, FLAGS.kl_weight, FLAGS.algorithm
    if name.startswith("tuned"):
        kl_weight = float(name.split("_")[1])
    else:
        reward = text_captions.make_control(name, reward, seed)
    if name == "constant":  # With a baseline nothing would be learned from it.
        kl_weight, algorithm = 0.0, rlgen.rl_models.PolicyGradient("none")
    tuner, _ = text_captions.tune(
        before, reward, data.held_out_reward, seed, kl_weight, algorithm
    )
    return tuner.generator


def adversarial(name, before, data, seed):
    """Returns the generator trained by a discriminator, or by a constant reward."""
    discriminator = rlgen.models.convolutional_discriminator(
        data.tokenizer.vocabulary_size, FLAGS.length
    )
    gan = rlgen.SequenceGAN(
        keras.saving.load_model(before),
        discriminator,
        credit=rlgen.credit.Rollout(FLAGS.rollouts),
        warmup_steps=100,
        seed=seed,
    )
    gan.compile(
        keras.optimizers.Adam(FLAGS.tuning_rate),
        keras.optimizers.Adam(1e-3),
        reward=rewards.Constant(1.0) if name == "gan_constant" else None,
        likelihood_weight=0.1,
    )
    gan.fit(
        data.train,
        validation_data=data.validation[:512],
        batch_size=64,
        epochs=2,
        verbose=2,
    )
    return gan.generator


def row_of(name, seed, data, folder):
    """Returns the scores of a trained model at temperature 1, and its sweep."""
    path = trained(name, seed, data, folder)

    def compute():
        model = keras.saving.load_model(path, compile=False)
        samples = text_captions.generated(model, FLAGS.num_scored)
        row = data.scores(data.tokenizer.decode(samples))
        row["test_nll"] = evaluation.token_nll(model, data.test)
        rewards = [
            data.held_out_reward(tf.constant(samples[i : i + 500]))
            for i in range(0, len(samples), 500)
        ]
        row["held_out_reward"] = float(np.mean(np.concatenate(rewards)))
        row["samples"] = data.tokenizer.decode(samples[:10])
        table = evaluation.quality_diversity(
            {name: model},
            data.test[:2000],
            temperatures=[float(t) for t in FLAGS.temperatures],
            num_samples=FLAGS.num_swept,
        )
        return {**row, "sweep": [{**point, "seed": seed} for point in table.rows]}

    return kept(folder / f"{name}_{seed}.json", compute)


def line(name, rows, columns):
    """Returns a line of a table: the mean over seeds, and each."""
    cells = [name]
    for column in columns:
        values = [row[column] for row in rows if column in row]
        if not values:
            cells.append("-")
            continue
        each = f" ({', '.join(f'{v:.3f}' for v in values)})" if len(values) > 1 else ""
        cells.append(f"{np.mean(values):.3f}{each}")
    return "| " + " | ".join(cells) + " |"


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    folder = pathlib.Path(FLAGS.output)
    folder.mkdir(parents=True, exist_ok=True)
    data = Data()
    real = text.lines(FLAGS.corpus)[: FLAGS.num_scored]
    rows = {
        "training captions": [kept(folder / "real.json", lambda: data.scores(real))]
    }
    if FLAGS.published is not None:
        for path in sorted(pathlib.Path(FLAGS.published).glob("*.txt")):
            texts = text.lines(path, FLAGS.num_scored)
            name = f"Texygen's samples, {path.stem}"
            rows[name] = [
                kept(
                    folder / f"published_{path.stem}.json",
                    lambda texts=texts: data.scores(texts),
                )
            ]
    points = []
    for name in ("likelihood", *FLAGS.methods):
        rows[name] = []
        for seed in range(FLAGS.seed, FLAGS.seed + FLAGS.seeds):
            rows[name].append(row_of(name, seed, data, folder))
            points += rows[name][-1]["sweep"]
            keras.backend.clear_session()
    for columns in (COLUMNS[:4], COLUMNS[4:], OTHERS):
        print(f"\n| | {' | '.join(columns)} |")
        print("| --- " * (len(columns) + 1) + "|")
        for name in rows:
            print(line(name, rows[name], columns))
    table = evaluation.QualityDiversityTable(
        points, "bleu_4", "nll", higher_is_better=True
    )
    print(f"\n{table}\n")
    for name in FLAGS.methods:
        for temperature in (None, 1.0):
            try:
                margin = table.margin(name, "likelihood", temperature)
            except ValueError as error:
                margin = error
            print(f"{name} against likelihood, {temperature or 'best'}: {margin}")
    table.write_picture(folder / "frontier.png")


if __name__ == "__main__":
    FLAGS.set_default("output", "outputs/text_captions_benchmark")
    app.run(main)
