import keras
import numpy as np

from keras_rlgen import pictures
from keras_rlgen.arguments import check_integer, check_number, is_integer
from keras_rlgen.callbacks.check_model import check_model
from keras_rlgen.environments import TensorEnvironment
from keras_rlgen.environments.environment_kinds import refuse_class
from keras_rlgen.environments.remote import local_environment
from keras_rlgen.whole_files import check_writable, checked_path


class EpisodeRecorder(keras.callbacks.Callback):
    """Writes an episode of an agent's greedy policy as a GIF, every few epochs.

    Args:
        folder: Where `epoch_0000.gif` (before training), `epoch_0001.gif`, ... go.
            Created if missing.
        every: Integer >= 1, epochs between recordings; the last epoch is always
            recorded.
        environment: The environment: a Gymnasium id, a `gymnasium.Env` with the render
            mode `"rgb_array"`, a function that makes one, or a `TensorEnvironment`.
            Defaults to a new instance of the agent's own. An id gets this render mode.
        frame_function: Function from an observation of the policy, without a batch
            axis, to a uint8 array `(height, width, 3)` of constant shape. Defaults to
            the environment's own rendering; tensor environments that
            `environments.known_frame_function` knows are drawn by it.
            `keras_rlgen.callbacks.cart_pole_frame` and the others draw Gymnasium's as
            well, without pygame.
        max_steps: Integer >= 1, the maximum number of recorded steps.
        max_width: Integer, pixels. Wider frames are reduced by an integer factor.
        frames_per_second: Float, at most 50. Defaults to the environment's own, or 30.
        seed: Integer that fixes the episode.

    Attributes:
        returns: Dict from epochs to the return of the episode, up to `max_steps`.

    Raises:
        TypeError: When training starts, if the model is no agent.
        ValueError: If a number is out of its range, or when training starts, if the
            agent's environment cannot be made again, or nothing can draw it.

    Example:

    ```python
    recorder = EpisodeRecorder("episodes", every=10)
    agent.fit(epochs=50, callbacks=[recorder])
    ```
    """

    def __init__(
        self,
        folder,
        every=1,
        environment=None,
        frame_function=None,
        max_steps=500,
        max_width=320,
        frames_per_second=None,
        seed=0,
    ):
        super().__init__()
        if not is_integer(every) or every < 1:
            raise ValueError(f"Expected `every` >= 1. Received: every={every}")
        check_integer("max_steps", max_steps)
        check_integer("max_width", max_width)
        if frames_per_second is not None:
            check_number("frames_per_second", frames_per_second, above=0.0, most=50.0)
        refuse_class(environment)
        self.folder = checked_path(folder)
        self.every = every
        self.environment = environment
        self.frame_function = frame_function
        self.max_steps = max_steps
        self.max_width = max_width
        self.frames_per_second = frames_per_second
        self.seed = seed
        self.returns = {}

    def on_train_begin(self, logs=None):
        check_model(self, "an agent", "policy", "environment")
        environment = self.environment
        if environment is None:
            environment = _recreatable(local_environment(self.model.environment))
        # Where there is an agent, TF-Agents has been imported.
        from keras_rlgen.agents.loop import policy_player

        render_mode = "rgb_array" if self.frame_function is None else None
        self._vector = policy_player.rendered_environment(environment, render_mode)
        draw = policy_player.drawing(
            environment, self._vector, self.frame_function, "`EpisodeRecorder`"
        )
        self._player = policy_player.PolicyPlayer(
            self.model,
            self._vector,
            lambda observation: _narrowed(draw(observation), self.max_width),
        )
        check_writable(self.folder)
        self.returns = {}
        self._epoch = 0
        self._record(0)

    def on_epoch_end(self, epoch, logs=None):
        self._epoch = epoch + 1
        if self._epoch % self.every == 0:
            self._record(self._epoch)

    def on_train_end(self, logs=None):
        if self._epoch not in self.returns:
            self._record(self._epoch)
        self._vector.close()

    def _record(self, epoch):
        played = self._player.play(self.seed, self.max_steps)
        self.returns[epoch] = played.episode_return
        own = self._vector.metadata.get("render_fps", 30)
        seconds = 1.0 / min(self.frames_per_second or own, 50)
        path = self.folder / f"epoch_{epoch:04d}.gif"
        pictures.write_animation(path, played.frames, seconds)


def _narrowed(frame, max_width):
    from PIL import Image

    frame = np.asarray(frame)
    if frame.ndim != 3 or frame.shape[2] != 3 or frame.dtype != np.uint8:
        raise ValueError(
            "Expected frames of shape (height, width, 3) and dtype uint8. Received: "
            f"shape {frame.shape}, dtype {frame.dtype}. Pass a `frame_function` that "
            "draws an observation in this way."
        )
    factor = -(-frame.shape[1] // max_width)
    return np.asarray(Image.fromarray(frame).reduce(factor))


def _recreatable(environment):
    """Validates that another instance of an agent's environment can be made."""
    if isinstance(environment, TensorEnvironment | str) or callable(environment):
        return environment
    raise ValueError(
        "`EpisodeRecorder` needs an environment of its own, so that it does not step "
        f"the agent's. Received an agent with: {environment}. Pass another instance as "
        "`environment`."
    )
