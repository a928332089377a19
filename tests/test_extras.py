import doctest
import pathlib

from keras_rlgen import extras

ROOT = pathlib.Path(__file__).resolve().parents[1]


def test_example():
    assert doctest.testmod(extras).failed == 0


def test_in_a_clone_the_command_has_its_path(monkeypatch, tmp_path):
    assert extras.install_command("agents") == f'pip install "{ROOT}[agents]"'
    monkeypatch.setattr(extras, "__file__", str(tmp_path / "keras_rlgen" / "extras.py"))
    assert extras.install_command("music").startswith('pip install ".[music]"')
