import json

import numpy as np
import pytest

from tests.recipes.in_process import run_recipe

pytest.importorskip("pretty_midi")


def test_it_runs(tmp_path, monkeypatch):
    random = np.random.default_rng(0)
    scale = np.array([60, 62, 64, 65, 67, 69, 71, 72])
    pieces = [
        [[int(p)] for p in np.repeat(scale[random.integers(0, 8, 32)], 2)]
        for _ in range(6)
    ]
    path = tmp_path / "chorales.json"
    path.write_text(json.dumps({"train": pieces[:4], "valid": pieces, "test": pieces}))
    arguments = [
        *(f"--jsb_path={path}", "--length=16", "--units=4", "--epochs=1"),
        *("--updates=1", "--num_samples=4", "--num_files=2", "--mood=brighter"),
        f"--output={tmp_path}",
    ]
    run_recipe("music_bach", arguments, monkeypatch)
    scores = json.loads((tmp_path / "scores.json").read_text())
    assert list(scores) == ["held-out data", "before", "after"]
    assert scores["before"]["reward"] != scores["after"]["reward"]
    for name in ("before", "after"):
        assert len(list((tmp_path / name).glob("*.mid"))) == 2
        assert len(list((tmp_path / name).glob("*.wav"))) == 2
        assert (tmp_path / f"{name}.png").stat().st_size > 0
    assert (tmp_path / "melodies.keras").exists()
