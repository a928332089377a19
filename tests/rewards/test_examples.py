import doctest

import keras
import numpy as np
import tensorflow as tf

import keras_rlgen
from keras_rlgen import rewards
from keras_rlgen.rewards import (
    absorbing_return,
    boundary_smoothness,
    counts,
    diversity_filter,
    environment,
    function_reward,
    potential_shaping,
    shaped_logits,
    state,
    traceable,
)

NAMES = {
    "keras": keras,
    "keras_rlgen": keras_rlgen,
    "tf": tf,
    "Constant": rewards.Constant,
    "Counts": rewards.Counts,
    "np": np,
    "DistanceToTarget": rewards.DistanceToTarget,
    "PotentialShaping": rewards.PotentialShaping,
}


def test_examples_in_docstrings_run():
    for module in (
        rewards,
        absorbing_return,
        boundary_smoothness,
        counts,
        diversity_filter,
        environment,
        function_reward,
        potential_shaping,
        shaped_logits,
        state,
        traceable,
    ):
        result = doctest.testmod(module, extraglobs=NAMES)
        assert result.attempted > 0 and result.failed == 0
