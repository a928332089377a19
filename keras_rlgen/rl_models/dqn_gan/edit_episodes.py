"""Episodes in which a policy edits given latents."""

from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf


class EditPaths(NamedTuple):
    """`N` edited samples and how they came about; `T` is the largest number of edits.

    After a path's last edit its latent and sample are repeated.
    """

    latents: Any  # (N, T + 1, latent_dim) float32
    samples: Any  # (N, T + 1, *sample_shape) float32
    actions: Any  # (N, T) int32, the action to stop where there is no edit any more
    rewards: Any  # (N, T) float32, the change in score of each edit
    target: Any  # (N,) int32 or (N, size) float32; `()` without targets

    @property
    def before(self):
        """The samples before the edits, `(N, *sample_shape)`."""
        return self.samples[:, 0]

    @property
    def after(self):
        """The samples after the edits, `(N, *sample_shape)`."""
        return self.samples[:, -1]


def greedy(q_network):
    """Returns the function of `edit` that chooses the action of the largest value.

    Args:
        q_network: Keras model from observations to the values of actions.
    """

    def choose(observation, step):
        values = q_network(observation, training=False)
        return tf.argmax(values, axis=-1, output_type=tf.int32)

    return choose


def start_latents(start, shape, key):
    """Returns the latents that a user gave, or standard normal ones.

    Args:
        start: Array of `shape`, or `None`.
        shape: `(num_samples, latent_dim)`.
        key: Int32 tensor `(2,)`.

    Raises:
        ValueError: If the array has another shape, or is not finite.
    """
    if start is None:
        return tf.random.stateless_normal(shape, key)
    start = np.asarray(start, "float32")
    if start.shape != shape or not np.isfinite(start).all():
        raise ValueError(
            f"Expected `start` of finite latents of shape {shape}. Received: shape "
            f"{start.shape}, {np.sum(~np.isfinite(start))} values NaN or infinite."
        )
    return tf.constant(start)


def edit(environment, choose, latents, target=(), scored=True):
    """Edits latents until the policy stops, at most `max_episode_steps` times.

    Args:
        environment: `LatentEditing` with discrete actions and a deterministic decoder.
        choose: Function of observations, float32 `(N, *observation_shape)`, and the
            step, an int32 scalar, that returns actions, int32 `(N,)`.
        latents: Float32 tensor `(N, latent_dim)`.
        target: Int32 `(N,)` or float32 `(N, size)`, if the environment has targets.
        scored: Whether the rewards are computed; they are zero otherwise.

    Returns:
        `EditPaths` of tensors.
    """
    stop = environment.action.count - 1
    latents = tf.clip_by_value(latents, -environment.bound, environment.bound)
    count, num_steps = tf.shape(latents)[0], environment.max_episode_steps
    paths = [
        tf.TensorArray(tf.float32, num_steps + 1, element_shape=latents.shape),
        tf.TensorArray(tf.int32, num_steps, element_shape=latents.shape[:1]),
    ]

    def step(index, latents, stopped, latent_path, actions):
        samples = environment.decoded(latents)
        action = choose(environment.observed(latents, samples, target), index)
        stopped = stopped | tf.equal(action, stop)
        action = tf.where(stopped, stop, action)
        latents, _ = environment.moved(latents, action)
        latent_path = latent_path.write(index + 1, latents)
        return index + 1, latents, stopped, latent_path, actions.write(index, action)

    *_, latent_path, actions = tf.while_loop(
        lambda index, *_: index < num_steps,
        step,
        (0, latents, tf.zeros((count,), tf.bool), paths[0].write(0, latents), paths[1]),
        maximum_iterations=num_steps,
    )
    latent_path = _batch_major(latent_path.stack())
    flat = tf.reshape(latent_path, (-1, environment.latent_dim))
    rewards = tf.zeros((count, num_steps))
    if scored:
        targets = ()
        if environment.targets:
            targets = tf.repeat(target, num_steps + 1, axis=0)
        state = environment.edited(flat, target=targets)
        samples = state.samples
        score = tf.reshape(state.reward, (-1, num_steps + 1))
        rewards = score[:, 1:] - score[:, :-1]
    else:
        samples = environment.decoded(flat)
    return EditPaths(
        latents=latent_path,
        samples=tf.reshape(samples, (-1, num_steps + 1, *environment.sample_shape)),
        actions=_batch_major(actions.stack()),
        rewards=rewards,
        target=target,
    )


def _batch_major(x):
    return tf.transpose(x, [1, 0, *range(2, x.shape.rank)])
