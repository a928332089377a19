"""N-step transitions that never join two episodes."""

import tensorflow as tf

from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents

tf_agents = import_tf_agents()
StepType = tf_agents.trajectories.StepType


def n_step_transition(frames, gamma):
    """Joins `n + 1` consecutive frames into one transition of up to `n` steps.

    With `m` the number of steps until the episode ends, or `n` if that is less:

        reward   = r_0 + (gamma d_0) r_1 + ... + gamma^(m-1) (d_0 ... d_(m-2)) r_(m-1)
        discount = gamma^(m-1) (d_0 ... d_(m-1))

    and the next observation is that of frame `m`. The agent multiplies the discount
    by `gamma` once more. TF-Agents' own `to_n_step_transition` continues into the next
    episode after a truncation, since its discount is 1 there.

    Args:
        frames: `Trajectory` of tensors `(B, n + 1, ...)`. Agents mask the transition of
            a sequence that begins with the last frame of an episode.
        gamma: Float, the discount factor.

    Returns:
        `Transition` of tensors `(B, ...)`.

    Reference:
        [Sutton & Barto, 2018](http://incompleteideas.net/book/the-book-2nd.html),
        equation 7.1; at truncations
        [Pardo et al., 2018](https://arxiv.org/abs/1712.00378), section 3.
    """
    num_steps = frames.reward.shape[1] - 1
    reward = tf.zeros_like(frames.reward[:, 0])
    weight, discount = tf.ones_like(reward), tf.ones_like(reward)
    active = tf.ones_like(reward, tf.bool)
    end = tf.zeros_like(reward, tf.int32)
    for step in range(num_steps):
        if step:
            active &= frames.step_type[:, step] != StepType.LAST
        reward += tf.where(active, weight * frames.reward[:, step], 0.0)
        discount = tf.where(active, weight * frames.discount[:, step], discount)
        weight = gamma * discount
        end += tf.cast(active, tf.int32)

    def at_end(x):
        if num_steps == 1:
            return x[:, 1]
        return tf.gather(x, end, axis=1, batch_dims=1)

    first = tf.nest.map_structure(lambda x: x[:, 0], frames)
    return tf_agents.trajectories.Transition(
        time_step=tf_agents.trajectories.TimeStep(
            step_type=first.step_type,
            reward=tf.zeros_like(reward),
            discount=tf.ones_like(reward),
            observation=first.observation,
        ),
        action_step=tf_agents.trajectories.PolicyStep(
            first.action, (), first.policy_info
        ),
        next_time_step=tf_agents.trajectories.TimeStep(
            step_type=at_end(frames.step_type),
            reward=reward,
            discount=discount,
            observation=tf.nest.map_structure(at_end, frames.observation),
        ),
    )
