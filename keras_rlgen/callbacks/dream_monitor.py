import warnings

import numpy as np
import tensorflow as tf

from keras_rlgen import pictures
from keras_rlgen.arguments import is_integer
from keras_rlgen.callbacks.picture_monitor import PictureMonitor
from keras_rlgen.environments import (
    TensorEnvironment,
    frame_function,
    known_frame_function,
    simulate,
)
from keras_rlgen.experience import Experience

SURVIVES = 0.5  # An imagined episode is over where its survival is less probable.
FAR = 1.0  # Standard deviations beyond the training data that are worth a warning.


class DreamMonitor(PictureMonitor):
    """Shows what a model of an environment imagines beside what was real.

    Every few epochs, the model starts from the first observation of a recorded episode,
    and the same actions are replayed in it. Written are `epoch_0001.gif`, the real
    frames beside those of one imagined episode, and `epoch_0001.png`, a fan chart of
    many imagined ones for each component of the observation and for the reward; see
    `pictures.fan_chart`. At the end of training, the fan charts are joined in
    `dreams.gif`. Before the model is trained for the first time, nothing is drawn.

    Of image observations the fan chart has the root mean squared error of the pixels.

    Args:
        folder: Where the files go. Created if missing.
        episode: `Experience`, of which the first episode is replayed, such as held-out
            data. By default one is recorded by the agent that is trained, or that the
            trained model holds as `acting`.
        world: The model of the environment: a `TensorEnvironment` with
            `inner_state_of`. By default what is trained, or its attribute `world`.
        environment: What it is a model of, a `TensorEnvironment` or a Gymnasium id:
            determines how observations are drawn. By default that of the agent.
        policy: An agent or `Planner`. At each drawing an episode of it is recorded, and
            in the model it chooses the actions itself. `None` replays `episode`.
        every: Integer, epochs between pictures; the last epoch is always drawn.
        horizon: Integer >= 1, the most steps to imagine.
        num_trajectories: Integer >= 1, imagined episodes in the fan chart.
        names: List of strings, the names of the components of the observation.
        frame_function: Function from an observation to a uint8 array `(height, width,
            3)`. By default `environments.frame_function`.
        frames_per_second: Float, of the GIF.
        tensorboard: Folder of TensorBoard logs to write the fan charts to as well, or
            `None`.
        seed: Integer that fixes the imagined episodes.

    Attributes:
        errors: Dict from epochs to the root mean squared error of the median of the
            imagined observations, a float array `(steps + 1,)`.

    Raises:
        ValueError: If a number is out of its range; when training starts, if there is
            no model or no episode, or they do not fit each other.
        NotImplementedError: When training starts, if the model has no `inner_state_of`.

    Example:

    ```python
    train, held_out = agent.record(steps=2000, exploring=True).split(0.8)
    monitor = DreamMonitor("dreams", held_out, environment="CartPole-v1", every=10)
    world.fit(train, epochs=50, callbacks=[monitor])
    ```
    """

    needs = ()  # `check_model` looks for the world.
    subject = "dreams"

    def __init__(
        self,
        folder,
        episode=None,
        world=None,
        environment=None,
        policy=None,
        every=1,
        horizon=50,
        num_trajectories=32,
        names=None,
        frame_function=None,
        frames_per_second=20,
        tensorboard=None,
        seed=0,
    ):
        super().__init__(folder, every, tensorboard)
        for name, value in (
            ("horizon", horizon),
            ("num_trajectories", num_trajectories),
        ):
            if not is_integer(value) or value < 1:
                raise ValueError(
                    f"Expected `{name}` to be a positive integer. Received: {value!r}"
                )
        self.episode = episode
        self.world = world
        self.environment = environment
        self.policy = policy
        self.horizon = horizon
        self.num_trajectories = num_trajectories
        self.names = names
        self.frame_function = frame_function
        self.frames_per_second = frames_per_second
        self.seed = seed
        self.errors = {}

    def check_model(self):
        self._world = self.world
        if self._world is None:
            trained = self.model
            is_world = isinstance(trained, TensorEnvironment)
            self._world = trained if is_world else getattr(trained, "world", None)
        if not isinstance(self._world, TensorEnvironment):
            raise ValueError(
                "`DreamMonitor` needs the model of an environment, a "
                "`TensorEnvironment`. Received: training of a "
                f"`{type(self.model).__name__}` and world={self.world!r}. Pass it as "
                "`world`."
            )
        self._real = self.episode
        self._recorder = self.policy
        if self._recorder is None:
            candidates = self.model, getattr(self.model, "acting", None)
            self._recorder = next((x for x in candidates if hasattr(x, "record")), None)
        if self._real is None and self.policy is None:
            if self._recorder is None:
                raise ValueError(
                    "`DreamMonitor` needs a real episode, and a "
                    f"`{type(self.model).__name__}` cannot record one. Pass an "
                    "`Experience` as `episode`, such as the held-out data, or an agent "
                    "as `policy`."
                )
            self._real = self._recorder.record(episodes=1, seed=self.seed)
        if self._real is not None:
            self._check_episode(self._real)
            self._warn_if_far(self._real)
        self._simulate = tf.function(self._imagine, autograph=False)
        self._draw_frame = self.frame_function or self._default_frame_function()
        self.errors = {}

    def _check_episode(self, episode):
        if not isinstance(episode, Experience):
            raise ValueError(
                "Expected `episode` to be an `Experience`. Received: "
                f"{episode!r} of type {type(episode).__name__}"
            )
        expected = tuple(self._world.observation_shape)
        observed = getattr(episode.observations, "shape", None)
        if observed is None or observed[1:] != expected:
            raise ValueError(
                f"Expected an episode of observations of shape {expected}, those of "
                f"the model. Received: {episode.summary()}"
            )

    def _warn_if_far(self, episode):
        """Warns if the model knows that the episode begins beyond its data."""
        if not hasattr(self._world, "distance") or not self._is_fitted():
            return
        distance = float(self._world.distance(episode.observations[:1])[0])
        if distance > FAR:
            warnings.warn(
                f"The episode begins {distance:.2g} standard deviations beyond the "
                "range of the training data of the model. What it imagines from there "
                "is a guess.",
                stacklevel=2,
            )

    def _default_frame_function(self):
        world, environment = self._world, self.environment
        if environment is None:
            environment = getattr(self._recorder, "environment", None)
        if environment is None or known_frame_function(environment) is None:
            environment = world
        return frame_function(
            environment,
            world.observation_shape,
            world.observation_low,
            world.observation_high,
        )

    def _is_fitted(self):
        """Returns whether the model has been trained, or needs no training."""
        return bool(np.asarray(getattr(self._world, "is_fitted", True)))

    def picture(self, epoch):
        if not self._is_fitted():
            return None
        episode = self._real
        if self.policy is not None:
            episode = self.policy.record(episodes=1, seed=self.seed)
            self._check_episode(episode)
        steps = min(self.horizon, int(episode.lengths[0]))
        observations = np.asarray(episode.observations[: steps + 1], np.float32)
        rewards = episode.rewards[:steps]
        imagined = self._simulated(observations[0], episode.actions[:steps], steps)
        self._write_frames(epoch, observations, rewards, imagined)
        return self._fan(epoch, observations, rewards, imagined)

    def _simulated(self, observation, actions, steps):
        count = self.num_trajectories
        observations = np.tile(
            observation[np.newaxis], (count, *[1] * observation.ndim)
        )
        actions = np.repeat(np.asarray(actions)[np.newaxis], count, axis=0)
        return tf.nest.map_structure(
            lambda x: x.numpy(),
            self._simulate(tf.constant(observations), tf.constant(actions)),
        )

    def _imagine(self, observations, actions):
        seed = tf.constant([self.seed, 0])
        if self.policy is None:
            return simulate(self._world, observations, actions, seed)
        steps = actions.shape[1]
        return simulate(self._world, observations, self.policy, seed, steps)

    def _write_frames(self, epoch, observations, rewards, imagined):
        steps = int(np.sum(imagined.survival[0] >= SURVIVES))  # With the last one.
        steps = min(steps + 1, len(observations))
        sides = (
            (observations, rewards),
            (imagined.observation[0, :steps], imagined.reward[0, : steps - 1]),
        )
        frames, captions = [], []
        for observed, reward in sides:
            frames.append([self._draw_frame(x) for x in observed])
            total = np.concatenate([[0.0], np.cumsum(reward)])
            captions.append([f"{i}: {x:.1f}" for i, x in enumerate(total)])
        joined = pictures.side_by_side(*frames, captions=captions)
        path = self.folder / f"epoch_{epoch:04d}.gif"
        pictures.write_animation(path, joined, 1.0 / self.frames_per_second)

    def _fan(self, epoch, observations, rewards, imagined):
        steps = len(observations)
        values, real = imagined.observation, observations
        squared = np.square(np.median(values, axis=0) - real).reshape(steps, -1)
        self.errors[epoch] = np.sqrt(squared.mean(axis=1))
        if values.ndim == 5:
            error = np.square(values - real).reshape(*values.shape[:2], -1)
            values = np.sqrt(error.mean(axis=2))[..., np.newaxis]
            real, names = np.zeros((steps, 1)), ["error"]
        else:
            values = values.reshape(*values.shape[:2], -1)
            real = real.reshape(steps, -1)
            names = self.names or [f"observation {i}" for i in range(real.shape[1])]
        # A reward belongs to the observation that its step led to.
        reward = np.pad(imagined.reward, [(0, 0), (1, 0)], constant_values=np.nan)
        values = np.concatenate([values, reward[..., np.newaxis]], axis=2)
        real_reward = np.pad(rewards, (1, 0), constant_values=np.nan)
        real = np.concatenate([real, real_reward[:, np.newaxis]], axis=1)
        # The step that ends an episode still belongs to it.
        survival = np.pad(imagined.survival[:, :-1], [(0, 0), (1, 0)], mode="edge")
        values[survival < SURVIVES] = np.nan
        return pictures.fan_chart(
            values, real, [*names, "reward"], title=f"epoch {epoch}"
        )
