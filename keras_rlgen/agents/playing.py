import pathlib

from keras_rlgen import pictures
from keras_rlgen.agents.drivers.specs import vector_environment_specs
from keras_rlgen.agents.loop.policy_player import (
    PolicyPlayer,
    drawing,
    rendered_environment,
)
from keras_rlgen.arguments import check_integer
from keras_rlgen.environments import known_frame_function
from keras_rlgen.environments.environment_kinds import is_instance
from keras_rlgen.environments.remote import local_environment

RENDERS = (None, "human", "rgb_array")


class PolicyPlaying:
    """Mixin for models with a policy: the loop that plays an episode."""

    def play(
        self,
        environment=None,
        episodes=1,
        render=None,
        max_steps=10_000,
        seed=None,
        frame_function=None,
    ):
        """Plays episodes with the greedy `policy`, one step after the other.

        `evaluate` is faster, and says how good the policy is; this shows what it does.

        Args:
            environment: As in the constructor; by default the model's own. With a
                `gymnasium.Env` of the render mode `"human"` its window is shown.
            episodes: Integer >= 1.
            render: `None`; `"human"`, the window of a Gymnasium id; `"rgb_array"`,
                which returns pictures; or a path that ends in `.gif`, an animation to
                write. Environments that `environments.known_frame_function` knows are
                drawn by it, others of Gymnasium by themselves.
            max_steps: Integer >= 1, environment steps after which an episode is cut.
            seed: Integer >= 0, of the first episode; or `None`.
            frame_function: Function from an observation, as the networks take it, to a
                uint8 array `(height, width, 3)`, which draws instead.

        Returns:
            List of `PlayedEpisode`: `episode_return`, undiscounted, `length` in
            environment steps, and `frames`.

        Raises:
            ValueError: If an argument is out of its range, the environment has other
                specs, or nothing can draw it.

        Example:

        ```python
        agent.play(render="human")
        agent.play("CartPole-v1", render="episode.gif")[0].episode_return
        ```
        """
        for name, value in (("episodes", episodes), ("max_steps", max_steps)):
            check_integer(name, value)
        is_path = str(render).endswith(".gif")
        if not is_path and render not in RENDERS:
            raise ValueError(
                f"Expected `render` to be one of {RENDERS}, or a path that ends in "
                f"'.gif'. Received: {render!r}"
            )
        if environment is None:
            self._require_driver("play")
            environment = self.environment
        environment = local_environment(environment)
        is_drawn = is_path or render == "rgb_array"
        if is_drawn and frame_function is None and isinstance(environment, str):
            frame_function = known_frame_function(environment)
        mode = "rgb_array" if is_drawn and frame_function is None else None
        mode = "human" if render == "human" else mode
        vector = rendered_environment(environment, mode)
        self._check_specs(vector_environment_specs(vector))
        draw = None
        if is_drawn:
            draw = drawing(environment, vector, frame_function, "`play`")
        player = PolicyPlayer(self, vector, draw)
        played = [
            player.play(seed if index == 0 else None, max_steps)
            for index in range(episodes)
        ]
        frames_per_second = min(vector.metadata.get("render_fps", 30), 50)
        if is_path:
            frames = [frame for episode in played for frame in episode.frames]
            seconds = 1.0 / frames_per_second
            pictures.write_animation(pathlib.Path(render), frames, seconds)
        self._close_played(environment, vector)
        return played

    def _close_played(self, environment, vector):
        if is_instance(environment):
            # It is the user's. If it is also the agent's, another loop stepped it.
            if environment is self.environment:
                self._driver.reset_episodes()
        else:
            vector.close()
