import json

import keras
import numpy as np
import pytest

from tests.recipes.in_process import run_recipe

FLAGS = (
    "--vocabulary_size=8",
    "--num_sequences=64",
    "--epochs=1",
    "--credit=critic",
    "--updates=2",
    "--discriminator_steps=1",
    "--warmup_steps=1",
    "--temperatures=1.0,0.8",
)


def test_it_compares_discriminator_and_controls(tmp_path, monkeypatch):
    run_recipe("seqgan_oracle", [*FLAGS, f"--output={tmp_path}"], monkeypatch)
    record = json.loads((tmp_path / "scores.json").read_text())
    names = ["likelihood", "constant reward", "random reward", "SequenceGAN"]
    assert [row["model"] for row in record["rows"]] == [n for n in names for _ in "ab"]
    assert list(record["margins"]) == names[1:]
    assert (tmp_path / "frontier.png").stat().st_size > 1000
    gan = keras.saving.load_model(tmp_path / "sequence_gan.keras")
    assert gan.generate(2, seed=0).shape == (2, 20)


def test_the_oracle_is_an_lstm_with_the_files_weights(tmp_path):
    """One step, transcribed in NumPy from SeqGAN's equations of its cell."""
    from recipes.seqgan_oracle import UNITS, make_oracle

    random = np.random.default_rng(0)
    weights = {f"{w}{g}": (UNITS, UNITS) for w in "WU" for g in ("i", "f", "og", "c")}
    weights |= {f"b{g}": (UNITS,) for g in ("i", "f", "og", "c")}
    weights |= {"embeddings": (7, UNITS), "Wo": (UNITS, 7), "bo": (7,)}
    weights = {name: random.normal(size=shape) for name, shape in weights.items()}
    np.savez(tmp_path / "oracle.npz", **weights)
    oracle = make_oracle(tmp_path / "oracle.npz")

    def gate(name, x, h):
        return x @ weights[f"W{name}"] + h @ weights[f"U{name}"] + weights[f"b{name}"]

    def sigmoid(x):
        return 1.0 / (1.0 + np.exp(-x))

    tokens, expected = [3, 5, 1, 6], []
    h = c = np.zeros(UNITS)
    for previous, token in zip([0, *tokens], tokens, strict=False):
        x = weights["embeddings"][previous]
        candidate = np.tanh(gate("c", x, h))
        c = sigmoid(gate("f", x, h)) * c + sigmoid(gate("i", x, h)) * candidate
        h = sigmoid(gate("og", x, h)) * np.tanh(c)
        logits = h @ weights["Wo"] + weights["bo"]
        expected.append(logits[token] - np.log(np.sum(np.exp(logits))))
    padded = np.int32([tokens + [0] * 16])
    found = oracle.step_log_probs(padded).numpy()[0, :4]
    assert found == pytest.approx(expected, rel=1e-4)
