"""Steps with automatic resets in the same step."""

import tensorflow as tf

from keras_rlgen.environments.where_ended import where_ended
from keras_rlgen.training.stateless_random import validated_seed


def auto_reset_step(environment, state, action, seed):
    """Acts once in every environment, and resets those whose episode ends.

    The new episode begins in the same call, so no step is lost between two. Both
    observations of a transition are available, and always belong to the same episode:

    ```python
    observation = environment.observe(state)
    state, result = auto_reset_step(environment, state, action, seed)
    transition = observation, action, result.reward, result.observation
    observation = environment.observe(state)  # what to act on next
    ```

    `result.observation` is the next observation: at the end of an episode its final
    one, from whose value a truncated return bootstraps. `observe(state)` is then the
    first observation of the new episode; elsewhere the two are the same.

    Args:
        environment: `TensorEnvironment`.
        state: `EpisodeState` of `B` episodes, with `B` known at tracing time.
        action: Tensor `(B, *environment.action.shape)`.
        seed: Integer tensor `(2,)`, different in every step.

    Returns:
        A pair: the next `EpisodeState`, reset where an episode has ended, and the
        `StepResult` of the old episode.

    Raises:
        ValueError: If the number of environments is unknown, or as in
            `TensorEnvironment.step`.

    Example:

    >>> from keras_rlgen.environments import CartPole
    >>> environment = CartPole(max_episode_steps=1)
    >>> state = environment.reset(seed=(0, 1), num_environments=1)
    >>> action = tf.constant([1])
    >>> state, result = auto_reset_step(environment, state, action, seed=(0, 2))
    >>> bool(result.truncated[0]), int(state.elapsed_steps[0])
    (True, 0)
    """
    num_environments = state.elapsed_steps.shape[0]
    if num_environments is None:
        raise ValueError(
            "Expected a `state` whose number of environments is known. Received: "
            "`elapsed_steps` of shape (None,). Name the number in the input signature."
        )
    step_seed, reset_seed = tf.unstack(tf.random.split(validated_seed(seed), 2))
    state, result = environment.step(state, action, step_seed)
    ended = result.terminated | result.truncated

    def begin():
        return environment.reset(reset_seed, num_environments)

    return where_ended(ended, begin, state, environment.costly_reset), result
