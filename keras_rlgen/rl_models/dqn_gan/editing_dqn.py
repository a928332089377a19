import keras
import tensorflow as tf

from keras_rlgen.agents import DQN


@keras.saving.register_keras_serializable("keras_rlgen")
class EditingDQN(DQN):
    """A DQN in a `LatentEditing` environment whose decoder and reward are trained.

    Replayed steps are decoded and scored anew when they are sampled: observations and
    rewards are those of the current generator and discriminator, whatever they were
    when the step was taken. Both ends of a step are scored by the same discriminator,
    so that a reward is the effect of an edit, and not of the discriminator's training.

    Logged besides the logs of `DQN`: `gradient_norm`, of the loss.

    Args:
        q_network: As in `DQN`.
        environment: `LatentEditing` with discrete actions and a deterministic decoder.
        **kwargs: As in `DQN`.
    """

    update_logs = ("loss", "gradient_norm")

    def _update_networks(self, sequences):
        logs = super()._update_networks(sequences)
        return {**logs, "gradient_norm": self._optimizer_in_agent.gradient_norm}

    def _relabelled_sequences(self, sequences):
        """Returns sequences as the environment shows and rewards them now."""
        environment, leading = self.environment, sequences.step_type.shape
        observation = tf.reshape(
            sequences.observation, (-1, *environment.observation_shape)
        )
        state = environment.edited_from(observation)
        value = tf.reshape(state.reward, leading)
        stopped = tf.equal(sequences.action, environment.action.count - 1)
        # A frame's reward is of the step to the next frame; the last one's is unused.
        gain = tf.concat([value[..., 1:], value[..., -1:]], axis=-1) - value
        return sequences.replace(
            observation=tf.reshape(
                environment.observation(state), sequences.observation.shape
            ),
            reward=tf.where(stopped, 0.0, gain),
        )
