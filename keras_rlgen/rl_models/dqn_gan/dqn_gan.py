import keras
import numpy as np
import tensorflow as tf

from keras_rlgen import rewards
from keras_rlgen.environments import LatentEditing
from keras_rlgen.identifiers import with_objects
from keras_rlgen.models.gan.averaged_copy import averaged_copy
from keras_rlgen.models.gan.gan import GAN
from keras_rlgen.models.stochastic_generator import StochasticGenerator
from keras_rlgen.rl_models.dqn_gan.default_q_network import default_q_network
from keras_rlgen.rl_models.dqn_gan.edit_directions import (
    find_directions,
    initial_directions,
)
from keras_rlgen.rl_models.dqn_gan.edit_endpoints import edit_endpoints
from keras_rlgen.rl_models.dqn_gan.edit_episodes import edit, greedy, start_latents
from keras_rlgen.rl_models.dqn_gan.editing_dqn import EditingDQN
from keras_rlgen.rl_models.dqn_gan.joint_training import JointTraining
from keras_rlgen.rl_models.joint_control import JointControl
from keras_rlgen.rl_models.reward_check import finite_terms
from keras_rlgen.rl_models.reward_trained import RewardTrained
from keras_rlgen.training.guarded_model import serialize


@keras.saving.register_keras_serializable("keras_rlgen")
class DQNGAN(RewardTrained, JointTraining, GAN):
    """A GAN and a DQN that edits its samples, trained together.

    The generator and the discriminator are trained as in `GAN`. The DQN acts in the
    latent space: its state is a latent and the sample decoded from it, its actions are
    steps along directions, and one to stop, and its reward is the change of the
    compiled `reward`, by default of `log D`. Decoder and discriminator are averages
    over training; replayed edits are decoded and scored anew. With `policy_weight` the
    generator also prefers samples at which the DQN is sure of what to do.

    Args:
        generator: Keras model from latents `(batch, latent_dim)` to samples.
        discriminator: Keras model from samples to logits, real is high.
        q_network: Keras model from observations to `2 * num_directions + 1` values, or
            `None` for two hidden layers of 128. An observation is the latent, the
            sample (flattened, or its features) and the target: see `editing`.
        latent_dim: Integer.
        directions: `"axes"`, `"principal"`, `"learned"` (see `find_directions`), or an
            array `(num_directions, latent_dim)`, such as of `models.
            attribute_direction`. Principal and learned ones are computed from the
            averaged generator when the DQN begins, and kept.
        num_directions: Integer; by default all of an array, and else at most 8.
        max_edits: Integer >= 1, the most edits of a sample.
        step_size: As in `environments.LatentEditing`.
        bound: As in `LatentEditing`.
        observe_samples: As in `LatentEditing`.
        targets: As in `LatentEditing`: one policy for many wishes. The reward's
            condition is the target.
        prior_weight: As in `LatentEditing`.
        num_environments: Integer, samples that are edited together in a round.
        gamma: As in `agents.DQN`.
        n_step: As in `agents.DQN`.
        epsilon: As in `agents.DQN`.
        replay_capacity: As in `agents.DQN`.
        ema_momentum: As in `GAN`; of generator and discriminator. Not `None`.
        **kwargs: `discriminator_steps`, `seed`, `name`, as in `GAN`.

    Attributes:
        agent: The `DQN`; its `environment` is `editing`.
        editing: `LatentEditing`.

    Raises:
        ValueError: As `GAN`, `LatentEditing` and `DQN`.

    Example:

    ```python
    gan = DQNGAN(generator, discriminator, latent_dim=16, directions="principal")
    gan.compile(
        generator_optimizer=keras.optimizers.Adam(2e-4, beta_1=0.5),
        discriminator_optimizer=keras.optimizers.Adam(2e-4, beta_1=0.5),
        q_optimizer=keras.optimizers.Adam(1e-3),
        reward=rewards.Discriminator("log_score") + 0.5 * rewards.Sharpness(),
    )
    gan.fit(images, epochs=50)
    edits = gan.create(16, seed=0)  # edits.before, edits.after, edits.rewards
    ```

    Logged in training, besides the logs of `GAN`: `policy_loss`, and the norms of the
    gradients of all losses (`generator_gradient_norm` with the policy's term,
    `policy_gradient_norm` of that term before weighting,
    `discriminator_gradient_norm`, `q_gradient_norm`); of the DQN `episode_return`, the
    gain in score of an episode as it was scored then; `episode_length`, `episodes`,
    `q_loss`, `mean_q` and `epsilon`.

    Reference:
        [Goodfellow et al., 2014](https://arxiv.org/abs/1406.2661);
        [Mnih et al., 2015](https://www.nature.com/articles/nature14236).
    """

    def __init__(
        self,
        generator,
        discriminator,
        q_network=None,
        latent_dim=None,
        directions="principal",
        num_directions=None,
        max_edits=8,
        step_size=0.5,
        bound=3.0,
        observe_samples=True,
        targets=None,
        prior_weight=0.0,
        num_environments=32,
        gamma=0.95,
        n_step=3,
        epsilon=None,
        replay_capacity=20_000,
        ema_momentum=0.99,
        **kwargs,
    ):
        stochastic = isinstance(generator, StochasticGenerator)
        if stochastic or ema_momentum is None or kwargs.get("packing", 1) != 1:
            raise ValueError(
                "Expected a deterministic generator, an `ema_momentum` in [0, 1) and "
                f"no packing. Received: {type(generator).__name__}, "
                f"ema_momentum={ema_momentum}, packing={kwargs.get('packing', 1)}"
            )
        super().__init__(
            generator, discriminator, latent_dim, ema_momentum=ema_momentum, **kwargs
        )
        if self.average_generator is None:
            raise ValueError(
                "Expected a generator that can be copied, for the average of its "
                f"weights. Received: {type(generator).__name__}; give it a "
                "`get_config`, and register its functions."
            )
        self.average_discriminator = averaged_copy(
            discriminator, lambda copied: copied(tf.zeros((1, *self.sample_shape)))
        )
        self.average_discriminator.trainable = False
        self._directions_argument = directions
        vectors = initial_directions(directions, num_directions, latent_dim)
        self.directions = self.add_weight(
            vectors.shape, "zeros", trainable=False, name="directions", dtype="float32"
        )
        self.directions.assign(vectors)
        self.editing = LatentEditing(
            self._decode_average,
            latent_dim,
            rewards.Constant(0.0),  # Until `compile`.
            directions=self.directions.value,
            step_size=step_size,
            max_episode_steps=max_edits,
            bound=bound,
            observe_samples=observe_samples,
            targets=targets,
            prior_weight=prior_weight,
        )
        if q_network is None:
            q_network = default_q_network(self.editing, self.seed)
        self._attach_agent(
            EditingDQN(
                q_network,
                self.editing,
                num_environments=num_environments,
                gamma=gamma,
                n_step=n_step,
                epsilon=epsilon,
                replay_capacity=replay_capacity,
                warm_up_steps=min(1000, replay_capacity),
                updates_per_step=1.0,  # `compile` sets the number of a round.
                collect_steps=max_edits,
                seed=self.seed,
                name="agent",
            )
        )
        self.reward_before_tracker, self.reward_after_tracker = (
            keras.metrics.Mean(name=f"reward_{key}") for key in ("before", "after")
        )
        self._creator = tf.function(
            self._create, autograph=False, reduce_retracing=True
        )

    @staticmethod
    def from_parts(agent, model, name=None):
        """Joins an agent and a GAN of its transitions: the control use.

        Args:
            agent: As in `JointControl`.
            model: As in `JointControl`, such as `models.TransitionGAN`.
            name: String.

        Returns:
            `JointControl`, with one `compile`, `fit`, `evaluate`, `save` and `export`.
        """
        return JointControl(agent, model, name)

    def compile(
        self,
        generator_optimizer=None,
        discriminator_optimizer=None,
        q_optimizer=None,
        reward="discriminator",
        loss=None,
        **kwargs,
    ):
        """Configures training.

        Args:
            generator_optimizer: As in `GAN.compile`.
            discriminator_optimizer: As in `GAN.compile`.
            q_optimizer: Keras optimizer or its name, by default `"adam"`; a third
                instance.
            reward: Name, `Reward`, arithmetic of rewards, or plain function of samples
                (and of targets): `w_D * Discriminator("log_score") + w * other`. The
                DQN is rewarded by its change. `Discriminator` is the averaged one.
            loss: As in `GAN.compile`.
            **kwargs: `gan_steps`, `q_steps`, `q_warm_up`, `policy_weight`,
                `policy_temperature`, `policy_cap` and `balance_gradients`, as in
                `JointTraining.compile`; `optimizer`, `metrics`, `run_eagerly`,
                `steps_per_execution` and `jit_compile`, as in `GAN.compile`.

        Raises:
            ValueError: As `JointTraining.compile`; if the reward is not finite or of
                another shape than `(batch,)` on generated samples, keeps statistics, or
                is undefined for the `loss`.
        """
        loss = self.adversarial_loss_of(loss)
        reward = rewards.get(reward)
        self.bind_reward(reward, loss)
        latents = tf.random.stateless_normal((8, self.latent_dim), [0, 0])
        target = self._sampled_targets(8, [0, 1])
        target = target if self.editing.targets else None
        finite_terms(reward, self._decode_average(latents), target)
        self.editing.validated_reward(reward)
        super().compile(
            generator_optimizer,
            discriminator_optimizer,
            q_optimizer,
            loss=loss,
            parts={"reward": reward},
            **kwargs,
        )
        self.editing.reward = reward

    def get_compile_config(self):
        config = super().get_compile_config()
        if config is not None:
            config["reward"] = serialize(self.reward)
        return config

    @property
    def reward_discriminator(self):
        """The averaged discriminator, as a callable for rewards."""
        return self._average_logits

    def create(self, num_samples, start=None, target=None, seed=None):
        """Generates samples and edits them by the DQN's greedy policy.

        Args:
            num_samples: Positive integer.
            start: Latents to begin with, `(num_samples, latent_dim)`. By default
                sampled.
            target: For a model with `targets`: one for all samples, or one each. By
                default sampled.
            seed: Integer, of what is sampled. By default the model's own stream.

        Returns:
            `EditPaths` of NumPy arrays: `before` and `after`, `latents`, `samples`,
            `actions`, `rewards` and `target`.

        Raises:
            ValueError: If an argument does not fit, or the directions are not computed
                yet.
        """
        self._check_request(num_samples, None, 1.0)
        if not np.any(self.directions):
            raise ValueError(
                f"The '{self._directions_argument}' directions are computed when the "
                "DQN begins to learn. Train first: call `fit`."
            )
        key = self._sampling_key(seed)
        keys = tf.unstack(tf.random.experimental.stateless_split(key, 2))
        start = start_latents(start, (num_samples, self.latent_dim), keys[0])
        if target is None:
            target = self._sampled_targets(num_samples, keys[1])
        elif self.editing.targets is None:
            raise ValueError(
                f"This model has no targets. Received: target={target!r}. Make it with "
                "`DQNGAN(..., targets=10)`, or leave it out."
            )
        else:
            target = self.editing.targets.validated(target, num_samples)
        paths = self._creator(start, target)
        return tf.nest.map_structure(lambda x: x.numpy(), paths)

    def _create(self, latents, target=()):
        choose = greedy(self.agent.q_network)
        return edit(self.editing, choose, latents, target)

    def _train_agent(self, before, after):
        if after > self.q_warm_up and not np.any(self.directions):
            kind, count = self._directions_argument, self.directions.shape[0]
            seed = self.seed or 0
            self.directions.assign(find_directions(kind, self.editing, count, seed))
        super()._train_agent(before, after)

    def _policy_log_probs(self, latents, generated, condition):
        target = self._sampled_targets(tf.shape(latents)[0], self._next_key())
        observation = self.editing.observed(latents, generated, target)
        values = self.agent.q_network(observation, training=False)
        log_probs = tf.nn.log_softmax(values / self.policy_temperature)
        # Of the greedy action: the largest, whose choice has no gradient.
        return tf.reduce_max(log_probs, axis=-1)

    def _sampled_targets(self, count, key):
        if self.editing.targets is None:
            return ()
        return self.editing.targets.sample(count, key)

    def _average_weights(self):
        super()._average_weights()
        self._move_average(self.average_discriminator, self.discriminator)

    def _decode_average(self, latents):
        return self._call_generator(self.average_generator, latents)

    def _average_logits(self, samples, condition=None, training=None):
        return tf.reshape(self.average_discriminator(samples, training=False), [-1])

    @property
    def evaluation_trackers(self):
        return [
            *super().evaluation_trackers,
            self.reward_before_tracker,
            self.reward_after_tracker,
        ]

    def _compare(self, real, generated, condition=None):
        super()._compare(real, generated, condition)
        key = tf.cast(self.sampling_seed_generator.next(), tf.int32)
        keys = tf.unstack(tf.random.experimental.stateless_split(key, 2))
        count = tf.shape(real)[0]
        latents = tf.random.stateless_normal((count, self.latent_dim), keys[0])
        target = self._sampled_targets(count, keys[1])
        paths = self._create(latents, target)
        condition = target if self.editing.targets else None
        for tracker, samples in (
            (self.reward_before_tracker, paths.before),
            (self.reward_after_tracker, paths.after),
        ):
            tracker.update_state(self.editing.score(samples, condition))

    def exported_parts(self):
        observed = self.editing.observe_samples
        features = [observed] if isinstance(observed, keras.Layer) else []
        return [*super().exported_parts(), self.agent.q_network, *features]

    def export_endpoints(self):
        """As `GAN`; and `create(latents[, target])` and `q_values(observation)`."""
        return super().export_endpoints() | edit_endpoints(
            self.editing, self.directions.numpy(), self.agent.q_network
        )

    def get_config(self):
        config = super().get_config()
        agent, editing = self.agent, self.editing
        directions = self._directions_argument
        if not isinstance(directions, str):
            directions = np.asarray(directions, "float32").tolist()
        return {
            **config,
            "q_network": serialize(agent.q_network),
            "directions": directions,
            "num_directions": self.directions.shape[0],
            "max_edits": editing.max_episode_steps,
            "step_size": editing.step_size,
            "bound": editing.bound,
            "observe_samples": serialize(editing.observe_samples),
            "targets": editing.targets and editing.targets.argument,
            "prior_weight": editing.prior_weight,
            "num_environments": agent.num_environments,
            "gamma": agent.gamma,
            "n_step": agent.n_step,
            "epsilon": agent.get_config()["epsilon"],
            "replay_capacity": agent.replay_capacity,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        keys = (
            *("generator", "discriminator", "q_network"),
            *("observe_samples", "epsilon", "dtype"),
        )
        return cls(**with_objects(config, *keys, custom_objects=custom_objects))
