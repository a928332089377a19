"""Learn Bach's melodies by likelihood, then tune them by rules of music theory.

A recurrent network learns the sopranos of Bach's chorales, from the corpus of music21
(read once, in about a minute) or from a file of the JSB chorales. `RewardTuner` then
maximises named rules, minus a KL penalty on the distance to what was learned. A table
has the rules' statistics of real melodies, and of generated ones before and after; and
what shows a reward that is exploited: the likelihood of held-out melodies, novel
n-grams, the longest copy, notes per quarter.

    python -m recipes.music_bach

Needs the extra `music`. `--kl_weight=0` shows what the penalty is for;
`--mood=brighter` or another direction adds `music.Emotion`. Writes to --output:
`before/` and `after/`, with MIDI and WAV files; `before.png`, `after.png` and
`data.png`, piano rolls; `rolls/`, those of the training; and `scores.json`.
"""

import json
import pathlib
import time

import keras
import numpy as np
import tensorflow as tf
from absl import app, flags

import keras_rlgen as rlgen
from keras_rlgen import music

FLAGS = flags.FLAGS
flags.DEFINE_string(
    "jsb_path", None, "JSON of the JSB chorales, in place of music21's corpus."
)
flags.DEFINE_float("jsb_step", 0.25, "Quarter notes of a step of that file.")
flags.DEFINE_integer("length", 64, "Steps of a melody, eighth notes.")
flags.DEFINE_integer("units", 128, "Units of the LSTM.")
flags.DEFINE_integer("epochs", 30, "Most epochs by likelihood.")
flags.DEFINE_integer("updates", 200, "Updates of the tuning.")
flags.DEFINE_integer("num_samples", 128, "Melodies for each update.")
flags.DEFINE_float("kl_weight", 0.3, "Penalty per nat of KL divergence.")
flags.DEFINE_enum(
    "mood",
    "none",
    ["none", "brighter", "darker", "livelier", "calmer"],
    "What to ask for too.",
)
flags.DEFINE_float("tempo", 96.0, "Quarter notes a minute, of the files.")
flags.DEFINE_integer("num_files", 10, "Melodies to write, before and after.")
flags.DEFINE_integer("seed", 0, "Seed of weights, samples and data order.")
flags.DEFINE_string("output", "outputs/music_bach", "Folder to write to.")

KEY = "C major"  # All melodies are transposed to it.
COLUMNS = (
    *("reward", "held_out_nats", "out_of_key", "leaps_resolved", "repeated"),
    *("ends_on_tonic", "in_repeated_motif", "notes_per_quarter", "novelty"),
    "longest_copy",
)


def load_melodies():
    """Returns training, validation and test melodies, of pieces in major.

    They are in steps of an eighth note, and transposed to C major: so one scale and one
    tonic are right for all.
    """
    arguments = {"length": FLAGS.length, "hop": 16, "common_key": True}
    if FLAGS.jsb_path is None:
        parts = music.bach_chorales(voices=1, **arguments)
    else:
        encoding = music.MelodyEncoding(low=43, high=96, hold=False)
        parts = music.jsb_chorales(
            FLAGS.jsb_path, encoding, step=FLAGS.jsb_step, **arguments
        )
    return [part[part.keys == music.key_index(KEY)] for part in parts]


def make_reward(encoding):
    """Returns the rules and their weights."""
    reward = (
        10.0 * music.InKey(encoding, KEY)
        + 2.0 * music.LeapsResolved(encoding)
        + 10.0 * music.RepeatedNotes(encoding)
        + 2.0 * music.EndsOnTonic(encoding, KEY)
        + 4.0 * music.Motifs(encoding)
    )
    if FLAGS.mood != "none":
        reward = reward + 2.0 * music.Emotion(encoding, FLAGS.mood, FLAGS.tempo)
    return reward


def fit_by_likelihood(train, valid, folder):
    backbone = rlgen.models.RecurrentBackbone(
        train.encoding.vocabulary_size, units=FLAGS.units, dropout=0.3
    )
    model = rlgen.SequenceGenerator(backbone, FLAGS.length, seed=FLAGS.seed)
    model.compile(keras.optimizers.Adam(3e-3))
    callbacks = [
        keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True),
        rlgen.callbacks.PianoRollMonitor(folder, train.encoding, every=10),
    ]
    model.fit(
        train.tokens,
        validation_data=valid.tokens,
        batch_size=64,
        epochs=FLAGS.epochs,
        callbacks=callbacks,
        verbose=2,
    )
    return model


def tune(model, reward):
    tuner = rlgen.RewardTuner(model, seed=FLAGS.seed)
    steps = min(25, FLAGS.updates)
    tuner.compile(
        keras.optimizers.Adam(3e-4),
        reward=reward,
        algorithm="rloo",
        kl_weight=FLAGS.kl_weight,
        num_samples=FLAGS.num_samples,
        steps_per_execution=steps,
    )
    history = tuner.fit(
        epochs=FLAGS.updates // steps, steps_per_epoch=steps, verbose=0
    ).history
    for name, values in history.items():
        if name.startswith("reward") or name == "reference_kl":
            print(f"  {name}: {values[0]:.3f} -> {values[-1]:.3f}")


def score(tokens, train, reward, held_out_nats):
    found = music.statistics(tokens, train.encoding, KEY, corpus=train.tokens)
    found["reward"] = float(np.mean(reward(tokens)))
    found["held_out_nats"] = held_out_nats
    return {name: found[name] for name in COLUMNS}


def held_out_nats(model, test):
    """Returns nats per step of held-out melodies."""
    return float(-np.mean(model.log_prob(test.tokens)) / FLAGS.length)


def write_files(folder, tokens, encoding):
    """Writes MIDI and WAV files, and a picture of the first four melodies."""
    chosen = tokens[: FLAGS.num_files]
    music.write_midi(folder, chosen, encoding, FLAGS.tempo)
    for path in music.write_wav(folder, chosen, encoding, FLAGS.tempo):
        print(f"  {path}")
    picture = folder.with_suffix(".png")
    music.write_piano_roll(picture, tokens[:4], encoding, columns=2)


def main(argv):
    del argv
    start = time.time()
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    keras.utils.set_random_seed(FLAGS.seed)
    output = pathlib.Path(FLAGS.output)
    output.mkdir(parents=True, exist_ok=True)
    train, valid, test = load_melodies()
    encoding = train.encoding
    print(f"{len(train)} training melodies of {len(train.names)} pieces")
    reward = make_reward(encoding)
    table = {"held-out data": score(test.tokens, train, reward, float("nan"))}
    music.write_piano_roll(output / "data.png", test.tokens[:4], encoding, columns=2)
    model = fit_by_likelihood(train, valid, output / "rolls")
    for name in ("before", "after"):
        if name == "after":
            print("Tuning:")
            tune(model, reward)
        tokens = model.generate(max(256, FLAGS.num_files), seed=FLAGS.seed)
        table[name] = score(tokens, train, reward, held_out_nats(model, test))
        write_files(output / name, tokens, encoding)
    model.save(output / "melodies.keras")
    print(rlgen.callbacks.format_table(table))
    (output / "scores.json").write_text(json.dumps(table, indent=2) + "\n")
    print(f"Written to {output}/ in {time.time() - start:.0f} s")


if __name__ == "__main__":
    app.run(main)
