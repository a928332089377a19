"""Training on two devices, and on two machines, in processes of their own."""

import json
import os
import pathlib
import socket
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.training import replicas

PROCESSES = pathlib.Path(__file__).parent / "replica_processes"


def started(script, *arguments):
    command = [sys.executable, str(PROCESSES / script), *map(str, arguments)]
    # A collective that never ends would wait for ever.
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def lines(process, timeout=300):
    """Returns what a process printed, lines of JSON, and its exit code."""
    try:
        output, errors = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    found = [json.loads(x) for x in output.splitlines() if x.startswith("{")]
    assert found or process.returncode, errors
    return found, process.returncode, errors


def test_one_replica_changes_nothing():
    values = [tf.constant([1.0, 3.0]), None]
    assert replicas.count() == 1
    assert replicas.mean(values) is values
    assert replicas.total(values[0]) is values[0]
    assert replicas.share(tf.constant(2)) is None
    assert replicas.filled(values[0]) is values[0]
    assert float(replicas.batch_mean(values[0])) == 2.0
    state = keras.random.SeedGenerator(7).state
    replicas.separate_streams([state], tf.distribute.get_strategy())
    np.testing.assert_array_equal(state.numpy(), [7, 0])
    first = replicas.first_stream(state, tf.distribute.get_strategy())
    np.testing.assert_array_equal(first, [7, 0])


def test_two_replicas_train_as_one_device():
    # Losses, weights, noise, dropout, NaN and an empty share are checked there.
    found, code, errors = lines(started("mirrored.py"))
    assert code == 0, errors
    for name, parts in {
        "outside": ("ValueError", "outside of the strategy's scope", "strategy.scope"),
        "accumulation": ("gradient_accumulation_steps=2", "larger batch"),
        "jit": ("jit_compile=True", "'auto'"),
        "scope": ("`compile` was called outside", "with strategy.scope()"),
        "small": ("each of 2 replicas", "a batch of 1", "multiple of 2"),
        "uneven": ("share equally", "a batch of 3", "multiple of 2"),
        "data set": ("a data set of 3", "multiple of 2"),
        "memory": ("`DiversityFilter`, a part of `reward`", "a memory of its own"),
    }.items():
        for part in parts:
            assert part in found[-1][name], (name, found[-1][name])


def test_every_family_on_two_replicas():
    found, code, errors = lines(started("families.py"), timeout=1200)
    assert code == 0, errors
    random = "sequence_gan", "tuner", "restoring_vae"
    for name, result in ((n, r) for line in found for n, r in line.items()):
        assert result["finite"] and not result["apart"], (name, result)
        if name not in random:
            assert max(result["losses"], result["weights"]) < 1e-5, (name, result)
    assert len(found) == 13


AGENT = """
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(
    cpu, [tf.config.LogicalDeviceConfiguration()] * 2
)
import keras
from keras_rlgen.agents import DQN
from keras_rlgen.environments import CartPole
with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope():
    network = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    try:
        DQN(network, environment=CartPole()).compile()
    except ValueError as error:
        print(error)
"""


def test_an_agent_is_refused_on_two_replicas():
    process = subprocess.run(
        [sys.executable, "-c", AGENT], capture_output=True, text=True
    )
    assert process.returncode == 0, process.stderr
    assert "`DQN` trains on one replica: it acts in environments" in process.stdout
    assert "AsyncVectorEnv" in process.stdout


def on_two_machines(folder, event):
    """Returns what two workers printed, and their exit codes."""
    sockets = [socket.socket() for _ in range(2)]
    for each in sockets:
        each.bind(("localhost", 0))
    ports = ",".join(str(each.getsockname()[1]) for each in sockets)
    for each in sockets:
        each.close()
    workers = [started("worker.py", i, ports, folder, event) for i in range(2)]
    return [lines(worker)[:2] for worker in workers]


def test_two_machines_train_alike_and_resume_after_a_kill(tmp_path):
    os.mkdir(tmp_path / "whole")
    whole = on_two_machines(tmp_path / "whole", "nothing")
    assert [code for _, code in whole] == [0, 0]
    (first,), (second,) = (found for found, _ in whole)
    assert first.pop("key") != second.pop("key")
    assert first == second  # and the Fréchet distance is that of all samples
    # The chief alone saves, and the file loads on one device.
    loaded = keras.saving.load_model(tmp_path / "whole" / "model.keras")
    weights = [float(np.abs(weight).sum()) for weight in loaded.get_weights()]
    np.testing.assert_allclose(weights, first["weights"], rtol=1e-6)
    killed = on_two_machines(tmp_path, "kill")
    assert killed[1][1] == 9 and killed[0][1] == 1  # the other one does not hang
    resumed = on_two_machines(tmp_path, "nothing")
    for found, code in resumed:
        assert code == 0
        np.testing.assert_allclose(found[0]["weights"], first["weights"], rtol=1e-6)
        for name, values in found[0]["history"].items():
            expected = first["history"][name][-len(values) :]
            np.testing.assert_allclose(values, expected, rtol=1e-5)


@pytest.mark.parametrize(
    "event, first, second",
    [
        (
            "other data",
            "machines of the cluster differ in samples",
            "differ in samples",
        ),
        ("no folder", "Another machine cannot write", "cannot be written"),
    ],
)
def test_machines_that_differ_raise_on_all(tmp_path, event, first, second):
    for (found, code), message in zip(
        on_two_machines(tmp_path, event), (first, second), strict=True
    ):
        assert code == 1 and message in found[0]["error"], found
