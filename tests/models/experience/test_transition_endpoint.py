import tensorflow as tf

from keras_rlgen.models.experience.transition_endpoint import transition_endpoint
from tests.models.experience.test_transition_gan import joint
from tests.models.experience.toys import fitted_dynamics, walks


def test_given_observations_and_actions():
    function, specs = transition_endpoint(fitted_dynamics())
    assert [spec.shape.rank for spec in specs] == [2, 1, 0]
    fields = function(tf.zeros((3, 2)), tf.ones((3,), tf.int32), tf.constant(0))
    assert fields["next_observation"].shape == (3, 2)
    assert fields["terminated"].dtype == tf.bool


def test_a_joint_model():
    model = joint()
    model.fit(walks(2), steps_per_epoch=1, batch_size=4, verbose=0)
    function, specs = transition_endpoint(model)
    assert [spec.name for spec in specs] == ["num_samples", "seed"]
    assert function(tf.constant(5), tf.constant(0))["action"].shape == (5,)
