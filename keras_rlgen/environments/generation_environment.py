import tensorflow as tf

from keras_rlgen import rewards
from keras_rlgen.environments.tensor_environment import TensorEnvironment


class GenerationEnvironment(TensorEnvironment):
    """Base class of the environments in which an agent generates samples for a reward.

    Subclasses are `PixelGeneration`, `TokenGeneration` and `LatentEditing`. They may
    hold networks, so an agent of `keras_rlgen.agents` is saved without them: pass the
    environment to `DQN.load(path, environment=...)`.

    Args:
        reward: Name, `Reward`, arithmetic of rewards, or plain function of samples,
            made of TensorFlow operations.
        sample_shape: Tuple, the shape of one sample.
        observation_shape: As in `TensorEnvironment`.
        action: As in `TensorEnvironment`.
        max_episode_steps: As in `TensorEnvironment`.
        example: A batch of one condition of the reward, or `None` if it has none.

    Attributes:
        sample_dtype: String, the dtype of samples, which a subclass may override.

    Raises:
        ValueError: If the reward is not of shape `(batch,)` for such samples, or has
            statistics, a memory or learned weights: the environment is a pure function
            of state and action, and cannot update them.
    """

    sample_dtype = "float32"

    def __init__(
        self,
        reward,
        sample_shape,
        observation_shape,
        action,
        max_episode_steps,
        example=None,
    ):
        super().__init__(observation_shape, action, max_episode_steps)
        self.sample_shape = tuple(sample_shape)
        self._example = example
        self.reward = self.validated_reward(reward)

    def validated_reward(self, reward):
        """Returns a reward that samples of this environment can be scored with.

        Args:
            reward: As in the constructor.

        Returns:
            `Reward`, to be assigned to `reward` or not. Functions that are compiled
            already keep the old one.

        Raises:
            ValueError: As the constructor.
        """
        reward = rewards.get(reward)
        # Builds the reward's weights, if any, outside of graphs.
        sample = tf.zeros((1, *self.sample_shape), self.sample_dtype)
        reward.terms(sample, self._example, training=False)
        if reward.keeps_state:
            raise ValueError(
                f"Reward '{reward.name}' has statistics, a memory or learned "
                f"weights, and `{type(self).__name__}` is a pure function of state and "
                "action, which cannot update them. Leave out `Normalized`, "
                "`DiversityFilter` and learned rewards; or pass the reward to "
                "`agent.compile(reward=...)`, which evaluates it on transitions."
            )
        return reward

    def score(self, samples, condition=None):
        """Returns the reward of samples `(batch, ...)`, float32 `(batch,)`."""
        value, _ = self.reward.terms(samples, condition, training=False)
        return value

    def samples(self, state):
        """Returns the current samples, `(B, *sample_shape)` of `sample_dtype`.

        Args:
            state: `EpisodeState` of `B` episodes.
        """
        raise NotImplementedError
