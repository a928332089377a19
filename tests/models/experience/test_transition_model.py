import numpy as np
import pytest

from keras_rlgen.models.experience.transition_model import TransitionModel
from tests.models.experience.toys import dynamics, fitted_dynamics, fitted_ensemble


@pytest.mark.parametrize("model", [fitted_dynamics, fitted_ensemble])
def test_generators_and_ensembles_share_it(model):
    assert isinstance(model(), TransitionModel)
    one, other = (
        model().generate(np.zeros((3, 2)), [0, 1, 1], seed=seed) for seed in (1, 1)
    )
    np.testing.assert_array_equal(one.next_observation, other.next_observation)


def test_what_is_not_implemented_and_what_is_not_trained(tmp_path):
    base = TransitionModel()
    for method in (lambda: base.specs, lambda: base.sample(0, 0, 0)):
        with pytest.raises(NotImplementedError):
            method()
    with pytest.raises(NotImplementedError):
        base.sample_joint(1, 0)
    for method in ("evaluate", "export"):
        with pytest.raises(ValueError, match=f"before `{method}"):
            getattr(dynamics(), method)(tmp_path)
