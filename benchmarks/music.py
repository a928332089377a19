"""Bach: likelihoods beside published ones, and melodies tuned by rules with controls.

    python -m benchmarks.music --jsb_path=jsb_chorales_quarter.json --parts=frames
    python -m benchmarks.music --jsb_path=jsb_chorales_quarter.json --parts=chained
    python -m benchmarks.music --parts=melody

- `frames`: nats per frame of the JSB chorales, 88 independent keys, in steps of a
  quarter note, beside published recurrent networks. Training pieces are transposed by
  up to six semitones at random; validation chooses the epoch.
- `chained`: the same frames as four tokens, from the highest note to the lowest, each
  given those before: an upper bound of a chained model's nats per frame.
- `melody`: sopranos of music21's Bach chorales in major by likelihood, then
  `RewardTuner` with rules of music theory and several weights of the KL penalty, and
  null rewards.

Finished runs are stored in --output and skipped; prints Markdown tables.
"""

import json
import pathlib
import time

import recipes  # noqa: F401  (quiet start-up)

# isort: split
import keras
import numpy as np
import tensorflow as tf
from absl import app, flags
from sklearn import linear_model, pipeline, preprocessing
from sklearn import metrics as sklearn_metrics

import keras_rlgen as rlgen
from keras_rlgen import music, rewards
from keras_rlgen.rl_models import AdaptiveKL

FLAGS = flags.FLAGS
flags.DEFINE_list("parts", ["frames", "chained", "melody"], "Which parts to run.")
flags.DEFINE_string("jsb_path", None, "JSON of the JSB chorales, in quarter notes.")
flags.DEFINE_integer("seeds", 3, "Number of seeds, from --first_seed on.")
flags.DEFINE_integer("first_seed", 0, "The first seed.")
flags.DEFINE_integer(
    "frame_epochs", 120, "Epochs of the frames, of four transpositions."
)
flags.DEFINE_integer("chained_epochs", 20, "Epochs of the chained model.")
flags.DEFINE_integer("melody_epochs", 60, "Most epochs of melodies by likelihood.")
flags.DEFINE_integer("tuning_steps", 200, "Updates of the tuning.")
flags.DEFINE_list("kl_weights", ["1.0", "0.3"], "Weights of the penalty.")
flags.DEFINE_list("controls", ["constant", "shuffled"], "Null rewards.")
flags.DEFINE_string("output", "outputs/music_benchmark", "Folder of the runs.")

# Nats per frame on the test pieces. arxiv.org/abs/1803.01271, table 1.
PUBLISHED = {"RNN": 8.91, "LSTM": 8.45, "GRU": 8.43, "TCN": 8.10}
LONGEST = 160  # Frames of the longest chorale.
KEY = "C major"  # Of the melodies.


def stored(name, compute):
    """Returns a result from its file, or computes it and writes the file."""
    path = pathlib.Path(FLAGS.output, f"{name}.json")
    if not path.exists():
        start = time.time()
        result = compute()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(result, indent=2) + "\n")
        print(f"{name}: {time.time() - start:.0f} s, {result}", flush=True)
    return json.loads(path.read_text())


def rolls_of(pieces, semitones=0):
    """Returns a list of rolls, int32 `(frames, 88)`, of the lengths of the pieces."""
    encoding = music.PianoRollEncoding()
    rolls = []
    for piece in pieces:
        notes = [note for voice in piece.voices for note in voice]
        moved = [note._replace(pitch=note.pitch + semitones) for note in notes]
        rolls.append(encoding.encode_notes(moved))
    return rolls


def padded(rolls, length):
    """Returns rolls of one length, and which of their frames are real."""
    tokens = np.zeros((len(rolls), length, 88), np.int32)
    real = np.zeros((len(rolls), length), np.float32)
    for index, roll in enumerate(rolls):
        tokens[index, : len(roll)] = roll
        real[index, : len(roll)] = 1.0
    return tokens, real


