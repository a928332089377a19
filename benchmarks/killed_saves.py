"""Kills processes while they save, and counts the files that still load.

    python -m benchmarks.killed_saves

Each kind of file is written again and again by a process that is killed (SIGKILL) at a
random moment, which lies in a save with near certainty: nothing else is done. After
each kill the file is loaded. A file counts as loadable if what it holds is complete,
whether the old or the new:

- `model`: `GAN.save`;
- `agent`: `DQN.save`, replay buffer included;
- `backup`: what `keras.callbacks.BackupAndRestore` wrote in `fit`;
- `export`: `GAN.export`, a SavedModel.

Linux only: processes are forked.
"""

import json
import os
import pathlib
import random
import signal
import tempfile
import time

import recipes  # noqa: F401  (quiet start-up)

# isort: split
import keras
import numpy as np
import tensorflow as tf
from absl import app, flags
from keras import layers

import keras_rlgen as rlgen
from keras_rlgen.whole_files import write_text

FLAGS = flags.FLAGS
flags.DEFINE_integer("kills", 100, "Kills, divided among the kinds of files.")
flags.DEFINE_list("kinds", "model,agent,backup,export", "What is written.")
flags.DEFINE_integer("seed", 0, "Seed of the moments.")
flags.DEFINE_string("output", "outputs/killed_saves.json", "File to write.")


def make_gan():
    generator = keras.Sequential(
        [layers.Input((8,)), layers.Dense(256), layers.Dense(64, "tanh")]
    )
    discriminator = keras.Sequential(
        [layers.Input((64,)), layers.Dense(256), layers.Dense(1)]
    )
    gan = rlgen.GAN(generator, discriminator, latent_dim=8, seed=0)
    gan.compile(jit_compile=False)
    gan.fit(np.zeros((16, 64), "float32"), verbose=0)
    return gan


def make_agent():
    network = keras.Sequential([layers.Input((4,)), layers.Dense(64), layers.Dense(2)])
    agent = rlgen.agents.DQN(
        network, rlgen.environments.CartPole(), num_environments=4, seed=0
    )
    agent.compile(jit_compile=False)
    agent.fit(steps_per_epoch=300, verbose=0)
    return agent


def kinds(folder):
    """Returns a dict from names to pairs of functions that write and that load."""
    gan, agent = make_gan(), make_agent()
    backups = keras.callbacks.BackupAndRestore(
        folder / "backup", delete_checkpoint=False
    )
    images = np.zeros((16, 64), "float32")

    def back_up(epochs=10**6):
        gan.fit(images, epochs=epochs, callbacks=[backups], verbose=0)

    def load_backup():
        metadata = json.loads((folder / "backup/training_metadata.json").read_text())
        gan.load_weights(folder / "backup/latest.weights.h5")
        return metadata["epoch"]

    # Each is there before the first kill.
    gan.save(folder / "gan.keras")
    agent.save(folder / "agent.keras")
    gan.export(folder / "exported", verbose=False)
    back_up(epochs=1)

    def load_export():
        loaded = tf.saved_model.load(str(folder / "exported"))
        return loaded.generate(2, 0)

    return {
        "model": (
            lambda: gan.save(folder / "gan.keras"),
            lambda: rlgen.load_model(folder / "gan.keras"),
        ),
        "agent": (
            lambda: agent.save(folder / "agent.keras"),
            lambda: rlgen.agents.DQN.load(folder / "agent.keras"),
        ),
        "backup": (back_up, load_backup),
        "export": (
            lambda: gan.export(folder / "exported", verbose=False),
            load_export,
        ),
    }


def write_until_killed(write, seconds):
    """Forks a process that writes, and kills it after some seconds."""
    child = os.fork()
    if child == 0:
        try:
            while True:
                write()
        finally:
            os._exit(1)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        raise RuntimeError("The process ended by itself: it cannot write.")


def seconds_of(write):
    """Returns how long a write takes in a forked process; at most two seconds."""
    start = time.perf_counter()
    child = os.fork()
    if child == 0:
        try:
            write()
        finally:
            os._exit(0)
    ended = False
    while not ended and time.perf_counter() - start < 2.0:
        time.sleep(0.01)
        ended = os.waitpid(child, os.WNOHANG)[0] == child
    if not ended:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return time.perf_counter() - start


def measure(kills, seed, names, folder):
    """Returns a dict from kinds to the numbers of kills and of loadable files."""
    moments = random.Random(seed)
    files = {name: kind for name, kind in kinds(folder).items() if name in names}
    results = {}
    for name, (write, load) in files.items():
        took = seconds_of(write)
        count = kills // len(files)
        loadable = 0
        for _ in range(count):
            write_until_killed(write, moments.uniform(0.1, 2.0) * took)
            try:
                load()
                loadable += 1
            except Exception as error:
                print(f"{name}: {type(error).__name__}: {error}")
        results[name] = {"kills": count, "loadable": loadable}
        print(
            f"{name}: {loadable} of {count} loadable ({took:.2f} s a save)", flush=True
        )
    return results


def main(argv):
    del argv
    with tempfile.TemporaryDirectory() as folder:
        results = measure(FLAGS.kills, FLAGS.seed, FLAGS.kinds, pathlib.Path(folder))
    write_text(FLAGS.output, json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    app.run(main)
