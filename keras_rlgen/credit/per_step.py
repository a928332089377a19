import keras
import tensorflow as tf

from keras_rlgen.arguments import is_number
from keras_rlgen.credit.credit import Credit
from keras_rlgen.losses.masked_reductions import masked_mean, num_elements
from keras_rlgen.returns import discounted_returns
from keras_rlgen.training import replicas


@keras.saving.register_keras_serializable("keras_rlgen")
class PerStep(Credit):
    """Credit by a discriminator with a logit for each token: no rollouts are needed.

    The reward of a token is `2 D(x_t | x_1, ..., x_(t-1)) - 1`, in (-1, 1). Its return
    is the discounted sum of the rewards from it on, to which the reward of the whole
    sequence, if there is one, is added at the last token. The baseline is a moving
    average of the mean return over all steps.

    Args:
        discount: Float in [0, 1], per step.
        decay: Float in [0, 1), of the moving average.
        name: String.

    Raises:
        ValueError: If an argument is out of its range; in `compile`, if the
            discriminator has one logit for a whole sequence.

    Example:

    ```python
    discriminator = recurrent_discriminator(vocabulary_size, length, per_step=True)
    gan = SequenceGAN(generator, discriminator, credit=PerStep())
    ```

    Reference:
        [de Masson d'Autume et al., 2019](https://arxiv.org/abs/1905.09922), section 3.2
        (ScratchGAN), with its discount and its baseline.
    """

    needs_step_logits = True

    def __init__(self, discount=0.23, decay=0.99, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        if not (is_number(discount) and 0.0 <= discount <= 1.0):
            raise ValueError(f"Expected `discount` in [0, 1]. Received: {discount!r}")
        if not (is_number(decay) and 0.0 <= decay < 1.0):
            raise ValueError(f"Expected `decay` in [0, 1). Received: {decay!r}")
        self.discount = float(discount)
        self.decay = float(decay)
        self.average = self.add_weight((), "zeros", trainable=False, name="average")
        self.num_updates = self.add_weight(
            (), "zeros", dtype="int32", trainable=False, name="num_updates"
        )

    def returns(self, sequences):
        """Computes the discounted return from each token on.

        Args:
            sequences: `GeneratedSequences`.

        Returns:
            Float32 tensor `(batch, steps)`, zero at padding.
        """
        valid = tf.cast(sequences.valid, tf.float32)
        rewards = (2.0 * tf.sigmoid(sequences.step_logits) - 1.0) * valid
        last = valid - tf.concat([valid[:, 1:], tf.zeros_like(valid[:, :1])], axis=1)
        rewards += last * sequences.rewards[:, tf.newaxis]
        return discounted_returns(rewards, self.discount * (valid - last)) * valid

    def advantages(self, sequences):
        return self.returns(sequences) - tf.convert_to_tensor(self.average)

    def learn(self, sequences):
        returns = self.returns(sequences)
        mean = replicas.mean(
            masked_mean(returns, sequences.valid),
            num_elements(returns, sequences.valid),
        )
        # The first mean replaces the zero.
        decay = tf.where(self.num_updates.value == 0, 0.0, self.decay)
        self.average.assign(decay * self.average + (1.0 - decay) * mean)
        self.num_updates.assign_add(1)

    def get_config(self):
        config = {"discount": self.discount, "decay": self.decay}
        return {**super().get_config(), **config}