def nats_per_frame(model, rolls):
    """Returns nats per frame, over all frames, and without the first of a piece."""
    tokens, real = padded(rolls, LONGEST)
    nats = -model.step_log_probs(tokens).numpy() * real
    later = nats[:, 1:].sum() / real[:, 1:].sum()
    return float(nats.sum() / real.sum()), float(later)


def train_frames(seed):
    """Trains 88 independent keys; returns nats per frame at the best epoch.

    Pieces have several lengths, and a generator of several voices has no end token. So
    the loop is here, and padding has no weight.
    """
    keras.utils.set_random_seed(seed)
    random = np.random.default_rng(seed)
    pieces = music.jsb_pieces(FLAGS.jsb_path, step=1.0)
    shifted = [rolls_of(pieces["train"], shift) for shift in range(-6, 7)]
    valid, test = rolls_of(pieces["valid"]), rolls_of(pieces["test"])
    backbone = rlgen.models.RecurrentBackbone(
        2, units=384, cell="gru", dropout=0.4, voices=88
    )
    model = rlgen.SequenceGenerator(backbone, LONGEST, seed=seed)
    copies, batch = 4, 32
    steps = copies * len(pieces["train"]) // batch
    schedule = keras.optimizers.schedules.CosineDecay(
        1e-5, steps * FLAGS.frame_epochs, warmup_target=4e-3, warmup_steps=100
    )
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=0.01, clipnorm=1.0)
    variables = backbone.trainable_variables
    optimizer.build(variables)

    @tf.function(reduce_retracing=True)
    def update(tokens, real):
        start = tf.fill([tf.shape(tokens)[0], 1, 88], 2)
        seen = tf.concat([start, tokens[:, :-1]], axis=1)
        with tf.GradientTape() as tape:
            logits = backbone(seen, training=True)
            nats = tf.nn.sparse_softmax_cross_entropy_with_logits(tokens, logits)
            frames = tf.reduce_sum(nats, axis=2) * real
            loss = tf.reduce_sum(frames) / tf.reduce_sum(real)
        optimizer.apply_gradients(
            zip(tape.gradient(loss, variables), variables, strict=True)
        )

    best = {"valid": [np.inf, np.inf]}
    for epoch in range(FLAGS.frame_epochs):
        rolls = [
            shifted[shift][index]
            for index in range(len(pieces["train"]))
            for shift in random.choice(13, copies, replace=False)
        ]
        # Pieces of about one length together, so that there is little padding.
        rolls.sort(key=lambda roll: len(roll) + random.uniform(0.0, 12.0))
        for start in batch * random.permutation(len(rolls) // batch):
            part = rolls[start : start + batch]
            length = 16 * -(-max(map(len, part)) // 16)
            update(*map(tf.constant, padded(part, length)))
        if epoch % 5 == 4 or epoch == FLAGS.frame_epochs - 1:
            now = nats_per_frame(model, valid)
            if now[1] < best["valid"][1]:
                best = {"epoch": epoch + 1, "valid": now}
                best["test"] = nats_per_frame(model, test)
    return best


def train_chained(seed):
    """Trains four tokens a frame, one after another; returns nats per frame."""
    keras.utils.set_random_seed(seed)
    encoding = music.ChoraleEncoding(
        low=36, high=103, hold=False, end=True, steps_per_quarter=1, interleaved=True
    )
    train, _, _ = music.jsb_chorales(FLAGS.jsb_path, encoding, length=64, transpose=6)
    # Whole pieces, of which the longest has 160 frames.
    _, valid, test = music.jsb_chorales(FLAGS.jsb_path, encoding, length=LONGEST)
    backbone = rlgen.models.RecurrentBackbone(
        encoding.vocabulary_size, units=256, cell="gru", dropout=0.2, period=4
    )
    model = rlgen.SequenceGenerator(backbone, 4 * 64, encoding.end_token, seed=seed)
    steps = len(train) // 64
    schedule = keras.optimizers.schedules.CosineDecay(
        1e-5, steps * FLAGS.chained_epochs, warmup_target=4e-3, warmup_steps=100
    )
    model.compile(keras.optimizers.AdamW(schedule, weight_decay=0.01, clipnorm=1.0))
    model.fit(train.tokens, batch_size=64, epochs=FLAGS.chained_epochs, verbose=0)
    whole = rlgen.SequenceGenerator(backbone, 4 * LONGEST, encoding.end_token)

    def per_frame(passages):
        nats = -whole.step_log_probs(passages.tokens).numpy()
        frames = encoding.grid(passages.tokens).valid.numpy()
        of_frames = nats.reshape(*frames.shape, 4).sum(axis=2) * frames
        later = of_frames[:, 1:].sum() / frames[:, 1:].sum()
        return float(of_frames.sum() / frames.sum()), float(later)

    return {"valid": per_frame(valid), "test": per_frame(test)}


def melodies():
    """Returns sopranos of pieces in major, in C major: training, validation, test."""
    parts = music.bach_chorales(1, length=64, hop=16, common_key=True)
    return [part[part.keys == music.key_index(KEY)] for part in parts]


def rules(encoding):
    """Returns the reward: rules of music theory, of which each has a weight."""
    return (
        10.0 * music.InKey(encoding, KEY)
        + 2.0 * music.LeapsResolved(encoding)
        + 10.0 * music.RepeatedNotes(encoding)
        + 2.0 * music.EndsOnTonic(encoding, KEY)
        + 4.0 * music.Motifs(encoding)
    )


def train_melodies(path, seed, train, valid):
    """Trains melodies by likelihood, and writes the model to a file."""
    keras.utils.set_random_seed(seed)
    backbone = rlgen.models.RecurrentBackbone(
        train.encoding.vocabulary_size, units=128, dropout=0.4
    )
    model = rlgen.SequenceGenerator(backbone, length=64, seed=seed)
    model.compile(keras.optimizers.Adam(3e-3))
    stop = keras.callbacks.EarlyStopping(patience=4, restore_best_weights=True)
    model.fit(
        train.tokens,
        validation_data=valid.tokens,
        batch_size=64,
        epochs=FLAGS.melody_epochs,
        callbacks=[stop],
        verbose=0,
    )
    model.save(path)


def features(tokens, encoding):
    """Returns what a classifier sees of melodies: counts of what is in them."""
    grid = encoding.grid(tokens)
    pitches = grid.pitches.numpy()[..., 0]
    onsets = grid.onsets.numpy()[..., 0]
    rows = []
    for line, begins in zip(pitches, onsets, strict=True):
        notes = line[begins]
        intervals = np.clip(np.diff(notes), -8, 8)
        places = np.flatnonzero(begins)
        lengths = np.clip(np.diff(places), 1, 8)
        pairs = 17 * (intervals[:-1] + 8) + intervals[1:] + 8
        rows.append(
            np.concatenate(
                [
                    np.bincount(notes % 12, minlength=12),
                    np.bincount(intervals + 8, minlength=17),
                    np.bincount(lengths, minlength=9),
                    np.bincount(places % 8, minlength=8),
                    np.bincount(pairs, minlength=17 * 17),
                ]
            )
        )
    return np.asarray(rows, np.float32)


def classifier_accuracy(tokens, train, held_out, encoding):
    """Returns how well a classifier tells real melodies from others; 0.5 is best.

    Passages of one piece are alike, so the real ones that it learns from and those of
    the test are of different pieces. The mean of the accuracies of both classes.
    """
    half = len(tokens) // 2
    seen, unseen = (
        (
            np.concatenate([features(x, encoding) for x in pair]),
            np.repeat([1, 0], [len(x) for x in pair]),
        )
        for pair in ((train, tokens[:half]), (held_out, tokens[half:]))
    )
    model = pipeline.make_pipeline(
        preprocessing.StandardScaler(),
        linear_model.LogisticRegression(
            C=0.01, class_weight="balanced", max_iter=1_000
        ),
    )
    model.fit(*seen)
    return float(
        sklearn_metrics.balanced_accuracy_score(unseen[1], model.predict(unseen[0]))
    )


def scores(tokens, data, nll, reward):
    """Returns the rules' statistics, and how far melodies are from real ones."""
    train, valid, test = data
    encoding = train.encoding
    found = music.statistics(tokens, encoding, KEY, corpus=train.tokens)
    held_out = np.concatenate([valid.tokens, test.tokens])
    names = (
        *("out_of_key", "leaps_resolved", "repeated", "ends_on_tonic"),
        *("in_repeated_motif", "notes_per_quarter", "novelty", "longest_copy"),
    )
    return {
        "reward": float(np.mean(reward(tokens))),
        **{name: found[name] for name in names},
        "classifier": classifier_accuracy(tokens, train.tokens, held_out, encoding),
        "nll": nll,
    }


def nats_per_step(model, passages):
    return float(-np.mean(model.log_prob(passages.tokens)) / passages.tokens.shape[1])


def tune_melodies(path, seed, kind, data):
    """Returns the scores of melodies after tuning by a reward."""
    keras.utils.set_random_seed(seed)
    train, valid, test = data
    reward = rules(train.encoding)
    model = keras.saving.load_model(path)
    if kind == "before":
        tokens = model.generate(512, seed=1)
        return scores(tokens, data, nats_per_step(model, test), reward) | {"kl": 0.0}
    tuner = rlgen.RewardTuner(model, seed=seed)
    null = {"constant": rewards.Constant(), "shuffled": rewards.Shuffled(reward, seed)}
    weights = {"adaptive": AdaptiveKL(target=3.0, weight=1.0)}
    weights |= {name: 0.3 for name in null}
    tuner.compile(
        keras.optimizers.Adam(5e-4),
        reward=null.get(kind, reward),
        algorithm="rloo",
        kl_weight=weights[kind] if kind in weights else float(kind),
        num_samples=64,
        steps_per_execution=25,
    )
    epochs = FLAGS.tuning_steps // 25
    history = tuner.fit(epochs=epochs, steps_per_epoch=25, verbose=0).history
    tokens = tuner.generate(512, seed=1)
    found = scores(tokens, data, nats_per_step(tuner.generator, test), reward)
    return found | {"kl": float(history["reference_kl"][-1])}


def run_melodies(seeds):
    data = melodies()
    reward = rules(data[0].encoding)
    table = {"held-out data": [scores(data[2].tokens, data, np.nan, reward)]}
    for seed in seeds:
        path = pathlib.Path(FLAGS.output, f"melody_{seed}.keras")
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            train_melodies(path, seed, *data[:2])
        for kind in ("before", *FLAGS.kl_weights, *FLAGS.controls):
            result = stored(
                f"melody_{kind}_{seed}",
                lambda kind=kind, path=path, seed=seed: tune_melodies(
                    path, seed, kind, data
                ),
            )
            table.setdefault(kind, []).append(result)
    names = list(table["before"][0])
    print(f"\n| | {' | '.join(names)} |\n|{' --- |' * (len(names) + 1)}")
    for row, results in table.items():
        cells = [
            ", ".join(f"{r[name]:.3g}" for r in results if name in r) for name in names
        ]
        print(f"| {row} | {' | '.join(cells)} |")


def run_likelihood(part, train, seeds):
    results = [stored(f"{part}_{seed}", lambda s=seed: train(s)) for seed in seeds]
    print(f"\n| {part}: seed | validation | test | test, all frames |")
    print("| --- | --- | --- | --- |")
    for seed, result in zip(seeds, results, strict=True):
        valid, test = result["valid"], result["test"]
        print(f"| {seed} | {valid[1]:.3f} | {test[1]:.3f} | {test[0]:.3f} |")
    print(f"median of test: {np.median([r['test'][1] for r in results]):.3f}")


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    seeds = range(FLAGS.first_seed, FLAGS.first_seed + FLAGS.seeds)
    if "frames" in FLAGS.parts:
        run_likelihood("frames", train_frames, seeds)
        print(f"published: {PUBLISHED}")
    if "chained" in FLAGS.parts:
        run_likelihood("chained", train_chained, seeds)
    if "melody" in FLAGS.parts:
        run_melodies(seeds)


if __name__ == "__main__":
    app.run(main)
