import types

import numpy as np
import pytest

from keras_rlgen.pictures import phase_portrait, write_phase_portrait


def steps(count=3, change=0.5):
    start = np.random.default_rng(0).uniform(-1.0, 1.0, (count, 3))
    return types.SimpleNamespace(
        observation=start, next_observation=start + np.array([change, 0.0, 0.0])
    )


def colored(picture):
    """Returns how many pixels are neither white, grey nor black."""
    return (np.ptp(picture.astype(int), axis=-1) > 30).sum()


def test_a_panel_for_each_set_of_transitions(tmp_path):
    one = phase_portrait({"real": steps()})
    two = phase_portrait({"real": steps(), "generated": steps(change=-0.5)}, (0, 2))
    assert one.shape == (400, 400, 3) and two.shape == (400, 800, 3)
    assert one.dtype == np.uint8 and colored(one) > 50
    assert colored(two[:, 400:]) > 50
    write_phase_portrait(tmp_path / "p.png", {"real": steps()}, labels=("x", "y"))
    assert (tmp_path / "p.png").stat().st_size > 1000


def test_fewer_arrows_are_drawn():
    many = colored(phase_portrait({"real": steps(60)}))
    assert colored(phase_portrait({"real": steps(60)}, max_arrows=5)) < many


def test_what_is_refused():
    with pytest.raises(ValueError, match="at least one set"):
        phase_portrait({})
    with pytest.raises(ValueError, match="two of the 3 numbers"):
        phase_portrait({"real": steps()}, axes=(0, 3))
    images = types.SimpleNamespace(
        observation=np.zeros((2, 4, 4)), next_observation=np.zeros((2, 4, 4))
    )
    with pytest.raises(ValueError, match="'real' of shape"):
        phase_portrait({"real": images})
