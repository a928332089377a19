import doctest

import keras
import tensorflow as tf

import keras_rlgen
from keras_rlgen import rewards
from keras_rlgen.rewards import (
    boundary_smoothness,
    diversity_filter,
    environment,
    function_reward,
    state,
)

NAMES = {
    "keras": keras,
    "keras_rlgen": keras_rlgen,
    "tf": tf,
    "Constant": rewards.Constant,
    "DistanceToTarget": rewards.DistanceToTarget,
}


def test_examples_in_docstrings_run():
    for module in (
        rewards,
        boundary_smoothness,
        diversity_filter,
        environment,
        function_reward,
        state,
    ):
        result = doctest.testmod(module, extraglobs=NAMES)
        assert result.attempted > 0 and result.failed == 0
