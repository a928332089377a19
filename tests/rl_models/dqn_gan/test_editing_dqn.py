import numpy as np
import tensorflow as tf

from keras_rlgen.environments import LatentEditing
from keras_rlgen.rl_models.dqn_gan.editing_dqn import EditingDQN
from tests.networks import linear


def test_replayed_steps_are_decoded_and_scored_anew():
    scale = tf.Variable(1.0)
    environment = LatentEditing(
        lambda latents: scale * latents,
        1,
        lambda samples: samples[:, 0],
        observe_samples=True,
        targets=2,
    )
    agent = EditingDQN(linear(4, 3), environment, n_step=1, seed=0)
    spec = agent.collect_policy.trajectory_spec
    zeros = tf.nest.map_structure(
        lambda s: tf.zeros((1, 2, 2, *s.shape), s.dtype), spec
    )
    latents = np.array([[1.0, 1.5], [2.0, 1.5]], "float32")[None, ..., None]
    target = np.tile([1.0, 0.0], (1, 2, 2, 1)).astype("float32")
    stored = np.concatenate([latents, latents, target], axis=-1)
    sequences = zeros.replace(
        observation=tf.constant(stored), action=tf.constant([[[0, 0], [2, 0]]])
    )
    scale.assign(10.0)
    fresh = agent._relabelled_sequences(sequences)
    expected = np.concatenate([latents, 10.0 * latents, target], axis=-1)
    np.testing.assert_allclose(fresh.observation, expected)
    # The second sequence stops, which is rewarded by 0.
    np.testing.assert_allclose(fresh.reward[0, :, 0], [5.0, 0.0])
