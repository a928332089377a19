from tests.recipes.in_process import run_recipe

FLAGS = ("--epochs=2", "--steps=64", "--refit_steps=1", "--episodes=2")


def test_it_runs(tmp_path, monkeypatch, capsys):
    run_recipe("dqn_gan_control", [*FLAGS, f"--output={tmp_path}"], monkeypatch)
    printed = capsys.readouterr().out
    assert "return on real steps alone" in printed and "model_end_auc" in printed
    for name in "curve.png", "losses.png", "joint.keras":
        assert (tmp_path / name).stat().st_size > 0
    for name in "policy", "generator":
        assert (tmp_path / "saved_model" / name / "saved_model.pb").exists()
