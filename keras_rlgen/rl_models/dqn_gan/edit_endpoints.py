import copy

import tensorflow as tf

from keras_rlgen.rl_models.dqn_gan.edit_episodes import edit, greedy


def edit_endpoints(environment, directions, q_network):
    """Returns the endpoints of a SavedModel that edits samples.

    Args:
        environment: `LatentEditing`.
        directions: Array `(num_directions, latent_dim)`, kept as constants.
        q_network: Keras model from observations to the values of actions.

    Returns:
        Dict from names to pairs of a function of tensors and its list of
        `tf.TensorSpec`: `create(latents[, target])`, a dict of `latents`, `samples` and
        `actions` as `EditPaths` has them, and `q_values(observation)`.
    """
    environment = copy.copy(environment)
    environment.directions = directions
    latents = tf.TensorSpec((None, environment.latent_dim), tf.float32, name="latents")
    observation = tf.TensorSpec(
        (None, *environment.observation_shape), tf.float32, name="observation"
    )

    def create(latents, target=()):
        paths = edit(environment, greedy(q_network), latents, target, scored=False)
        names = "latents", "samples", "actions"
        return {name: getattr(paths, name) for name in names}

    def q_values(observation):
        return q_network(observation, training=False)

    targets = [environment.targets.spec] if environment.targets else []
    return {
        "create": (create, [latents, *targets]),
        "q_values": (q_values, [observation]),
    }
