import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.agents import DQN
from keras_rlgen.environments import Classification
from keras_rlgen.identifiers import with_objects
from keras_rlgen.models.gan.conditional_gan import ConditionalGAN
from keras_rlgen.rl_models.dqn_gan.joint_training import JointTraining
from keras_rlgen.training.guarded_model import serialize


@keras.saving.register_keras_serializable("keras_rlgen")
class ConditionalDQNGAN(JointTraining, ConditionalGAN):
    """A class-conditional GAN and a DQN that classifies its samples, trained together.

    The DQN's state is an image, real or generated, its actions are the classes, and
    its reward is 1 for the right one and 0 for another. With `policy_weight` the
    generator also maximises `log pi_Q(label | G(z, label))`: that the DQN recognises
    what was asked for.

    Args:
        generator: As in `ConditionalGAN`.
        discriminator: As in `ConditionalGAN`.
        q_network: Keras model from images, or from flattened ones, to `num_classes`
            values.
        latent_dim: Integer.
        num_classes: Integer.
        generated_fraction: Float in [0, 1], the probability that the DQN classifies a
            generated image. 0 is the control without them.
        num_environments: Integer, images that are classified together.
        gamma: As in `agents.DQN`. Actions do not influence later images.
        epsilon: As in `agents.DQN`.
        replay_capacity: As in `agents.DQN`.
        ema_momentum: As in `GAN`. The DQN classifies images of the averaged generator.
        **kwargs: As in `GAN`.

    Attributes:
        agent: The `DQN`; `agent.predict(images)` returns classes.

    Raises:
        ValueError: As `ConditionalGAN`, `Classification` and `DQN`.

    Example:

    ```python
    gan = ConditionalDQNGAN(
        generator, discriminator, q_network, latent_dim=16, num_classes=10
    )
    gan.compile(policy_weight=0.1)
    gan.fit(images, labels, epochs=50)
    gan.evaluate(held_out, held_out_labels, return_dict=True)["accuracy"]
    ```

    Logged in training: as in `DQNGAN`; `episode_return` is the number of images
    classified correctly in an episode of 16. `evaluate` has `accuracy`, the fraction
    of real images that the DQN classifies correctly, and `accuracy_generated`.

    Reference:
        [Mirza & Osindero, 2014](https://arxiv.org/abs/1411.1784);
        [Mnih et al., 2015](https://www.nature.com/articles/nature14236).
    """

    def __init__(
        self,
        generator,
        discriminator,
        q_network,
        latent_dim,
        num_classes,
        generated_fraction=0.5,
        num_environments=32,
        gamma=0.1,
        epsilon=None,
        replay_capacity=20_000,
        ema_momentum=0.99,
        **kwargs,
    ):
        super().__init__(
            generator,
            discriminator,
            latent_dim,
            num_classes,
            ema_momentum=ema_momentum,
            **kwargs,
        )
        # Until `fit`, one black image stands for the real ones.
        environment = Classification(
            np.zeros((1, *self.sample_shape)),
            np.zeros(1, int),
            self,
            num_classes,
            generated_fraction,
            flatten=len(q_network.input_shape) == 2,
        )
        self._attach_agent(
            DQN(
                q_network,
                environment,
                num_environments=num_environments,
                gamma=gamma,
                n_step=1,
                epsilon=epsilon,
                replay_capacity=replay_capacity,
                warm_up_steps=min(1000, replay_capacity),
                updates_per_step=1.0,  # `compile` sets the number of a round.
                collect_steps=2,
                seed=self.seed,
                name="agent",
            )
        )
        self.accuracy_trackers_of_agent = [
            keras.metrics.Mean(name=name) for name in ("accuracy", "accuracy_generated")
        ]

    def fit(self, x=None, y=None, **kwargs):
        """As `GAN.fit`; the DQN classifies the same real images.

        Args:
            x: Real images, an array `(num_samples, ...)`. A data set is accepted if
                `generated_fraction` is 1, so that the DQN needs none.
            y: Their labels, integers `(num_samples,)`.
            **kwargs: As in `keras.Model.fit`.

        Returns:
            A `keras.callbacks.History`.

        Raises:
            ValueError: As `GAN.fit`; if `x` is no array where one is needed.
        """
        self._check_compiled("fit")
        environment = self.agent.environment
        if environment.generated_fraction < 1.0:
            if not isinstance(x, np.ndarray) or y is None:
                raise ValueError(
                    "Expected arrays of images and of labels: the DQN classifies them "
                    f"too. Received: {type(x).__name__} and {type(y).__name__}. With "
                    "`generated_fraction=1.0` it needs none."
                )
            x = self._checked_input(x, y, "fit")
            environment.assign_images(x, np.reshape(y, [-1]))
        return super().fit(x, y, **kwargs)

    def _q_values(self, images):
        """Returns the value of each class, float32 `(batch, num_classes)`."""
        if self.agent.environment.flatten:
            images = tf.reshape(images, [-1, *self.agent.q_network.input_shape[1:]])
        return tf.cast(self.agent.q_network(images, training=False), tf.float32)

    def _policy_log_probs(self, latents, generated, condition):
        values = self._q_values(generated)
        log_probs = tf.nn.log_softmax(values / self.policy_temperature)
        return tf.gather(log_probs, _as_vector(condition), batch_dims=1)

    @property
    def evaluation_trackers(self):
        return [*super().evaluation_trackers, *self.accuracy_trackers_of_agent]

    def _compare(self, real, generated, condition=None):
        super()._compare(real, generated, condition)
        trackers = self.accuracy_trackers_of_agent
        for tracker, images in zip(trackers, (real, generated), strict=True):
            classes = tf.argmax(self._q_values(images), -1, tf.int32)
            tracker.update_state(classes == _as_vector(condition))

    def exported_parts(self):
        return [*super().exported_parts(), self.agent.q_network]

    def export_endpoints(self):
        """As `ConditionalGAN`; and `q_values(samples)`."""
        endpoint = self._q_values, [self.sample_spec]
        return {**super().export_endpoints(), "q_values": endpoint}

    def get_config(self):
        agent = self.agent
        epsilon = agent.get_config()["epsilon"]
        return {
            **super().get_config(),
            "q_network": serialize(agent.q_network),
            "generated_fraction": agent.environment.generated_fraction,
            "num_environments": agent.num_environments,
            "gamma": agent.gamma,
            "epsilon": epsilon,
            "replay_capacity": agent.replay_capacity,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        keys = "generator", "discriminator", "q_network", "epsilon", "dtype"
        return cls(**with_objects(config, *keys, custom_objects=custom_objects))


def _as_vector(labels):
    return tf.reshape(labels, [-1])
