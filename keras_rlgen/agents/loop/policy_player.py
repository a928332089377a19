"""Plays episodes with a policy, one step after the other."""

import functools
from typing import Any, NamedTuple

import tensorflow as tf

from keras_rlgen.environments import TensorEnvironment, known_frame_function

FIRST, MID = 0, 1  # TF-Agents' step types


class PlayedEpisode(NamedTuple):
    """An episode that was played.

    Attributes:
        episode_return: Float, the undiscounted return.
        length: Integer, environment steps.
        frames: List of pictures, uint8 arrays `(height, width, 3)`, one more than
            steps; empty unless they were asked for.
    """

    episode_return: float
    length: int
    frames: Any = ()


class PolicyPlayer:
    """Plays episodes with a model's policy, in an environment of Gymnasium's interface.

    Args:
        model: `PolicyModel`.
        vector: `CheckedVectorEnvironment` of one environment.
        frame: Function without arguments that returns a picture of the environment
            after a step, or of a batch of one observation; `None` for no pictures.
    """

    def __init__(self, model, vector, frame=None):
        self._model = model
        self._vector = vector
        self._frame = frame
        self._act = tf.function(self._greedy_step, autograph=False)

    def play(self, seed=None, max_steps=None):
        """Plays an episode.

        Args:
            seed: Integer >= 0, or `None` to continue with the current random state.
            max_steps: Integer, after which the episode is cut; `None` for none.

        Returns:
            `PlayedEpisode`.
        """
        observation, _ = self._vector.reset(seed=seed)
        policy_state = self._model.policy.get_initial_state(1)
        frames, total, steps, ended = self._frames(observation), 0.0, 0, False
        while not ended and steps != max_steps:
            step_type = tf.constant([MID if steps else FIRST])
            action, policy_state = self._act(observation, step_type, policy_state)
            observation, reward, terminated, truncated, _ = self._vector.step(
                action.numpy()
            )
            total += float(reward[0])
            steps += 1
            ended = bool(terminated[0] or truncated[0])
            frames += self._frames(observation)
        return PlayedEpisode(total, steps, frames)

    def _frames(self, observation):
        return [] if self._frame is None else [self._frame(observation)]

    def _greedy_step(self, observation, step_type, policy_state):
        policy = self._model.policy
        time_step = policy.time_step_spec._replace(
            step_type=step_type,
            reward=tf.zeros((1,)),
            discount=tf.ones((1,)),
            observation=observation,
        )
        policy_step = policy.action(time_step, policy_state)
        return policy_step.action, policy_step.state


def rendered_environment(environment, render_mode=None):
    """Returns one environment, as agents act in it, that can be drawn.

    Args:
        environment: As in `environments.make_vector_environment`.
        render_mode: String, the render mode in which an id of Gymnasium is made, or
            `None`.

    Returns:
        `CheckedVectorEnvironment`.
    """
    from keras_rlgen.environments import make_vector_environment

    if render_mode is not None and isinstance(environment, str):
        import gymnasium

        environment = functools.partial(
            gymnasium.make, environment, render_mode=render_mode
        )
    return make_vector_environment(environment, num_environments=1)


def drawing(environment, vector, frame_function, needed_by):
    """Returns the function that draws an environment after each step.

    Args:
        environment: What `vector` was made of.
        vector: `CheckedVectorEnvironment` of one environment.
        frame_function: Function from an observation to a picture, or `None` for that
            which is known of a tensor environment, else the environment's own.
        needed_by: String, what asks for it, for the error.

    Returns:
        Function from a batch of one observation to a picture.

    Raises:
        ValueError: If nothing can draw the environment.
    """
    if frame_function is None and isinstance(environment, TensorEnvironment):
        frame_function = known_frame_function(environment)
    if frame_function is not None:
        return lambda observation: frame_function(
            tf.nest.map_structure(lambda batch: batch[0], observation)
        )
    if vector.render_mode != "rgb_array":
        remedy = "Pass a `frame_function`"
        if not isinstance(environment, TensorEnvironment):
            remedy += ", or an environment made with `render_mode='rgb_array'`"
        raise ValueError(
            f"{needed_by} needs something to draw with. Received an environment "
            f"of the render mode {vector.render_mode!r}: {environment}. {remedy}."
        )
    return lambda observation: vector.render()[0]
