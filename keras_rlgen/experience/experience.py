import numpy as np

from keras_rlgen.arguments import is_number
from keras_rlgen.experience.check_specs import check_columns
from keras_rlgen.experience.columns import as_columns, joined, rows
from keras_rlgen.experience.episode_steps import every_nth_step, ranges, steps_of
from keras_rlgen.experience.episodes import (
    check_sizes,
    columns_of_arrays,
    columns_of_episodes,
)
from keras_rlgen.experience.experience_file import read_columns, write_columns
from keras_rlgen.experience.minari_episodes import minari_episodes
from keras_rlgen.experience.summary import summary
from keras_rlgen.experience.to_frames import to_frames
from keras_rlgen.experience.transition import Transition
from keras_rlgen.experience.windows import Windows, window_starts


class Experience:
    """Recorded episodes, as NumPy arrays.

    Agents learn from it, with or without an environment; rewards, codecs and models of
    the environment are trained on it. It is made by `agent.record`, or from what was
    recorded elsewhere by `from_arrays`, `from_episodes` or `from_minari`.

    An episode of `T` steps has `T` actions and rewards, and `T + 1` observations: the
    last one is what the last step led to. An episode that did not terminate was
    truncated, or cut when the recording stopped. `len(experience)` is the number of
    environment steps.

    Args:
        observations: Nest of arrays `(steps + episodes, ...)`, of dicts and tuples: of
            each episode its `T + 1` observations, one after the other.
        actions: Nest of arrays `(steps, ...)`.
        rewards: Float array `(steps,)`.
        lengths: Integer array `(episodes,)`: the steps of each episode, at least 1.
        terminated: Bool array `(episodes,)`: whether it terminated.

    float64 is stored as float32, which is what networks see; other dtypes stay. Arrays
    are not copied where they need not be, and cannot be written to.

    Attributes:
        observations: Nest of arrays, as above.
        actions: Nest of arrays, as above.
        rewards: Float32 array `(steps,)`.
        lengths: Int64 array `(episodes,)`.
        terminated: Bool array `(episodes,)`.

    Raises:
        ValueError: If there is no step, if a number is NaN or infinite, or if the
            arrays do not fit each other.

    Example:

    >>> experience = Experience(
    ...     observations=np.array([[0.0], [0.1], [0.3], [5.0], [5.1]]),
    ...     actions=np.array([1, 1, 0]),
    ...     rewards=np.array([1.0, 1.0, 2.0]),
    ...     lengths=[2, 1],
    ...     terminated=[True, False],
    ... )
    >>> experience
    Experience(steps=3, episodes=2, mean_return=2.0)
    >>> experience.transitions().next_observation[:, 0]
    array([0.1, 0.3, 5.1], dtype=float32)
    """

    def __init__(self, observations, actions, rewards, lengths, terminated):
        self.observations = as_columns(observations, "observations")
        self.actions = as_columns(actions, "actions")
        self.rewards = as_columns(np.asarray(rewards), "rewards")
        self.lengths = as_columns(np.asarray(lengths), "lengths")
        self.terminated = as_columns(np.asarray(terminated), "terminated")
        check_sizes(**self._columns())
        for name, dtype in (
            ("rewards", "float32"),
            ("lengths", "int64"),
            ("terminated", "bool"),
        ):
            setattr(self, name, as_columns(getattr(self, name).astype(dtype), name))
        self._offsets = np.cumsum(self.lengths) - self.lengths

    @classmethod
    def from_arrays(
        cls,
        observations,
        actions,
        rewards,
        terminated,
        truncated,
        next_observations=None,
    ):
        """Returns the experience in flat arrays of consecutive steps.

        An episode ends where `terminated | truncated`; the last one also where the
        arrays end, and then it was cut.

        Args:
            observations: Nest of arrays `(steps, ...)`. Without `next_observations`,
                `(steps + episodes, ...)`: after the last step of each episode comes one
                row more, what that step led to.
            actions: Nest of arrays `(steps, ...)`.
            rewards: Float array `(steps,)`.
            terminated: Bool array `(steps,)`, whether nothing follows.
            truncated: Bool array `(steps,)`, whether the episode was ended otherwise,
                such as by a limit of steps.
            next_observations: Nest of arrays `(steps, ...)`, what each step led to.
                Within an episode it is the next row of `observations`.

        Raises:
            ValueError: If the last observations are missing, if `next_observations` and
                `observations` contradict each other, or as in the constructor.

        Example:

        >>> experience = Experience.from_arrays(
        ...     observations=np.array([[0.0], [0.1], [5.0]]),
        ...     actions=np.array([1, 1, 0]),
        ...     rewards=np.array([1.0, 1.0, 2.0]),
        ...     terminated=np.array([False, True, False]),
        ...     truncated=np.array([False, False, False]),
        ...     next_observations=np.array([[0.1], [0.3], [5.1]]),
        ... )
        >>> experience.lengths
        array([2, 1])
        """
        columns = columns_of_arrays(
            observations, actions, rewards, terminated, truncated, next_observations
        )
        return cls(**columns)

    @classmethod
    def from_episodes(cls, episodes):
        """Returns the experience in a list of episodes.

        Args:
            episodes: Iterable of dicts. Of an episode of `T` steps, `"observations"` is
                a nest of arrays `(T + 1, ...)`, `"actions"` one of arrays `(T, ...)`,
                `"rewards"` a float array `(T,)`, and `"terminated"` a bool, or a bool
                array `(T,)` of which only the last may be true. `"truncated"` may be
                given likewise; what did not terminate was truncated.

        Raises:
            ValueError: If an episode is not as expected, or as in the constructor.
        """
        return cls(**columns_of_episodes(episodes))

    @classmethod
    def from_minari(cls, dataset):
        """Returns the experience in a data set of Minari, the form of D4RL's.

        Nothing is downloaded: `minari download NAME` does.

        Args:
            dataset: `minari.MinariDataset`; or the path of a data set's folder; or the
                name of one on this machine, such as `"D4RL/door/human-v2"`.

        Raises:
            ImportError: If Minari is not installed.
            ValueError: If there is no such data set, if it cannot be read, if parts are
                no numbers, or as in the constructor.
        """
        return cls.from_episodes(minari_episodes(dataset))

    @classmethod
    def load(cls, path):
        """Returns the experience in a file that `save` has written.

        Args:
            path: Path of the file.

        Raises:
            ValueError: If the file is damaged, of another kind or of a newer version.
            OSError: If there is no such file, or if it may not be read.
        """
        columns = read_columns(path)
        try:
            return cls(**columns)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"Expected {path} to hold experience. It is damaged: {error}"
            ) from error

    @classmethod
    def concatenate(cls, experiences):
        """Returns one experience of the episodes of several.

        Args:
            experiences: List of `Experience`, of equal structures, shapes and dtypes.

        Raises:
            ValueError: If there are none, or if they differ.
        """
        experiences = list(experiences)
        if not experiences:
            raise ValueError("Expected at least one `Experience`. Received: none")
        for experience in experiences:
            if not isinstance(experience, Experience):
                raise TypeError(
                    "Expected a list of `Experience`. Received one of type "
                    f"{type(experience).__name__}"
                )
        columns = [experience._columns() for experience in experiences]
        return cls(
            **{key: joined([c[key] for c in columns], key) for key in columns[0]}
        )

    def _columns(self):
        return {
            "observations": self.observations,
            "actions": self.actions,
            "rewards": self.rewards,
            "lengths": self.lengths,
            "terminated": self.terminated,
        }

    def save(self, path):
        """Writes a file, without pickle, that `load` reads.

        It is written beside `path`, then put in its place: no file is ever incomplete.

        Args:
            path: Path of the file, by custom ending in `.npz`. Its folder is made.
        """
        write_columns(path, self._columns())

    def __len__(self):
        return len(self.rewards)

    def __repr__(self):
        return (
            f"Experience(steps={len(self)}, episodes={self.num_episodes}, "
            f"mean_return={self.mean_return:.5})"
        )

    def summary(self):
        """Returns a text: sizes, returns, and the shape and dtype of each column."""
        return summary(self)

    @property
    def num_episodes(self):
        """Integer, the number of episodes, with those that were cut."""
        return len(self.lengths)

    @property
    def returns(self):
        """Float64 array `(episodes,)`: the sum of the rewards of each episode."""
        return np.add.reduceat(self.rewards.astype("float64"), self._offsets)

    @property
    def mean_return(self):
        """Float, the mean of `returns`."""
        return float(self.returns.mean())

    def episodes(self, indices):
        """Returns the experience of some of the episodes, in the order given.

        Args:
            indices: Integer, list, slice or bool array: `experience.returns > 100.0`.

        Raises:
            ValueError: If there is no such episode.
        """
        try:
            chosen = np.atleast_1d(np.arange(self.num_episodes)[indices])
        except IndexError as error:
            raise ValueError(
                f"Expected indices of the {self.num_episodes} episodes. Received: "
                f"{indices!r}"
            ) from error
        if not chosen.size:
            raise ValueError(
                f"Expected at least one of the {self.num_episodes} episodes. Received: "
                f"{indices!r}"
            )
        lengths = self.lengths[chosen]
        steps = ranges(self._offsets[chosen], lengths)
        all_rows = ranges(self._offsets[chosen] + chosen, lengths + 1)
        return Experience(
            rows(self.observations, all_rows),
            rows(self.actions, steps),
            self.rewards[steps],
            lengths,
            self.terminated[chosen],
        )

    def split(self, fraction, seed=None):
        """Returns two experiences, divided by episode.

        Neighbouring steps are too alike to be divided: a model would be tested on what
        it was trained on.

        Args:
            fraction: Float in (0, 1), the part of the episodes in the first.
            seed: Integer, or `None` for a new one each time: which episodes.

        Returns:
            Pair of `Experience`, each with at least one episode.

        Raises:
            ValueError: If `fraction` is out of its range, or if there is one episode.
        """
        if not (is_number(fraction) and 0.0 < fraction < 1.0) or self.num_episodes < 2:
            raise ValueError(
                "Expected `fraction` in (0, 1), and at least two episodes to divide. "
                f"Received: fraction={fraction}, {self.num_episodes} episodes. Record "
                "several short episodes rather than one."
            )
        count = min(max(round(fraction * self.num_episodes), 1), self.num_episodes - 1)
        order = np.random.default_rng(seed).permutation(self.num_episodes)
        return tuple(self.episodes(np.sort(x)) for x in (order[:count], order[count:]))

    def subsample(self, every, seed=None):
        """Returns each `every`-th step, as an episode of its own.

        The protocol of imitation learning, by which demonstrations say little. What is
        kept has its next observation, and is followed by nothing: windows are of one
        step, and `lengths` and `returns` are those of single steps. It is terminated
        if the step terminated its episode.

        Args:
            every: Integer >= 1. In each episode the first step that is kept is one of
                the first `every`.
            seed: Integer, or `None` for a new one each time: which.

        Raises:
            ValueError: If `every` is less than 1, or if no step is left.

        Reference:
            [Ho & Ermon, 2016](https://arxiv.org/abs/1606.03476), appendix B.
        """
        episodes, step = every_nth_step(self.lengths, every, seed)
        index = self._offsets[episodes] + step
        before = index + episodes
        return Experience(
            rows(self.observations, np.stack([before, before + 1], axis=1).reshape(-1)),
            rows(self.actions, index),
            self.rewards[index],
            np.ones(len(index), int),
            self.terminated[episodes] & (step == self.lengths[episodes] - 1),
        )

    def transitions(self):
        """Returns all steps as a `Transition` of arrays `(steps, ...)`."""
        episodes, step = steps_of(self.lengths)
        before = np.arange(len(self)) + episodes
        return Transition(
            observation=rows(self.observations, before),
            action=self.actions,
            reward=self.rewards,
            next_observation=rows(self.observations, before + 1),
            terminated=self.terminated[episodes] & (step == self.lengths[episodes] - 1),
        )

    def windows(self, length, stride=1):
        """Returns sequences of consecutive steps, which never cross into an episode.

        Args:
            length: Integer >= 1, the steps of each. Shorter episodes have none.
            stride: Integer >= 1, the steps from the start of one to that of the next.

        Returns:
            `Windows` of arrays `(windows, length, ...)`; observations have one more.

        Raises:
            ValueError: If an argument is out of its range, or if no episode is long
                enough.
        """
        episodes, start = window_starts(self.lengths, length, stride)
        steps = (self._offsets[episodes] + start)[:, None] + np.arange(length)
        before = steps[:, :1] + episodes[:, None] + np.arange(length + 1)
        terminated = np.zeros(steps.shape, bool)
        at_end = start + length == self.lengths[episodes]
        terminated[:, -1] = self.terminated[episodes] & at_end
        return Windows(
            observation=rows(self.observations, before),
            action=rows(self.actions, steps),
            reward=self.rewards[steps],
            terminated=terminated,
        )

    def frames(self):
        """Returns all episodes as frames, as the replay buffers of agents hold them.

        Returns:
            Dict of arrays `(steps + episodes, ...)`: `observation`, `action`, `reward`,
            `discount`, `step_type` and `next_step_type`. Each episode has a frame for
            each step and one for its last observation, whose action counts for nothing.
        """
        return to_frames(self)

    def check(self, observation_spec, action_spec):
        """Raises an error unless an agent could have recorded this.

        Args:
            observation_spec: Nest of specs, of dicts and tuples, with `shape` and
                `dtype` and optionally `minimum` and `maximum`: such as
                `agent.specs.observation`.
            action_spec: Nest of specs, such as `agent.specs.action`.

        Raises:
            ValueError: If structures, shapes or dtypes differ, or if a value is out of
                bounds.
        """
        check_columns(self.observations, observation_spec, "observations")
        check_columns(self.actions, action_spec, "actions")
