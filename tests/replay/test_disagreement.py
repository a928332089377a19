import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.replay import Disagreement
from tests.models.experience.toys import dynamics, fitted_ensemble, walks

SEED = tf.constant([1, 2])


def test_the_threshold_is_a_quantile_of_held_out_steps():
    ensemble, gate, held_out = fitted_ensemble(), Disagreement(0.5), walks(20, seed=1)
    assert not gate.is_adapted
    gate.adapt(ensemble, walks(), held_out)
    assert gate.is_adapted
    admitted = gate(ensemble, held_out.transitions(), SEED)
    assert abs(np.mean(admitted) - 0.5) < 0.05


def test_steps_far_from_the_data_are_rejected():
    ensemble, gate = fitted_ensemble(), Disagreement(1.0)
    gate.check(ensemble)
    gate.adapt(ensemble, walks(), walks(20, seed=1))
    step = walks(20, seed=2).transitions()
    far = step._replace(observation=20.0 + step.observation)
    assert np.mean(gate(ensemble, step, SEED)) > 0.9
    assert not np.any(gate(ensemble, far, SEED))


def test_config_and_errors():
    gate = Disagreement(0.7)
    config = keras.saving.serialize_keras_object(gate)
    again = keras.saving.deserialize_keras_object(config)
    assert again.get_config() == gate.get_config() == {"quantile": 0.7}
    assert list(gate.variables) == ["threshold"]
    with pytest.raises(ValueError, match=r"`quantile` in \(0, 1\]"):
        Disagreement(0.0)
    with pytest.raises(ValueError, match="Pass `ExperienceEnsemble"):
        gate.check(dynamics())
