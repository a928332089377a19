import abc


class Driver(abc.ABC):
    """Acts in environments with a policy, and tells what happened.

    What happened is a stream of frames for each environment, TF-Agents' `Trajectory`:

    - `step_type`, `observation`, `action`, `policy_info`: what was seen and done;
    - `next_step_type`, `reward`, `discount`: what came of it. The discount is 0 where
      the episode terminated and 1 elsewhere, at truncations too.

    The last observation of an episode is a frame as well, of the step type `LAST`. Its
    action counts for nothing, and the frame after it is the first of the next episode.
    A frame and its successor are thus a transition of one episode, unless the frame
    is `LAST`. An environment step is a frame that is not.

    Attributes:
        specs: `EnvironmentSpecs`.
        num_environments: Integer, the number `N` of environments.
        in_graph: Whether `collect` may be called inside a `tf.function`.
        under_way: Whether the next frames follow on those collected last.
        jit_compile: Whether `run_episodes` may use XLA.
    """

    in_graph = False
    under_way = False
    jit_compile = True

    @abc.abstractmethod
    def collect(self, policy, num_steps, first_step, policy_state):
        """Acts `num_steps` times in every environment, going on from the last call.

        Args:
            policy: `TFPolicy` whose `action` takes a stateless seed.
            num_steps: Integer `T`.
            first_step: Int64 scalar, how many steps came before. What is drawn
                depends on it and on the driver's seed alone.
            policy_state: Nest of tensors, the state that the last call returned.

        Returns:
            A pair: `Trajectory` of `policy.trajectory_spec`, of tensors or arrays
            `(N, T, ...)`, and the next policy state.
        """

    @abc.abstractmethod
    def run_episodes(self, policy, num_episodes, seed):
        """Plays whole episodes.

        How many episodes each environment plays is fixed before, so that short ones
        are not favoured. Where there are no environments but those that
        `collect` steps, it begins anew after it.

        Args:
            policy: `TFPolicy`.
            num_episodes: Integer >= 1.
            seed: Integer, for what environments and policy draw.

        Returns:
            Undiscounted returns, float32 `(num_episodes,)`, and lengths in environment
            steps, int32 `(num_episodes,)`.
        """

    @abc.abstractmethod
    def begin_anew(self):
        """Drops the episodes under way, and begins others."""

    @property
    @abc.abstractmethod
    def observation(self):
        """What the next action will be based on: a nest of `(N, ...)`."""

    @property
    def variables(self):
        """Dict from names to the `tf.Variable`s that say where the episodes stand.

        It is empty where that cannot be told, and episodes begin anew after a load.
        """
        return {}

    def close(self):  # noqa: B027
        """Frees what the environments hold."""
