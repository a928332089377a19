import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.experience import Transition
from keras_rlgen.rewards.model_reward import ModelReward
from keras_rlgen.rewards.reward import Reward


@keras.saving.register_keras_serializable("keras_rlgen")
class GoalImage(ModelReward, Reward):
    """Minus the distance of a sample to a goal, in a model's latent space.

    The distance is Euclidean, between the latents of sample and goal. It compares what
    the model has learned of images, where a distance of pixels hardly tells two images
    that do not overlap from each other. Of a transition it is the next observation that
    is compared. The goal may be a vector too, if the model's samples are.

    The maximum is 0, at every sample with the goal's latents.

    Args:
        model: Model with a method `encode`, such as a trained `keras_rlgen.models.VAE`.
            It is not trained.
        goal: Array of the shape of one sample, finite.
        name: String.

    Raises:
        TypeError: If the model has no `encode`.
        ValueError: If `goal` is not finite, or not of the samples' shape.

    Example:

    ```python
    vae.fit(images, epochs=20)
    agent.compile(Adam(1e-3), reward=rewards.GoalImage(vae, goal=images[7]))
    ```

    Reference:
        [Nair et al., 2018](https://arxiv.org/abs/1807.04742), section 4.2, equation 3,
        with the identity as the metric.
    """

    def __init__(self, model, goal, name=None, **kwargs):
        super().__init__(model, needs=("encode",), name=name, **kwargs)
        self.goal = np.asarray(goal, "float32")
        if not np.isfinite(self.goal).all():
            raise ValueError(
                "Expected a finite `goal`. Received: "
                f"{np.sum(~np.isfinite(self.goal))} values that are NaN or infinite."
            )

        shape = getattr(model, "sample_shape", self.goal.shape)
        if self.goal.shape != tuple(shape):
            raise ValueError(
                f"Expected a `goal` of shape {tuple(shape)}, a sample of the model. "
                f"Received: {self.goal.shape}"
            )

    def call(self, samples, condition=None, training=None):
        if isinstance(samples, Transition):
            samples = samples.next_observation
        if not tf.is_tensor(samples) or samples.shape[1:] != self.goal.shape:
            shapes = tf.nest.map_structure(lambda x: tuple(x.shape), samples)
            raise ValueError(
                f"Reward '{self.name}' has a goal of shape {self.goal.shape} and "
                f"expected samples like it. Received: {shapes}"
            )
        samples = tf.cast(samples, tf.float32)
        goals = tf.broadcast_to(self.goal, tf.shape(samples))
        difference = self.model.encode(samples, condition) - self.model.encode(
            goals, condition
        )
        squares = tf.square(tf.cast(difference, tf.float32))
        squares = tf.reduce_sum(squares, axis=list(range(1, squares.shape.rank)))
        # The gradient of the root is infinite at 0.
        return -tf.sqrt(tf.maximum(squares, 1e-12))

    def get_config(self):
        return {**super().get_config(), "goal": self.goal.tolist()}
