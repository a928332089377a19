"""Runs a recipe in the process of the test, where TensorFlow is loaded already."""

import functools
import importlib.util
import pathlib

import tensorflow as tf
from absl import flags

from tests.without_xla import without_xla

ROOT = pathlib.Path(__file__).parents[2]


def run_recipe(name, arguments, monkeypatch, folder="recipes"):
    """Runs `main` of a recipe or a benchmark, with flags of its own; returns it."""
    without_xla(monkeypatch)
    values = flags.FlagValues()
    for define in [d for d in dir(flags) if d.startswith("DEFINE_")]:
        function = functools.partial(getattr(flags, define), flag_values=values)
        monkeypatch.setattr(flags, define, function)
    monkeypatch.setattr(flags, "FLAGS", values)
    # It cannot be set any more.
    monkeypatch.setattr(
        tf.config.threading, "set_intra_op_parallelism_threads", lambda count: None
    )
    path = ROOT / folder / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"recipe_{name}", path)
    recipe = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(recipe)
    values([str(path), *arguments])
    recipe.main([])
    return recipe
