import keras
import numpy as np
import pytest
from absl import app

from benchmarks import gpu_cases
from tests.recipes.in_process import run_recipe

CASES = "sequences", "dqn", "gan_generate"


@pytest.fixture
def restored_policy():
    before = keras.config.dtype_policy()
    yield
    keras.config.set_dtype_policy(before)


def run(monkeypatch, *arguments):
    # TensorFlow has started, and its devices cannot be chosen any more.
    monkeypatch.setattr("tensorflow.config.list_physical_devices", lambda kind=None: [])
    run_recipe("gpu", ["--small", *arguments], monkeypatch, folder="benchmarks")


def cells(line):
    return [cell.strip() for cell in line.split("|")[1:-1]]


def test_table_on_a_cpu(monkeypatch, capsys, restored_policy):
    run(
        monkeypatch,
        *("--device=cpu", f"--cases={','.join(CASES)}", "--dtype_policy=mixed_float16"),
        *("--rounds=1", "--seconds=0.05", "--peak_tflops=0.5"),
    )
    title, _, head, _, *lines = capsys.readouterr().out.splitlines()
    assert "mixed_float16, limit 0.5 TFLOP/s (given)" in title
    rows = [dict(zip(cells(head), cells(line), strict=True)) for line in lines]
    assert [row["case"] for row in rows] == list(CASES)
    for row in rows:
        step = float(row["step (ms)"].split()[0])
        share = float(row["share"].rstrip("%")) / 100
        np.testing.assert_allclose(
            share, float(row["GFLOP"]) / step / 0.5, rtol=0.02, atol=1e-4
        )
        assert 0.0 < step < 1e3 * float(row["first (s)"])
        assert float(row["memory (GB)"]) > 0.1


def test_an_unknown_case_is_refused(monkeypatch):
    with pytest.raises(app.UsageError, match="Expected --cases among vae, gan"):
        run(monkeypatch, "--cases=vae,flow")


def test_without_a_gpu_it_says_so(monkeypatch, capsys):
    run(monkeypatch, "--device=gpu", "--cases=", "--rounds=1")
    out = capsys.readouterr().out
    assert out.startswith("TensorFlow sees no GPU: this is a run on the CPU.\n")
    assert "TFLOP/s (measured)" in out


def test_operations_of_a_step_are_those_of_its_matrices():
    size = {"batch": 32, "width": 256, "depth": 2}
    counted = gpu_cases.vae(**size).flops()
    widths = gpu_cases.PIXELS * 256, 256 * 256, 256 * 2 * gpu_cases.LATENT_DIM
    widths += gpu_cases.LATENT_DIM * 256, 256 * 256, 256 * gpu_cases.PIXELS
    # Forward, and backward to weights and inputs, but not to the images.
    products = 2 * 32 * (3 * sum(widths) - widths[0])
    assert products < counted < 1.05 * products
