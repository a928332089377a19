import io

from tests.recipes.in_process import run_recipe


def test_it_trains_a_model_and_plays_in_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO("12s2-rq"))
    arguments = ("--steps=120", "--updates=8", f"--output={tmp_path}")
    run_recipe("play_in_model", arguments, monkeypatch)
    printed = capsys.readouterr().out
    assert "| steps | error |" in printed
    assert "actions: 1 left  2 right" in printed
    assert "in the environment | step 1 | reward 1 | return 1" in printed
    assert (tmp_path / "world.keras").stat().st_size > 0
    # What was saved is played in as well.
    monkeypatch.setattr("sys.stdin", io.StringIO("2q"))
    saved = f"--model={tmp_path / 'world.keras'}"
    run_recipe("play_in_model", (saved, "--horizon=7"), monkeypatch)
    assert "Last episode: in the model | step 1/7" in capsys.readouterr().out
