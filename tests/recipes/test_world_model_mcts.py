from tests.recipes.in_process import run_recipe


def test_recipe(tmp_path, monkeypatch, capsys):
    arguments = [f"--output={tmp_path}", "--epochs=1", "--simulations=2"]
    arguments += ["--imagined_steps=1024", "--model_steps=8", "--episodes=2"]
    run_recipe("world_model_mcts", arguments, monkeypatch)
    assert (tmp_path / "curve.png").exists()
    assert (tmp_path / "learner.keras").exists()
    assert (tmp_path / "policy" / "saved_model.pb").exists()
    assert list((tmp_path / "dreams").glob("*.gif"))
    printed = capsys.readouterr().out
    assert "nothing changes" in printed
    assert "PPO in the model: mean return" in printed
