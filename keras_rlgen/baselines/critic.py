import keras
import tensorflow as tf

from keras_rlgen.baselines.baseline import Baseline
from keras_rlgen.identifiers import with_objects
from keras_rlgen.layers import RunningMoments
from keras_rlgen.training import replicas
from keras_rlgen.training.check_network import check_network
from keras_rlgen.training.checked_optimizer import checked_optimizer
from keras_rlgen.training.keras_internals import build_optimizer
from keras_rlgen.training.replica_checks import prepare_replicated_optimizer


@keras.saving.register_keras_serializable("keras_rlgen")
class Critic(Baseline):
    """A learned value function: regression of the reward on the context.

    The network predicts rewards normalised by their running mean and standard
    deviation, so that learning does not depend on the rewards' scale. Before the first
    update these are 0 and 1.

    Args:
        network: Keras model from contexts `(batch, ...)` to values `(batch, 1)`.
            Defaults to two dense layers of 256 units.
        optimizer: Keras optimizer or its name, for the regression.

    Raises:
        ValueError: If the network does not return one value per context.

    Reference:
        [Sutton & Barto, 2018](http://incompleteideas.net/book/the-book-2nd.html),
        section 13.4 (REINFORCE with baseline);
        [van Hasselt et al., 2016](https://arxiv.org/abs/1602.07714), section 2.1, for
        the normalised targets, without the correction of the network's weights.
    """

    def __init__(self, network=None, optimizer="adam", name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        # Created before the network, which may be built later: files depend on the
        # order.
        self.scale = RunningMoments()
        check_network("network", network, optional=True)
        self.network = network
        self.optimizer = checked_optimizer(optimizer)

    def prepare(self, contexts):
        if self.network is None:
            self.network = keras.Sequential(
                [
                    keras.layers.Input(contexts.shape[1:]),
                    keras.layers.Flatten(),
                    keras.layers.Dense(256, activation="relu"),
                    keras.layers.Dense(256, activation="relu"),
                    keras.layers.Dense(1),
                ]
            )
        values = self.network(contexts)
        if tuple(values.shape) != (contexts.shape[0], 1):
            raise ValueError(
                "The critic's network expected one value per context, of shape "
                f"(batch, 1). Received: {tuple(values.shape)} for contexts of shape "
                f"{tuple(contexts.shape)}. End it with `Dense(1)`."
            )
        build_optimizer(self.optimizer, self.network.trainable_variables)
        prepare_replicated_optimizer(self.optimizer)

    def values(self, rewards, contexts):
        values = tf.cast(self.network(contexts, training=False), tf.float32)
        # One for each row or for each reward.
        values = tf.reshape(values, [tf.shape(rewards)[0], -1])
        return self.scale.restore(tf.broadcast_to(values, tf.shape(rewards)))

    def update(self, rewards, contexts):
        self.scale.update(rewards)
        # The rewards of one context have the gradient of their mean.
        targets = tf.reshape(self.scale(rewards), [tf.shape(contexts)[0], -1])
        targets = tf.reduce_mean(targets, axis=1, keepdims=True)
        with tf.GradientTape() as tape:
            values = self.network(contexts, training=True)
            error = targets - tf.cast(values, tf.float32)
            loss = self.optimizer.scale_loss(tf.reduce_mean(tf.square(error)))
        variables = self.network.trainable_variables
        gradients = replicas.mean(tape.gradient(loss, variables))
        self.optimizer.apply(gradients, variables)

    def get_config(self):
        return {
            **super().get_config(),
            "network": keras.saving.serialize_keras_object(self.network),
            "optimizer": keras.saving.serialize_keras_object(self.optimizer),
        }

    @classmethod
    def from_config(cls, config):
        return cls(**with_objects(config, "network", "optimizer"))
