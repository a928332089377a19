"""The first hour of a user, from a clone: install, demo, first programs, serving."""

import importlib.util
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import urllib.request

import numpy as np
import pytest

ROOT = pathlib.Path(__file__).parents[1]
PROGRAMS = ROOT / "tests" / "first_hour"
PARTS = "LICENSE README.md keras_rlgen pyproject.toml recipes setup.cfg"
PIP = "-m pip install --quiet --no-deps --no-build-isolation --no-index --target"


def python(*arguments, folder, path):
    """Runs Python in a folder, as a user does; returns what it printed."""
    environment = {**os.environ, "PYTHONPATH": str(path), "KERAS_BACKEND": "tensorflow"}
    process = subprocess.run(
        [sys.executable, *map(str, arguments)],
        capture_output=True,
        cwd=folder,
        env=environment,
        text=True,
        timeout=600,
    )
    assert process.returncode == 0, process.stdout[-2000:] + process.stderr[-4000:]
    return process.stdout


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """Returns a copy of the repository, without what an earlier build left."""
    folder = tmp_path_factory.mktemp("clone")
    for part in PARTS.split():
        source = ROOT / part
        if source.is_file():
            shutil.copy(source, folder)
        else:
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, folder / part, ignore=ignore)
    return folder


@pytest.fixture(scope="module")
def installed(clone, tmp_path_factory):
    """Returns where `pip install .` put the package; its dependencies are there."""
    folder = tmp_path_factory.mktemp("installed")
    python(*PIP.split(), folder, ".", folder=clone, path="")
    assert (folder / "keras_rlgen" / "__init__.py").exists()
    return folder


@pytest.fixture(scope="module")
def work(installed, tmp_path_factory):
    """Returns a folder in which the first two programs ran."""
    if importlib.util.find_spec("tf_agents") is None:
        pytest.skip("needs the extra `agents`")
    folder = tmp_path_factory.mktemp("work")
    for program in ("train_a_model", "train_an_agent", "load_and_export"):
        printed = python(PROGRAMS / f"{program}.py", folder=folder, path=installed)
        bars = [line for line in re.split(r"[\r\n]", printed) if "━" in line]
        assert bars and max(map(len, bars)) <= 80
    return folder


def test_it_is_the_installed_package(installed, tmp_path):
    where = "import keras_rlgen; print(keras_rlgen.__file__)"
    printed = python("-c", where, folder=tmp_path, path=installed)
    assert pathlib.Path(printed.strip()).is_relative_to(installed)


def test_demo(clone, tmp_path):
    recipe = "-m recipes.reinforce_gan_digits --epochs=2".split()
    printed = python(*recipe, f"--output={tmp_path}", folder=clone, path="")
    assert "holes" in printed
    written = {path.name for path in tmp_path.iterdir()}
    readme = (ROOT / "README.md").read_text("utf-8")
    for name in ("result.png", "scores.json", "rl_trained.keras", "saved_model"):
        assert name in written
        assert f"`{name}" in readme


def test_programs(work):
    assert list((work / "samples").iterdir())
    samples = np.load(work / "samples.npy")
    assert samples.shape == (4, 8, 8, 1)


@pytest.fixture
def server(clone, work):
    """Yields the addresses that the recipe prints: the clone serves both exports."""
    models = [f"--model={name}={work / name}" for name in ("generator", "policy")]
    process = subprocess.Popen(
        [sys.executable, "-m", "recipes.serve", "--port=0", *models],
        cwd=clone,
        stdout=subprocess.PIPE,
        text=True,
    )
    printed = [process.stdout.readline() for _ in models]
    yield [line.split()[1] for line in printed]
    process.terminate()
    process.wait(timeout=30)


def ask(address, **request):
    """Returns the answer to a request in the form of TensorFlow Serving."""
    with urllib.request.urlopen(
        address, json.dumps(request).encode(), timeout=60
    ) as answer:
        return json.load(answer)


def test_serving(server, work):
    generator, policy = server
    inputs = {"num_samples": 4, "seed": 5}
    answer = ask(generator, signature_name="generate", inputs=inputs)
    expected = np.load(work / "exported_samples.npy")
    np.testing.assert_allclose(answer["outputs"], expected, atol=1e-4)
    rows = [
        {"observation_place": place, "observation_sign": [sign]}
        for place, sign in ((1, 1.0), (3, -1.0))
    ]
    answer = ask(policy, signature_name="act", instances=rows)
    assert answer["predictions"] == [1, 0]
