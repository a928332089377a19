import doctest

import gymnasium
import pytest

from keras_rlgen.environments import CartPole, environment_kinds
from keras_rlgen.environments.environment_kinds import (
    is_gymnasium_instance,
    is_instance,
)


def test_examples():
    assert doctest.testmod(environment_kinds, optionflags=doctest.ELLIPSIS).failed == 0


@pytest.mark.parametrize("other", ["CartPole-v1", CartPole, gymnasium.Env, None, dict])
def test_what_is_no_environment_yet(other):
    assert not is_instance(other) and not is_gymnasium_instance(other)


def test_instances():
    environment = gymnasium.make("CartPole-v1")
    assert is_instance(environment) and is_gymnasium_instance(environment)
    assert is_instance(CartPole()) and not is_gymnasium_instance(CartPole())
