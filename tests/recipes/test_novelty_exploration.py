from tests.recipes.in_process import run_recipe


def test_it_runs(tmp_path, monkeypatch, capsys):
    flags = ("--steps=20480", "--novelty=counts", "--noise=2", "--task=key_door")
    run_recipe("novelty_exploration", [*flags, f"--output={tmp_path}"], monkeypatch)
    table = (tmp_path / "table.txt").read_text()
    assert [line.split()[0] for line in table.splitlines()] == ["novelty", "counts"]
    assert table in capsys.readouterr().out + "\n"
    assert (tmp_path / "curves.png").stat().st_size > 0
