import doctest
import importlib

import keras
import numpy as np
import pytest
import tensorflow as tf


@pytest.mark.parametrize(
    "module",
    [
        "actor_and_critic",
        "confidence_interval",
        "eager_functions",
        "networks.carried_state",
        "networks.dueling_head",
        "networks.free_scale",
        "networks.model_inputs",
        "networks.squashed_normal",
        "numeric_checks",
        "optimizer",
        "policies.array_network",
        "random_streams",
        "replay_buffers.frame_table",
        "reseeded_copy",
        "weighted_ppo",
    ],
)
def test_examples_in_docstrings_run(module):
    module = importlib.import_module(f"keras_rlgen.agents.{module}")
    names = {"keras": keras, "np": np, "tf": tf}
    result = doctest.testmod(module, extraglobs=names)
    assert result.attempted > 0 and result.failed == 0
