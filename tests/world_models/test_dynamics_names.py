import pytest

from keras_rlgen.world_models.dynamics_names import NAMES, dynamics_of


@pytest.mark.parametrize("name", sorted(NAMES))
def test_names(name):
    assert type(dynamics_of(name)) is NAMES[name]


def test_unknown_names_are_listed():
    with pytest.raises(ValueError, match="'deterministic', 'ensemble'"):
        dynamics_of("linear")
