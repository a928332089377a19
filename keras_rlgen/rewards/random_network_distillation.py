import keras
import tensorflow as tf

from keras_rlgen.identifiers import with_objects
from keras_rlgen.layers import RunningMoments
from keras_rlgen.rewards.reward import Reward

LARGEST_OBSERVATION = 5.0


@keras.saving.register_keras_serializable("keras_rlgen")
class RandomNetworkDistillation(Reward):
    """Rewards observations that a predictor has not learned yet: novelty.

    The predictor learns what a fixed random network, the target, outputs for the
    observations that steps lead to, in each round in which the agent learns. Where the
    agent has been often, its error is small. The reward is the mean squared error,
    divided by its running standard deviation.

    Observations are standardised by the mean and the standard deviation of all that
    were seen, and clipped to [-5, 5].

    Args:
        predictor: Built `keras.Model` from observations, float `(batch, size)`, to
            features `(batch, num_features)`.
        target: Built `keras.Model` of the same input and output, with other weights. It
            is not trained.
        optimizer: Keras optimizer of the predictor, or its name.
        name: String.

    Raises:
        ValueError: If the models' outputs are not features of one size, or the
            observations of transitions are not vectors.

    Example:

    ```python
    def features():
        return keras.Sequential([keras.Input((2,)), Dense(64, "relu"), Dense(32)])


    novelty = RandomNetworkDistillation(features(), features())
    agent.compile(Adam(1e-3), reward=rewards.Environment() + 0.1 * novelty)
    ```

    Logged by the agent: `reward_random_network_distillation`, and `distillation_loss`,
    the predictor's squared error before it is scaled.

    Reference:
        [Burda et al., 2019](https://arxiv.org/abs/1810.12894), sections 2.2 and 2.4;
        here the reward is scaled by its own deviation, not by that of returns, and
        intrinsic returns end with the episode.
    """

    def __init__(self, predictor, target, optimizer="adam", name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        shapes = predictor.output_shape, target.output_shape
        if shapes[0] != shapes[1] or len(shapes[0]) != 2:
            raise ValueError(
                "Expected a predictor and a target with outputs (batch, num_features). "
                f"Received: {shapes[0]} and {shapes[1]}"
            )
        self.predictor = predictor
        self.target = target
        self.target.trainable = False
        self.optimizer = keras.optimizers.get(optimizer)
        if not self.optimizer.built:
            self.optimizer.build(predictor.trainable_variables)
        self.scale = RunningMoments()
        self.loss_tracker = keras.metrics.Mean(name="distillation_loss")
        size = predictor.input_shape[-1]
        self.count, self.mean, self.squared_deviation = (
            self.add_weight(shape=shape, initializer="zeros", trainable=False, name=key)
            for key, shape in (
                ("count", ()),
                ("mean", (size,)),
                ("squared_deviation", (size,)),
            )
        )

    def learn(self, transitions):
        observation = self._vectors(transitions)
        self._update_moments(observation)
        inputs = self._standardised(observation)
        variables = self.predictor.trainable_variables
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(self._errors(inputs, training=True))
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        self.loss_tracker.update_state(loss)

    def call(self, samples, condition=None, training=None):
        errors = self._errors(self._standardised(self._vectors(samples)))
        if training:
            self.scale.update(errors)
        _, deviation = self.scale.moments()
        return errors / deviation

    def _errors(self, inputs, training=False):
        """Returns the mean squared error of each row's features, float32 `(batch,)`."""
        target = tf.stop_gradient(self.target(inputs, training=False))
        difference = self.predictor(inputs, training=training) - target
        return tf.reduce_mean(tf.square(tf.cast(difference, tf.float32)), axis=-1)

    def _vectors(self, transitions):
        observation = getattr(transitions, "next_observation", transitions)
        size = self.mean.shape[0]
        if not tf.is_tensor(observation) or observation.shape[1:] != (size,):
            shapes = tf.nest.map_structure(lambda x: tuple(x.shape), observation)
            raise ValueError(
                f"Reward '{self.name}' expected observations of shape (batch, {size}), "
                f"the input of its networks. Received: {shapes}"
            )
        return tf.cast(observation, tf.float32)

    def _update_moments(self, observation):
        """Adds a batch to the moments of all observations (Chan's formula)."""
        new = tf.cast(tf.shape(observation)[0], tf.float32)
        total = self.count + new
        shift = tf.reduce_mean(observation, axis=0) - self.mean
        mean = self.mean + shift * tf.math.divide_no_nan(new, total)
        within = new * tf.math.reduce_variance(observation, axis=0)
        between = tf.square(shift) * tf.math.divide_no_nan(self.count * new, total)
        for variable, value in (
            (self.squared_deviation, self.squared_deviation + within + between),
            (self.mean, mean),
            (self.count, total),
        ):
            # A round without steps changes nothing.
            variable.assign(tf.where(new > 0.0, value, variable.value))

    def _standardised(self, observation):
        variance = self.squared_deviation / tf.maximum(self.count.value, 1.0)
        deviation = tf.where(variance > 0.0, tf.sqrt(variance), 1.0)
        inputs = (observation - self.mean) / deviation
        return tf.clip_by_value(inputs, -LARGEST_OBSERVATION, LARGEST_OBSERVATION)

    def get_config(self):
        serialize = keras.saving.serialize_keras_object
        return {
            **super().get_config(),
            "predictor": serialize(self.predictor),
            "target": serialize(self.target),
            "optimizer": serialize(self.optimizer),
        }

    @classmethod
    def from_config(cls, config):
        return cls(**with_objects(config, "predictor", "target", "optimizer"))
