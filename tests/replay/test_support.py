import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.replay import Support
from tests.models.experience.toys import fitted_dynamics, walks

SEED = tf.constant([1, 2])


def adapted(**kwargs):
    gate = Support(**kwargs)
    gate.adapt(fitted_dynamics(), walks(), walks(20, seed=1))
    return gate


def test_the_distance_is_that_to_the_nearest_reference():
    gate, model = adapted(num_references=1000), fitted_dynamics()
    points = walks(3, seed=2).observations
    recorded, new = (
        model.codec.encode_observation(x).numpy()
        for x in (walks().observations, points)
    )
    expected = np.linalg.norm(new[:, None] - recorded, axis=-1).min(axis=1)
    np.testing.assert_allclose(gate.distance(model, points), expected, atol=2e-3)


def test_observations_far_from_the_data_are_rejected():
    gate, model = adapted(quantile=0.9), fitted_dynamics()
    step = walks(20, seed=2).transitions()
    far = step._replace(next_observation=20.0 + step.next_observation)
    assert np.mean(gate(model, step, SEED)) > 0.6
    assert not np.any(gate(model, far, SEED))


def test_config_and_errors():
    gate = adapted(quantile=0.7, num_references=3)
    config = keras.saving.serialize_keras_object(gate)
    again = keras.saving.deserialize_keras_object(config)
    assert again.get_config() == gate.get_config()
    assert again.quantile == 0.7 and again.num_references == 3
    assert gate.is_adapted and not again.is_adapted
    again.check(fitted_dynamics())
    assert again.variables["references"].shape == (3, 2)
    with pytest.raises(ValueError, match=r"`quantile` in \(0, 1\]"):
        Support(1.5)
    with pytest.raises(ValueError, match="`num_references` to be an integer >= 1"):
        Support(num_references=0)

    class Other:
        class codec:
            observation_dim = 5

    with pytest.raises(ValueError, match="Make another `Support`"):
        gate.check(Other)
