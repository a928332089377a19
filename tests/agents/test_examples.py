import doctest
import importlib

import keras
import numpy as np
import pytest
import tensorflow as tf


@pytest.mark.parametrize(
    "module",
    [
        "networks.actor_and_critic",
        "loop.confidence_interval",
        "loop.metric_results",
        "loop.traced_functions",
        "bridge.eager_functions",
        "networks.carried_state",
        "networks.default_networks",
        "environment_check",
        "loop.epochs",
        "networks.dueling_head",
        "networks.free_scale",
        "networks.model_inputs",
        "networks.squashed_normal",
        "bridge.numeric_checks",
        "bridge.optimizer",
        "policies.array_network",
        "bridge.reseeded_copy",
        "algorithms.weighted_means",
    ],
)
def test_examples_in_docstrings_run(module):
    module = importlib.import_module(f"keras_rlgen.agents.{module}")
    names = {"keras": keras, "np": np, "tf": tf}
    result = doctest.testmod(module, extraglobs=names)
    assert result.attempted > 0 and result.failed == 0
