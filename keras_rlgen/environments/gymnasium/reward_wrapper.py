"""Rewards of this package for a Gymnasium environment."""

import copy

import numpy as np
import tensorflow as tf

from keras_rlgen.environments.gymnasium.actions import action_conversion
from keras_rlgen.environments.gymnasium.import_gymnasium import gymnasium
from keras_rlgen.environments.gymnasium.observations import observation_conversion
from keras_rlgen.experience import Transition
from keras_rlgen.rewards import get


class RewardWrapper(gymnasium.Wrapper, gymnasium.utils.RecordConstructorArgs):
    """Replaces the rewards of a Gymnasium environment by those of a `Reward`.

    It makes the rewards of this package available to other libraries. Agents of
    `keras_rlgen.agents` take a reward in `compile`, which is faster, since they compute
    the rewards of many steps at once.

    A reward gets a batch of one transition, in the form that agents give: observations
    as `make_vector_environment` converts them, discrete actions counted from 0. Its
    terms are in `info["reward_terms"]`, a dict from names to floats. The environment's
    own reward is available as `rewards.Environment()`.

    Args:
        env: `gymnasium.Env`.
        reward: `Reward`, name, or function of transitions or states, as in
            `Agent.compile`.
        learn_every: Integer >= 1: a reward that learns does so from the last
            `learn_every` steps, each time there are as many new ones. Its running
            statistics are updated from the same steps. Defaults to `None`, it does not
            change.

    Raises:
        TypeError: If `env` or `reward` is something else.
        ValueError: If a space cannot be converted, `learn_every` is no positive
            integer, the reward does not give one value for each transition, or the
            reward's own conditions are violated.
        FloatingPointError: From `step`, if a reward is NaN or infinite.

    Example:

    ```python
    from keras_rlgen import rewards
    from keras_rlgen.environments import RewardWrapper


    def upright(state):
        return -tf.abs(state[:, 2])


    environment = gymnasium.make("CartPole-v1")
    reward = rewards.Environment() + 0.5 * rewards.FunctionReward(upright)
    environment = RewardWrapper(environment, reward)
    observation, info = environment.reset(seed=0)
    observation, reward, terminated, truncated, info = environment.step(1)
    info["reward_terms"]  # {"environment": 1.0, "upright": -0.03}
    ```
    """

    def __init__(self, env, reward, learn_every=None):
        # For `env.spec`, which then makes environments that share the reward.
        gymnasium.utils.RecordConstructorArgs.__init__(
            self, _disable_deepcopy=True, reward=reward, learn_every=learn_every
        )
        super().__init__(env)
        is_count = isinstance(learn_every, int) and learn_every >= 1
        if learn_every is not None and not is_count:
            raise ValueError(
                "Expected `learn_every` to be a positive integer or None. "
                f"Received: {learn_every!r}"
            )
        self.reward = get(reward)
        self.learn_every = learn_every
        self._observations = observation_conversion(env.observation_space, 1)
        actions = action_conversion(env.action_space, 1).space
        self._action_dtype = "float32" if actions.dtype.kind == "f" else "int32"
        self._first_action = getattr(env.action_space, "start", 0)
        self._observation = None
        self._steps = []
        # Builds the weights of the reward, if any, outside of graphs.
        observation, action = (
            copy.deepcopy(space).sample()
            for space in (env.observation_space, env.action_space)
        )
        observation, action = self._batch(observation), self._converted(action)
        self.reward.terms(_transition(observation, action, 0.0, observation, False))
        self._compiled_terms = tf.function(self.reward.terms, reduce_retracing=True)
        self._compiled_learn = tf.function(self._learn, reduce_retracing=True)

    def reset(self, *, seed=None, options=None):
        """Begins an episode, as the environment does."""
        observation, info = self.env.reset(seed=seed, options=options)
        self._observation = self._batch(observation)
        return observation, info

    def step(self, action):
        """Acts once; the reward is that of the `Reward`."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        before, self._observation = self._observation, self._batch(observation)
        transition = _transition(
            before, self._converted(action), reward, self._observation, terminated
        )
        if self.learn_every is not None:
            self._remember(transition)
        value, terms = self._compiled_terms(transition)
        value = float(value[0])
        if not np.isfinite(value):
            raise FloatingPointError(
                f"Expected a finite reward '{self.reward.name}'. Received: {value}. "
                "Clip before a logarithm or a division."
            )
        terms = {name: float(term[0]) for name, term in terms.items()}
        return (
            observation,
            value,
            terminated,
            truncated,
            {**info, "reward_terms": terms},
        )

    def _remember(self, transition):
        """Keeps a transition; the reward learns once there are enough."""
        self._steps.append(transition)
        if len(self._steps) < self.learn_every:
            return
        steps = tf.nest.map_structure(lambda *x: tf.concat(x, axis=0), *self._steps)
        self._steps = []
        for error, passed in self.reward.checks(steps):
            if not passed:
                raise error
        self._compiled_learn(steps)

    def _learn(self, steps):
        self.reward.learn(steps)
        # Updates running statistics.
        self.reward.terms(steps, training=True)

    def _batch(self, observation):
        """Returns an observation as a batch of one, as agents see it."""
        return self._observations(_with_batch_axis(observation))

    def _converted(self, action):
        """Returns an action as a batch of one, counted from 0 if it is discrete."""
        action = np.asarray(action)[np.newaxis] - self._first_action
        return action.astype(self._action_dtype)


def _transition(observation, action, reward, next_observation, terminated):
    """Returns a `Transition` of tensors, a batch of one."""
    transition = Transition(
        observation=observation,
        action=action,
        reward=np.float32([reward]),
        next_observation=next_observation,
        terminated=np.array([terminated], bool),
    )
    return tf.nest.map_structure(tf.convert_to_tensor, transition)


def _with_batch_axis(observation):
    """Returns a nest of arrays with a first axis of length 1."""
    if isinstance(observation, dict):
        return {key: _with_batch_axis(part) for key, part in observation.items()}
    if isinstance(observation, tuple):
        return tuple(map(_with_batch_axis, observation))
    return np.asarray(observation)[np.newaxis]
