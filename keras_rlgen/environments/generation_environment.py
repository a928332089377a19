import tensorflow as tf

from keras_rlgen import rewards
from keras_rlgen.environments.tensor_environment import TensorEnvironment


class GenerationEnvironment(TensorEnvironment):
    """Base of the environments in which an agent makes samples, for their reward.

    `PixelGeneration` and `LatentEditing` are two. An agent of `keras_rlgen.agents`
    that holds one is saved without it, since it may hold networks: give it again,
    `DQN.load(path, environment=...)`.

    Args:
        reward: Name, `Reward`, arithmetic of rewards, or plain function of samples,
            made of TensorFlow operations.
        sample_shape: Tuple, the shape of one sample.
        observation_shape: As in `TensorEnvironment`.
        action: As in `TensorEnvironment`.
        max_episode_steps: As in `TensorEnvironment`.

    Raises:
        ValueError: If the reward is not of shape `(batch,)` for such samples, or has
            statistics, a memory or learned weights: the environment is a pure function
            of state and action, in which they would stay as they are.
    """

    def __init__(
        self, reward, sample_shape, observation_shape, action, max_episode_steps
    ):
        super().__init__(observation_shape, action, max_episode_steps)
        self.reward = rewards.get(reward)
        self.sample_shape = tuple(sample_shape)
        # Makes the reward's weights, if it has any, outside of graphs.
        self.judged(tf.zeros((1, *self.sample_shape)))
        if self.reward.keeps_state:
            raise ValueError(
                f"Reward '{self.reward.name}' keeps statistics, a memory or learned "
                f"weights, and `{type(self).__name__}` is a pure function of state and "
                "action, in which nothing of that would change. Leave out "
                "`Normalized`, `DiversityFilter` and what learns; or give it to "
                "`agent.compile(reward=...)` instead, where it judges transitions."
            )

    def judged(self, samples):
        """Returns the reward of samples `(batch, ...)`, float32 `(batch,)`."""
        value, _ = self.reward.terms(samples, training=False)
        return value

    def samples(self, state):
        """Returns the samples as they stand, float32 `(B, *sample_shape)`.

        Args:
            state: `EpisodeState` of `B` episodes.
        """
        raise NotImplementedError
