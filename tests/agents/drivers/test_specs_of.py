import pytest

from keras_rlgen.agents import specs_of
from keras_rlgen.environments import CartPole, ContinuousCartPole, Pendulum


def test_a_tensor_environment_and_its_original_have_equal_specs():
    assert specs_of(CartPole()) == specs_of("CartPole-v1")
    assert specs_of(Pendulum()) == specs_of("Pendulum-v1")
    specs = specs_of(ContinuousCartPole())
    assert specs.observation.shape == (4,) and specs.action.maximum == 1.0


def test_an_unknown_id_is_refused():
    with pytest.raises(ValueError, match="Unknown environment id.*CartPoll"):
        specs_of("CartPoll-v1")
