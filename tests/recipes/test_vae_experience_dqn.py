from tests.recipes.in_process import run_recipe

FLAGS = (
    *("--agents=ppo", "--seeds=1", "--target=0", "--ppo_steps=128", "--epochs=1"),
    *("--imagined_steps=64", "--refit_steps=1", "--recorded_steps=200"),
)


def test_it_runs(tmp_path, monkeypatch, capsys):
    run_recipe("vae_experience_dqn", [*FLAGS, f"--output={tmp_path}"], monkeypatch)
    printed = capsys.readouterr().out
    assert "end_auc" in printed and "| with a VAE |" in printed
    for name in "phase_portrait.png", "table.md", "model.keras":
        assert (tmp_path / name).stat().st_size > 0
