import keras
import tensorflow as tf

from keras_rlgen.arguments import is_number
from keras_rlgen.credit.credit import Credit
from keras_rlgen.identifiers import with_objects
from keras_rlgen.losses.masked_reductions import masked_mean
from keras_rlgen.returns import generalized_advantage_estimate
from keras_rlgen.training.checked_optimizer import checked_optimizer
from keras_rlgen.training.keras_internals import build_optimizer


@keras.saving.register_keras_serializable("keras_rlgen", name="CreditCritic")
class Critic(Credit):
    """Credit by a learned value of each prefix, without rollouts.

    `V(x_1, ..., x_(t-1))` predicts the reward of the sequence before token `t` is
    chosen. The advantage of a token is the generalised advantage estimate with the
    reward at the last token and a discount of 1. The values are trained to predict the
    corresponding lambda-return.

    Args:
        network: Keras model from int32 tokens `(batch, steps)` to values `(batch,
            steps)` or `(batch, steps, 1)`, causal. The tokens are those before each
            step, beginning with the start token. Defaults to an embedding and a GRU of
            64 units.
        lambda_: Float in [0, 1]. 1 has no bias, smaller values less variance.
        optimizer: Keras optimizer or its name.
        name: String.

    Raises:
        ValueError: If `lambda_` is out of its range; in `compile`, if the network's
            output is not one value for each step.

    Example:

    ```python
    gan = SequenceGAN(generator, discriminator, credit=Critic(lambda_=0.95))
    ```

    Reference:
        [Schulman et al., 2016](https://arxiv.org/abs/1506.02438), equation 16; for
        sequences: [Bahdanau et al., 2017](https://arxiv.org/abs/1607.07086).
    """

    def __init__(
        self, network=None, lambda_=0.95, optimizer="adam", name=None, **kwargs
    ):
        super().__init__(name=name, **kwargs)
        if not (is_number(lambda_) and 0.0 <= lambda_ <= 1.0):
            raise ValueError(f"Expected `lambda_` in [0, 1]. Received: {lambda_!r}")
        self.network = network
        self.lambda_ = float(lambda_)
        self.optimizer = checked_optimizer(optimizer)

    def prepare(self, sequences, num_tokens):
        if self.network is None:
            shape = sequences.previous_tokens.shape[1:]
            self.network = _default_network(tuple(shape), num_tokens)
        values = self.network(sequences.previous_tokens)
        steps = tuple(sequences.tokens.shape[:2])
        if tuple(values.shape) not in (steps, (*steps, 1)):
            raise ValueError(
                f"The critic's network expected one value for each step, of shape "
                f"{steps}. Received: {tuple(values.shape)}"
            )
        build_optimizer(self.optimizer, self.network.trainable_variables)

    def _values(self, sequences, training):
        values = self.network(sequences.previous_tokens, training=training)
        values = tf.reshape(tf.cast(values, tf.float32), tf.shape(sequences.valid))
        return tf.where(sequences.valid, values, 0.0)

    def advantages(self, sequences):
        values = self._values(sequences, training=False)
        valid = tf.cast(sequences.valid, tf.float32)
        later = tf.concat([valid[:, 1:], tf.zeros_like(valid[:, :1])], axis=1)
        next_values = tf.concat([values[:, 1:], tf.zeros_like(values[:, :1])], axis=1)
        rewards = (valid - later) * sequences.rewards[:, tf.newaxis]
        return generalized_advantage_estimate(
            rewards, later, values, next_values, self.lambda_
        )

    def learn(self, sequences):
        targets = self.advantages(sequences) + self._values(sequences, training=False)
        with tf.GradientTape() as tape:
            errors = targets - self._values(sequences, training=True)
            loss = masked_mean(tf.square(errors), sequences.valid)
            scaled = self.optimizer.scale_loss(loss)
        variables = self.network.trainable_variables
        self.optimizer.apply(tape.gradient(scaled, variables), variables)

    def get_config(self):
        return {
            **super().get_config(),
            "network": keras.saving.serialize_keras_object(self.network),
            "lambda_": self.lambda_,
            "optimizer": keras.saving.serialize_keras_object(self.optimizer),
        }

    @classmethod
    def from_config(cls, config):
        return cls(**with_objects(config, "network", "optimizer"))


def _default_network(shape, num_tokens):
    """Returns a recurrent network of values for tokens `(batch, *shape)`."""
    joined = []
    if len(shape) == 2:
        joined.append(keras.layers.Reshape((shape[0], 64 * shape[1])))
    return keras.Sequential(
        [
            keras.Input(shape, dtype="int32"),
            keras.layers.Embedding(num_tokens, 64),
            *joined,
            keras.layers.GRU(64, return_sequences=True),
            keras.layers.Dense(1),
        ]
    )
