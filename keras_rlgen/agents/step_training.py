from keras_rlgen.agents.loop.checked_frames import checked_frames, without_last
from keras_rlgen.agents.loop.epochs import check_num_steps
from keras_rlgen.agents.loop.frame_stream import Collected
from keras_rlgen.agents.loop.rounds import learn_once


class StepTraining:
    """Mixin for agents: acting and learning in a training loop of one's own."""

    def train_steps(self, num_steps, environment=None):
        """Acts and learns as an epoch of `fit`, for a training loop of your own.

        Episodes continue from one call to the next; `restart` begins new ones.

        Args:
            num_steps: Integer >= 1, steps of every environment, rounded up to whole
                rounds of `collect_steps`.
            environment: As in `fit`.

        Returns:
            The logs of these steps, a dict of floats, as `fit` has them.

        Raises:
            ValueError: As `fit`.
            FloatingPointError: As `fit`.
        """
        self._check_compiled("train_steps")
        self.reset_metrics()
        self.run_steps(num_steps, environment)
        return self.get_metrics_result()

    def run_steps(self, num_steps, environment=None):
        """As `train_steps`, without logs: the metrics go on, and are not read."""
        self._check_compiled("run_steps")
        check_num_steps("num_steps", num_steps)
        with self._training_in(environment) as train:
            train(num_steps)

    def learn(self, trajectories, next_observation=None):
        """Learns from frames collected elsewhere, as from a round of its own.

        No environment steps are counted.

        Args:
            trajectories: `Trajectory` of tensors or arrays `(num_environments, T,
                ...)`, of the `trajectory_spec` of `collect_policy`. The last
                observation of an episode is a frame of the step type `LAST`.
            next_observation: Nest of tensors or arrays `(num_environments, ...)`, the
                observations after the last frames. By default the last frames give
                them, and are not learned from.

        Returns:
            The logs, a dict of floats.

        Raises:
            ValueError: If the agent is not compiled, or the frames have another
                structure or shape.
            FloatingPointError: As `fit`.
        """
        self._check_compiled("learn")
        frames = checked_frames(
            trajectories, self.collect_policy.trajectory_spec, self.num_environments
        )
        if next_observation is None:
            frames, next_observation = without_last(frames)
        state = self.collect_policy.get_initial_state(self.num_environments)
        self.reset_metrics()
        learn_once(self, Collected(frames, next_observation, state))
        return self.get_metrics_result()

    def restart(self, environment=None):
        """Drops the episodes in progress; the next steps begin new ones.

        Args:
            environment: As in `fit`, such as a model that was trained further.
        """
        self._driver_of(environment, "fit").reset_episodes()
