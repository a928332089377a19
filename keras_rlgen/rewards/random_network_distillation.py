import keras
import tensorflow as tf

from keras_rlgen.identifiers import with_objects
from keras_rlgen.rewards.learned_novelty import LearnedNovelty
from keras_rlgen.training.checked_optimizer import checked_optimizer
from keras_rlgen.training.keras_internals import build_optimizer


@keras.saving.register_keras_serializable("keras_rlgen")
class RandomNetworkDistillation(LearnedNovelty):
    """Rewards observations that a predictor has not learned yet: novelty.

    The predictor learns what a fixed random network, the target, outputs for the
    observations that steps lead to, in each round in which the agent learns. Where the
    agent has been often, its error is small. The reward is the mean squared error,
    divided by its running standard deviation.

    Observations are standardised by the mean and the standard deviation of all that
    were seen, and clipped to [-5, 5].

    The reward is above 0 in each step, so that an agent may prefer a long episode to
    the goal: `rewards.Normalized` subtracts its mean. The
    [measurements](../benchmarks.md#novelty) are of 16 updates of 256 observations.

    Args:
        predictor: Built `keras.Model` from observations, float `(batch, size)`, to
            features `(batch, num_features)`.
        target: Built `keras.Model` of the same input and output, with other weights. It
            is not trained.
        optimizer: Keras optimizer of the predictor, or its name.
        updates: Integer >= 0, updates of the predictor each time the agent learns.
        batch_size: Integer >= 1, observations in an update, sampled with replacement.
            Defaults to `None`, all that the agent learns from.
        seed: Integer, of the updates' samples; `None` for a random one.
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

    def __init__(
        self,
        predictor,
        target,
        optimizer="adam",
        updates=1,
        batch_size=None,
        seed=None,
        name=None,
        **kwargs,
    ):
        if predictor is target:
            raise ValueError(
                "Expected two networks, a predictor that learns and a target that does "
                f"not. Received: {predictor!r} as both. Make two."
            )
        shapes = predictor.output_shape, target.output_shape
        if shapes[0] != shapes[1] or len(shapes[0]) != 2:
            raise ValueError(
                "Expected a predictor and a target with outputs (batch, num_features). "
                f"Received: {shapes[0]} and {shapes[1]}"
            )
        super().__init__(
            predictor.input_shape[1:],
            updates,
            batch_size,
            seed=seed,
            name=name,
            **kwargs,
        )
        self.predictor = predictor
        self.target = target
        self.target.trainable = False
        self.optimizer = checked_optimizer(optimizer)
        build_optimizer(self.optimizer, predictor.trainable_variables)
        self.loss_tracker = keras.metrics.Mean(name="distillation_loss")

    def surprise(self, inputs, training=False):
        target = tf.stop_gradient(self.target(inputs, training=False))
        difference = self.predictor(inputs, training=training) - target
        return tf.reduce_mean(tf.square(tf.cast(difference, tf.float32)), axis=-1)

    def update(self, inputs, key):
        variables = self.predictor.trainable_variables
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(self.surprise(inputs, training=True))
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        self.loss_tracker.update_state(loss)

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
