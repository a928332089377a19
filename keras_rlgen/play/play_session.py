from keras_rlgen.arguments import check_seed, is_integer
from keras_rlgen.environments import TensorEnvironment, known_frame_function
from keras_rlgen.play.action_choices import action_choices
from keras_rlgen.play.gymnasium_world import GymnasiumWorld
from keras_rlgen.play.tensor_world import TensorWorld

MODEL, ENVIRONMENT = "model", "environment"


class PlaySession:
    """A person acts inside a model of an environment, and in the environment itself.

    This is the game without a screen: `play.in_terminal` and `play.in_notebook` show
    it. An episode in the model ends where the model says so, or after `horizon` steps.

    Args:
        model: `TensorEnvironment` to play in, such as a `WorldModel`.
        environment: The real one, a `TensorEnvironment` or a Gymnasium id; or `None`,
            then there is no switching.
        horizon: Integer >= 1, the steps of an episode in the model; by default those of
            the model. It can be changed while playing.
        action_names: List of strings, the names of the choices: see `action_choices`.
        frame_function: Function from an observation to a uint8 array `(height, width,
            3)`. By default that of the environment, else that of the model.
        seed: Integer >= 0. The same seed and choices give the same episodes.

    Attributes:
        where: `"model"` or `"environment"`.
        observation: Array, the latest observation.
        choices: List of `ActionChoice`.
        horizon: Integer.
        steps: Integer, the steps of this episode.
        reward: Float, of the latest step; `None` at the beginning.
        episode_return: Float, the sum of the rewards.
        ended: `None`, or why the episode is over: `"terminated"`, `"truncated"` or
            `"horizon"`.
        message: String, what happened last beside a step.

    Raises:
        TypeError: If `model` is no `TensorEnvironment`.
        ValueError: If `horizon` or `seed` is out of its range, or observations or
            actions of the two differ.

    Example:

    >>> from keras_rlgen.environments import CartPole
    >>> session = PlaySession(CartPole(), environment=CartPole(), horizon=20)
    >>> session.act(1)
    >>> session.switch()  # The same pole, now in the environment.
    >>> session.where, session.steps, session.episode_return
    ('environment', 0, 0.0)
    """

    def __init__(
        self,
        model,
        environment=None,
        horizon=None,
        action_names=None,
        frame_function=None,
        seed=0,
    ):
        if not isinstance(model, TensorEnvironment):
            raise TypeError(
                "Expected `model` to be a `TensorEnvironment`, such as a `WorldModel`. "
                f"Received: {model!r} of type {type(model).__name__}"
            )
        check_seed(seed, least=0)
        if frame_function is not None and not callable(frame_function):
            raise TypeError(
                "Expected `frame_function`, a function of an observation. Received: "
                f"{frame_function!r}"
            )
        self._worlds = {MODEL: TensorWorld(model, seed)}
        if environment is not None:
            is_tensor = isinstance(environment, TensorEnvironment)
            kind = TensorWorld if is_tensor else GymnasiumWorld
            self._worlds[ENVIRONMENT] = kind(environment, seed)
            self._check_alike()
        self.where = MODEL
        self.set_horizon(model.max_episode_steps if horizon is None else horizon)
        self.choices = action_choices(model.action, action_names)
        draws_itself = known_frame_function(environment) is not None
        if frame_function is None:
            drawing = self._worlds[ENVIRONMENT if draws_itself else MODEL]
            frame_function = drawing.frame_function()
        self._frame_function = frame_function
        self.reset()

    def _check_alike(self):
        real, model = self._worlds[ENVIRONMENT], self._worlds[MODEL]
        pairs = (
            (real.observation_shape, model.observation_shape, "observations of shape"),
            (repr(real.action), repr(model.action), "actions"),
        )
        for received, expected, what in pairs:
            if received != expected:
                raise ValueError(
                    f"Expected an environment with {what} {expected}, as the model. "
                    f"Received: {received}"
                )

    @property
    def world(self):
        """What is played in: a `TensorWorld` or a `GymnasiumWorld`."""
        return self._worlds[self.where]

    @property
    def can_switch(self):
        """Whether there is an environment beside the model."""
        return ENVIRONMENT in self._worlds

    def set_horizon(self, horizon):
        """Sets how long an episode in the model lasts, from now on.

        Args:
            horizon: Integer >= 1.

        Raises:
            ValueError: If it is out of its range.
        """
        if not is_integer(horizon) or horizon < 1:
            raise ValueError(
                "Expected `horizon` to be a positive integer, in environment steps. "
                f"Received: {horizon!r}"
            )
        self.horizon = horizon

    def reset(self):
        """Begins a new episode where the player is."""
        self._begin(self.world.reset(), "")

    def act(self, choice):
        """Takes one step; after the end of an episode, none.

        Args:
            choice: Integer, the index of one of `choices`.

        Raises:
            ValueError: If there is no such choice.
        """
        if not is_integer(choice) or not (0 <= choice < len(self.choices)):
            names = ", ".join(choice.name for choice in self.choices)
            raise ValueError(
                f"Expected a choice in [0, {len(self.choices)}), of the actions {names}"
                f". Received: {choice!r}"
            )
        if self.ended:
            self.message = "The episode is over: reset to begin a new one."
            return
        action = self.choices[choice].action
        self.observation, self.reward, terminated, truncated = self.world.step(action)
        self.steps += 1
        self.episode_return += self.reward
        self.message = ""
        if terminated:
            self.ended = "terminated"
        elif self.where == MODEL and self.steps >= self.horizon:
            self.ended = "horizon"
        elif truncated:
            self.ended = "truncated"

    def switch(self):
        """Changes between the model and the environment, at the same observation.

        Where that cannot be, since an observation does not show the state or it is an
        environment of Gymnasium, a new episode begins.

        Raises:
            ValueError: If there is no environment.
        """
        if not self.can_switch:
            raise ValueError(
                "Expected an environment to switch to. Received: none. Pass "
                "`environment=` beside the model."
            )
        self.where = ENVIRONMENT if self.where == MODEL else MODEL
        observation = None if self.ended else self.world.start_from(self.observation)
        if observation is None:
            reason = "The episode was over" if self.ended else "It cannot start there"
            self._begin(self.world.reset(), f"{reason}: a new episode.")
        else:
            self._begin(observation, "Goes on from the same observation.")

    def _begin(self, observation, message):
        self.observation = observation
        self.steps, self.reward, self.episode_return = 0, None, 0.0
        self.ended, self.message = None, message

    @property
    def distance(self):
        """How far the observation is beyond the training data of the model.

        Float, in standard deviations, 0 within the data; `None` if the model has no
        such measure.
        """
        return self._worlds[MODEL].distance(self.observation)

    def frame(self):
        """Returns the observation as a picture, a uint8 array `(height, width, 3)`."""
        return self._frame_function(self.observation)

    def status(self):
        """Returns one line: where, steps, reward, return, distance, and the end."""
        last = f"/{self.horizon}" if self.where == MODEL else ""
        parts = [f"in the {self.where}", f"step {self.steps}{last}"]
        if self.reward is not None:
            parts.append(f"reward {self.reward:.3g}")
        parts.append(f"return {self.episode_return:.4g}")
        if self.distance:
            parts.append(f"{self.distance:.2g} deviations beyond the training data")
        if self.ended:
            parts.append(f"over: {self.ended}")
        return " | ".join(parts)
