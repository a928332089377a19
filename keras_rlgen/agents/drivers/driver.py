import abc


class Driver(abc.ABC):
    """Runs a policy in environments and returns what happened.

    It returns a stream of frames for each environment, entries of TF-Agents'
    `Trajectory`:

    - `step_type`, `observation`, `action`, `policy_info`: what was observed and done;
    - `next_step_type`, `reward`, `discount`: what resulted. The discount is 0 where the
      episode terminated and 1 elsewhere, at truncations too.

    The last observation of an episode is a frame as well, of the step type `LAST`. Its
    action is ignored, and the frame after it is the first of the next episode. A frame
    and its successor are thus a transition of one episode, unless the frame is `LAST`.
    An environment step is a frame that is not.

    Attributes:
        specs: `EnvironmentSpecs`.
        num_environments: Integer, the number `N` of environments.
        in_graph: Whether `collect` may be called inside a `tf.function`.
        in_progress: Whether the next frames continue the episodes collected last.
        jit_compile: Whether `run_episodes` may use XLA.
    """

    in_graph = False
    in_progress = False
    jit_compile = True

    def bind(self, model):  # noqa: B027
        """Tells the driver whose policies it runs.

        Args:
            model: `PolicyModel`.
        """

    @abc.abstractmethod
    def collect(self, policy, num_steps, first_step, policy_state):
        """Acts `num_steps` times in every environment, continuing from the last call.

        Args:
            policy: `TFPolicy` whose `action` takes a stateless seed.
            num_steps: Integer `T`.
            first_step: Int64 scalar, the number of steps before. Random numbers depend
                on it and on the driver's seed alone.
            policy_state: Nest of tensors, the state that the last call returned.

        Returns:
            A pair: `Trajectory` of `policy.trajectory_spec`, of tensors or arrays
            `(N, T, ...)`, and the next policy state.
        """

    @abc.abstractmethod
    def run_episodes(self, policy, num_episodes, seed, max_steps):
        """Runs whole episodes.

        The number of episodes of each environment is fixed beforehand, so that short
        ones are not favoured. Where evaluation shares the environments of `collect`,
        they are reset afterwards.

        Args:
            policy: `TFPolicy`.
            num_episodes: Integer >= 1.
            seed: Integer, the seed of environments and policy.
            max_steps: Integer >= 1, the most steps of an episode.

        Returns:
            Undiscounted returns, float32 `(num_episodes,)`, and lengths in environment
            steps, int32 `(num_episodes,)`.

        Raises:
            ValueError: If an episode does not end within `max_steps`.
        """

    @abc.abstractmethod
    def reset_episodes(self):
        """Drops the episodes in progress and begins new ones."""

    @property
    @abc.abstractmethod
    def observation(self):
        """The observations to act on next, a nest of `(N, ...)`."""

    @property
    def variables(self):
        """Dict from names to the `tf.Variable`s with the state of the episodes.

        It is empty where that cannot be stored; episodes are then reset after loading.
        """
        return {}

    def _endless(self, max_steps):
        return ValueError(
            f"Expected episodes that end within max_steps={max_steps}. One does not. "
            "Give the environment a limit (`gymnasium.wrappers.TimeLimit`, or "
            "`max_episode_steps`), or pass a larger `max_steps`."
        )

    def close(self):  # noqa: B027
        """Closes the environments."""
