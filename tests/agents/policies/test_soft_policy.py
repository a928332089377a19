import numpy as np
import tensorflow as tf

from keras_rlgen.agents.networks import QNetwork
from keras_rlgen.agents.policies.sampling_policy import SamplingPolicy
from keras_rlgen.agents.policies.soft_policy import SoftPolicy
from tests.agents.toys import DISCRETE, OBSERVATION, mlp, trajectories

STEP = trajectories.restart(tf.ones((2000, 3)), 2000)


def log_prior(observation):
    return tf.nn.log_softmax(tf.concat([observation, 0.0 * observation[:, :1]], 1))


def test_probabilities_are_those_of_prior_and_values():
    model = mlp(4)
    specs = trajectories.time_step_spec(OBSERVATION)
    network = QNetwork(model, OBSERVATION, DISCRETE)
    policy = SoftPolicy(specs, DISCRETE, network, 0.5, log_prior)
    probabilities = policy.distribution(STEP).action.probs_parameter()[0].numpy()
    observation = tf.ones((1, 3))
    weights = np.exp(log_prior(observation) + model(observation) / 0.5)[0]
    np.testing.assert_allclose(probabilities, weights / weights.sum(), rtol=1e-5)
    actions = SamplingPolicy(policy).action(STEP, (), tf.constant([1, 2])).action
    frequencies = np.bincount(actions, minlength=4) / 2000
    errors = np.sqrt(probabilities * (1 - probabilities) / 2000)
    assert np.all(np.abs(frequencies - probabilities) < 4 * errors)
    assert actions.dtype == DISCRETE.dtype and len(policy.variables()) == 4
