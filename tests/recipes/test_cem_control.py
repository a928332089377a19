import pathlib

import pytest

from tests.recipes.in_process import run_recipe

TINY = (
    *("--trials=1", "--population=4", "--iterations=1", "--particles=1"),
    *("--horizon=2", "--updates=8", "--units=4"),
)


@pytest.fixture
def short(monkeypatch):
    """Pendulums that swing for a few steps."""
    from keras_rlgen import environments

    class Short(environments.Pendulum):
        def __init__(self, max_episode_steps=6):
            super().__init__(max_episode_steps)

    monkeypatch.setattr(environments, "Pendulum", Short)


def test_it_runs(tmp_path, monkeypatch, capsys, short):
    # A task that cannot be made falls back.
    arguments = (*TINY, "--task=NoSuchRobot-v5", f"--output={tmp_path}")
    run_recipe("cem_control", arguments, monkeypatch)
    printed = capsys.readouterr().out
    assert "NoSuchRobot-v5 cannot be made" in printed and "instead" in printed
    assert "trial 1: return -" in printed and "206 real steps" in printed
    names = {path.name for path in pathlib.Path(tmp_path).iterdir()}
    assert {"curve.png", "dream", "world.keras", "planner"} <= names
    assert (tmp_path / "dream" / "epoch_0000.gif").stat().st_size > 0
