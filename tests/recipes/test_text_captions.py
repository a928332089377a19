import json

import keras

from keras_rlgen import text
from tests.recipes.in_process import run_recipe

FLAGS = (
    "--length=8",
    "--units=8",
    "--epochs=1",
    "--updates=5",
    "--num_samples=8",
    "--controls=",
    "--temperatures=1.0,0.5",
    "--num_generated=30",
)


def test_it_runs_on_a_file(tmp_path, monkeypatch):
    lines = text.ContextFreeGrammar(
        {"S": ["a N V .", "the N V ."], "N": ["dog", "cat"], "V": ["runs", "sits"]}
    ).sample(300, max_length=6, seed=0)
    corpus = tmp_path / "lines.txt"
    corpus.write_text("\n".join(lines))
    flags = [*FLAGS, f"--corpus={corpus}", f"--output={tmp_path}"]
    run_recipe("text_captions", flags, monkeypatch)
    record = json.loads((tmp_path / "scores.json").read_text())
    assert list(record["scores"]) == ["real", "likelihood", "tuned"]
    assert 0.0 < record["scores"]["tuned"]["bleu_2"] <= 1.0
    assert len(record["frontier"]) == 4
    assert (tmp_path / "frontier.png").stat().st_size > 1000
    assert "tuned:" in (tmp_path / "samples.txt").read_text()
    tokenizer = text.load_tokenizer(tmp_path / "tokenizer.json")
    tuned = keras.saving.load_model(tmp_path / "tuned.keras")
    assert all(tokenizer.decode(tuned.generate(2, seed=0)))
