"""Searches of a latent space that know the reward, to compare a policy with.

All take `environment`, a `LatentEditing` with discrete actions and a deterministic
decoder, the latents to begin with, float32 `(N, latent_dim)`, and their targets, int32
`(N,)` or float32 `(N, size)`, `()` without targets. They return a `Search`.
"""

from typing import Any, NamedTuple

import tensorflow as tf

from keras_rlgen.rl_models.dqn_gan.edit_episodes import edit


class Search(NamedTuple):
    """Where `N` searches ended, and what they cost."""

    latents: Any  # (N, latent_dim) float32
    calls: Any  # (N,) float32, samples decoded and scored, and gradients taken


def greedy_search(environment, latents, target=()):
    """In each step, scores the sample after every action, and takes the best action.

    A search ends where no action increases the reward, or after `max_episode_steps`.

    Args:
        environment: See above.
        latents: See above.
        target: See above.

    Returns:
        `Search`.
    """
    stop = environment.action.count - 1

    def choose(observation, step):
        current = observation[:, : environment.latent_dim]
        count = tf.shape(current)[0]
        action = tf.tile(tf.range(stop), [count])
        moved, _ = environment.moved(tf.repeat(current, stop, axis=0), action)
        targets = tf.repeat(target, stop, axis=0) if environment.targets else ()
        reward = environment.edited(moved, target=targets).reward
        reward = tf.reshape(reward, (-1, stop))
        before = environment.edited(current, target=target).reward
        best = tf.argmax(reward, axis=-1, output_type=tf.int32)
        return tf.where(tf.reduce_max(reward, axis=-1) > before, best, stop)

    path = edit(environment, choose, latents, target, scored=False)
    num_edits = tf.reduce_sum(tf.cast(path.actions != stop, tf.float32), axis=1)
    # The step in which a search finds nothing better is searched too.
    steps = tf.minimum(num_edits + 1.0, float(environment.max_episode_steps))
    return Search(path.latents[:, -1], 1.0 + steps * stop)


def best_of(environment, latents, target, num_candidates, seed):
    """Takes the best of samples: the given one, and others from the prior.

    Args:
        environment: See above.
        latents: See above.
        target: See above.
        num_candidates: Integer tensor, scalar >= 1, samples for each.
        seed: Integer tensor `(2,)`.

    Returns:
        `Search`.
    """
    shape = tf.shape(latents)

    def step(index, best, reward):
        key = tf.random.fold_in(seed, index)
        drawn = tf.random.stateless_normal(shape, key)
        state = environment.edited(drawn, target=target)
        better = state.reward > reward
        return (
            index + 1,
            tf.where(better[:, None], state.latents, best),
            tf.maximum(state.reward, reward),
        )

    first = environment.edited(latents, target=target)
    _, best, _ = tf.while_loop(
        lambda index, *_: index < num_candidates, step, (1, first.latents, first.reward)
    )
    calls = tf.fill(shape[:1], tf.cast(num_candidates, tf.float32))
    return Search(best, calls)


def gradient_ascent(environment, latents, target=()):
    """Follows the gradient of the reward, and takes the best latent on the way.

    The steps are as many and as long as those of the environment's edits. A gradient
    counts as a call.

    Args:
        environment: See above.
        latents: See above.
        target: See above.

    Returns:
        `Search`.
    """
    num_steps = environment.max_episode_steps

    def step(index, current, best, reward):
        value, gradient = reward_gradient(environment, current, target)
        better = value > reward
        best = tf.where(better[:, None], current, best)
        moved = current + environment.step_size * tf.math.l2_normalize(gradient, -1)
        moved = tf.clip_by_value(moved, -environment.bound, environment.bound)
        return index + 1, moved, best, tf.maximum(value, reward)

    start = tf.clip_by_value(latents, -environment.bound, environment.bound)
    lowest = tf.fill(tf.shape(start)[:1], start.dtype.min)
    _, last, best, reward = tf.while_loop(
        lambda index, *_: index < num_steps, step, (0, start, start, lowest)
    )
    better = environment.edited(last, target=target).reward > reward
    calls = tf.fill(tf.shape(start)[:1], 2.0 * num_steps + 1.0)
    return Search(tf.where(better[:, None], last, best), calls)


def reward_gradient(environment, latents, target=()):
    """Returns the reward of latents, and its gradient: `None` if it has none.

    Args:
        environment: See above.
        latents: See above.
        target: See above.

    Returns:
        A pair: float32 tensor `(N,)`, and float32 tensor `(N, latent_dim)` or `None`.
    """
    with tf.GradientTape() as tape:
        tape.watch(latents)
        value = environment.edited(latents, target=target).reward
    return value, tape.gradient(value, latents)
