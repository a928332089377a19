"""Steps with automatic resets in the next step."""

import tensorflow as tf

from keras_rlgen.environments.tensor_environment import StepResult
from keras_rlgen.environments.where_ended import where_ended
from keras_rlgen.training.stateless_random import validated_seed


def next_step_reset(environment, state, ended, action, seed):
    """Acts once in every environment, or resets it where an episode has ended.

    The rule of Gymnasium's `AutoresetMode.NEXT_STEP` and of TF-Agents. The step after
    an end ignores the action and leads to the first observation of the next episode,
    with reward 0. So a stream of observations holds the last of each episode and the
    first of the next; the pair of them is not a transition.

    Args:
        environment: `TensorEnvironment`.
        state: `EpisodeState` of `B` episodes, with `B` known at tracing time.
        ended: Bool tensor `(B,)`, whether the last step terminated or truncated.
        action: Tensor `(B, *environment.action.shape)`.
        seed: Integer tensor `(2,)`, different in every step.

    Returns:
        A pair: the next `EpisodeState`, and `StepResult`, whose reward is 0, whose
        `terminated` and `truncated` are false and whose `discount` is 1 where an
        episode begins.

    Raises:
        ValueError: As in `TensorEnvironment.step`.

    Example:

    >>> from keras_rlgen.environments import CartPole
    >>> environment, action = CartPole(max_episode_steps=1), tf.constant([1])
    >>> state = environment.reset(seed=(0, 1), num_environments=1)
    >>> ended = tf.constant([False])
    >>> for seed in [(0, 2), (0, 3)]:
    ...     state, result = next_step_reset(environment, state, ended, action, seed)
    ...     ended = result.terminated | result.truncated
    ...     print(int(state.elapsed_steps[0]), float(result.reward[0]))
    1 1.0
    0 0.0
    """
    step_seed, reset_seed = tf.unstack(tf.random.split(validated_seed(seed), 2))
    stepped, result = environment.step(state, action, step_seed)

    def begin():
        new = environment.reset(reset_seed, ended.shape[0])
        return new, environment.observe(new)

    continuing = stepped, result.observation
    state, observation = where_ended(ended, begin, continuing, environment.costly_reset)
    return state, StepResult(
        observation=observation,
        reward=tf.where(ended, 0.0, result.reward),
        terminated=result.terminated & ~ended,
        truncated=result.truncated & ~ended,
        discount=tf.where(ended, 1.0, result.discount),
    )
