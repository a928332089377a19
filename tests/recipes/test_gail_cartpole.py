from tests.recipes.in_process import run_recipe

FLAGS = ("--epochs=1", "--expert_steps=256", "--every=5")


def test_it_runs(tmp_path, monkeypatch, capsys):
    run_recipe("gail_cartpole", [*FLAGS, f"--output={tmp_path}"], monkeypatch)
    table = (tmp_path / "table.txt").read_text()
    rows = [line.split()[0] for line in table.splitlines()[1:]]
    assert rows == ["expert", "imitation", "cloning", "constant", "random_network"]
    assert table in capsys.readouterr().out + "\n"
    assert (tmp_path / "curves.png").stat().st_size > 0
