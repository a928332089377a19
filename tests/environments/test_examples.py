import doctest
import inspect
import textwrap

import gymnasium
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import environments
from keras_rlgen.environments import (
    acrobot,
    action,
    action_of_spec,
    auto_reset,
    cart_pole,
    cart_pole_swing_up,
    classification,
    continuous_cart_pole,
    drawn_grid,
    fixed_horizon_cart_pole,
    given_starts,
    grid_cells,
    grid_world,
    key_door,
    latent_decoder,
    mountain_car,
    next_step,
    noisy_screen,
    observation_frames,
    pendulum,
    where_ended,
)
from keras_rlgen.environments.gymnasium import actions, arrays, observations
from keras_rlgen.training import stateless_random


@pytest.mark.parametrize(
    "module",
    [
        acrobot,
        action,
        action_of_spec,
        auto_reset,
        cart_pole,
        cart_pole_swing_up,
        classification,
        continuous_cart_pole,
        drawn_grid,
        fixed_horizon_cart_pole,
        given_starts,
        grid_cells,
        grid_world,
        key_door,
        latent_decoder,
        mountain_car,
        noisy_screen,
        actions,
        arrays,
        observations,
        next_step,
        observation_frames,
        pendulum,
        stateless_random,
        where_ended,
    ],
    ids=lambda module: module.__name__,
)
def test_examples_in_docstrings_run(module):
    result = doctest.testmod(module, extraglobs={"np": np, "tf": tf})
    assert result.attempted > 0 and result.failed == 0


@pytest.mark.parametrize(
    "name",
    [
        "CheckedVectorEnvironment",
        "GymnasiumEnvironment",
        "RewardWrapper",
        "TensorEnvironment",
        "make_vector_environment",
    ],
)
def test_longer_examples_run(name):
    text = inspect.getdoc(getattr(environments, name))
    example = text.split("Example:")[1].split("```python\n")[1].split("```")[0]
    names = dir(environments)
    scope = {name: getattr(environments, name) for name in names}
    scope |= {"gymnasium": gymnasium, "tf": tf}
    exec(textwrap.dedent(example), scope)
    assert "environment" in scope or "environments" in scope
