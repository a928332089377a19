import keras_rlgen
from tests.recipes.in_process import run_recipe

FLAGS = ("--epochs=1", "--recorded_steps=200", "--seeds=2")


def test_it_runs(tmp_path, monkeypatch, capsys):
    compared = []

    def compare(make_agent, sources, output, **settings):
        # `compare_experience` has tests of its own, and takes long.
        agent = make_agent(0)
        assert agent.compiled and list(settings["seeds"]) == [0, 1]
        assert sources["with a VAE"](agent.specs, 0).compiled
        compared.append(output.name)
        return "| source |"

    monkeypatch.setattr(keras_rlgen.evaluation, "compare_experience", compare)
    run_recipe("vae_experience_dqn", [*FLAGS, f"--output={tmp_path}"], monkeypatch)
    printed = capsys.readouterr().out
    assert "end_auc" in printed and compared == ["dqn", "ppo"]
    assert "PPO\n\n| source |" in (tmp_path / "table.md").read_text()
    for name in "phase_portrait.png", "model.keras":
        assert (tmp_path / name).stat().st_size > 0
