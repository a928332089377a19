import pytest

from keras_rlgen.rewards.imitation_checks import (
    check_experts,
    check_gamma,
    check_network,
)
from tests.networks import linear
from tests.rewards.test_imitation import SPECS, experts


def test_what_fits_passes():
    check_gamma(None, None, False)
    check_gamma(1.0, linear(2, 1), False)
    check_gamma(0.9, None, True)
    check_experts(experts(), SPECS, False)
    check_experts(experts(terminated=True), SPECS, True)
    check_network(linear(2, 1), 2, "shaping")


@pytest.mark.parametrize("gamma", [None, 0.0, 1.0, 1.5])
def test_an_absorbing_state_needs_a_discount_below_one(gamma):
    with pytest.raises(ValueError, match="gamma=agent.gamma"):
        check_gamma(gamma, None, True)


def test_what_does_not_fit():
    with pytest.raises(ValueError, match="with neither. Leave it out"):
        check_gamma(0.9, None, False)
    with pytest.raises(ValueError, match="1 of 2 that do.*`absorbing=True`"):
        check_experts(experts(terminated=True), SPECS, False)
    with pytest.raises(TypeError, match="`Experience.from_arrays`"):
        check_experts(None, SPECS, False)
    with pytest.raises(ValueError, match=r"vectors of observation, \(batch, 3\)"):
        check_network(linear(2, 1), 3, "shaping")
