"""Trains a GAN and a DQN together, in rounds."""

import math

import keras
import tensorflow as tf

from keras_rlgen.arguments import check_flag, is_integer, is_number
from keras_rlgen.losses.check_logits import check_logits
from keras_rlgen.models.gan.adversarial_checks import check_pathwise
from keras_rlgen.training.adversarial_trainer import copied_optimizer
from keras_rlgen.training.guarded_model import serialize
from keras_rlgen.training.keras_internals import all_layers
from keras_rlgen.training.optimizer_group import OptimizerGroup

# The names of the agent's logs in this model.
OF_AGENT = {
    "mean_return": "episode_return",
    "loss": "q_loss",
    "gradient_norm": "q_gradient_norm",
}


class JointTraining:
    """Mixin for GANs that a DQN is trained together with: three losses and optimizers.

    A round is `gan_steps` batches of the GAN, and then a round of the agent: it acts
    in its environment and makes `q_steps` updates. Each loss is minimised by its owner
    alone:

    - the discriminator's, `L_D`, by the discriminator;
    - the generator's, `L_G + policy_weight * policy_loss`, by the generator, where
      `policy_loss = -E[log pi_Q(a | s)]` and `pi_Q = softmax(Q / temperature)`;
    - the squared temporal difference error, `L_Q`, by the Q-network.

    A subclass, which lists this mixin before the GAN, sets `agent` by `_attach_agent`,
    and implements `_policy_log_probs`.

    Attributes:
        agent: The `DQN`.
        gan_batches: Number of batches that the GAN was trained on.
    """

    progress_logs = "generator_loss", "discriminator_loss", "q_loss", "episode_return"
    one_replica_because = (
        "its agent acts in one process and fills one replay buffer. Use one device; or "
        "train a `GAN` on several, and a DQN in its latent space on one."
    )
    agent = None
    policy_weight = 0.0

    def _attach_agent(self, agent):
        """Sets the agent, and raises `ValueError` unless D returns logits."""
        check_logits(self.discriminator)
        self.agent = agent
        self.gan_batches = self.add_weight(
            (), "zeros", dtype="int64", trainable=False, name="gan_batches"
        )
        self.policy_loss_tracker, *norms = (
            keras.metrics.Mean(name=name)
            for name in (
                "policy_loss",
                "generator_gradient_norm",
                "policy_gradient_norm",
                "discriminator_gradient_norm",
            )
        )
        self.norm_trackers = {m.name.removesuffix("_gradient_norm"): m for m in norms}

    def compile(
        self,
        generator_optimizer=None,
        discriminator_optimizer=None,
        q_optimizer=None,
        gan_steps=1,
        q_steps=4,
        q_warm_up=0,
        policy_weight=0.0,
        policy_temperature=1.0,
        policy_cap=0.9,
        balance_gradients=False,
        **kwargs,
    ):
        """Configures training.

        Args:
            generator_optimizer: As in `GAN.compile`.
            discriminator_optimizer: As in `GAN.compile`.
            q_optimizer: Keras optimizer or its name, by default `"adam"`; a third
                instance.
            gan_steps: Integer >= 1, batches of the GAN in a round.
            q_steps: Integer >= 1, updates of the Q-network in a round.
            q_warm_up: Integer >= 0, batches of the GAN before the first round of the
                agent.
            policy_weight: Float >= 0, weight of the policy's term in the generator's
                loss. By default there is none.
            policy_temperature: Float > 0, of the softmax of the values.
            policy_cap: Float in (0, 1], the probability above which the policy's term
                has no gradient: it would only reward values that are overconfident.
            balance_gradients: Whether the gradient of the policy's term is scaled to
                the norm of the adversarial gradient, so that `policy_weight` is their
                ratio.
            **kwargs: As in the GAN's `compile`.

        Raises:
            ValueError: If an argument is out of its range, two networks share an
                optimizer, or the policy's term has no gradient to the generator.
        """
        for name, value, least in (
            ("gan_steps", gan_steps, 1),
            ("q_steps", q_steps, 1),
            ("q_warm_up", q_warm_up, 0),
        ):
            if not is_integer(value) or value < least:
                raise ValueError(
                    f"Expected `{name}` >= {least}, an integer. Received: {value!r}"
                )
        if not (is_number(policy_weight) and policy_weight >= 0.0) or not (
            is_number(policy_temperature) and policy_temperature > 0.0
        ):
            raise ValueError(
                "Expected `policy_weight` >= 0 and `policy_temperature` > 0. Received: "
                f"{policy_weight!r} and {policy_temperature!r}"
            )
        if not (is_number(policy_cap) and 0.0 < policy_cap <= 1.0):
            raise ValueError(f"Expected `policy_cap` in (0, 1]. Received: {policy_cap}")
        if q_optimizer is None:
            q_optimizer = copied_optimizer(kwargs.get("optimizer") or "adam")
        others = generator_optimizer, discriminator_optimizer
        if not isinstance(q_optimizer, str) and any(x is q_optimizer for x in others):
            raise ValueError(
                "Expected an optimizer for each network. Received the same instance as "
                "`q_optimizer` and another; make three."
            )
        self.policy_temperature = float(policy_temperature)
        self.policy_cap = float(policy_cap)
        if policy_weight:
            self._check_policy_gradient()
        super().compile(generator_optimizer, discriminator_optimizer, **kwargs)
        self.agent.compile(
            q_optimizer,
            run_eagerly=self.run_eagerly,
            jit_compile=bool(self.jit_compile) and self._supports_xla(),
        )
        self.agent.updates_per_round = q_steps
        optimizers = {
            player: getattr(self, f"{player}_optimizer") for player in self.players
        }
        self.optimizer = OptimizerGroup({**optimizers, "q": self.agent.optimizer})
        self.gan_steps, self.q_steps, self.q_warm_up = gan_steps, q_steps, q_warm_up
        self.policy_weight = float(policy_weight)
        check_flag("balance_gradients", balance_gradients)
        self.balance_gradients = bool(balance_gradients)

    def _supports_xla(self):
        return all(layer.supports_jit for layer in all_layers(self))

    def get_compile_config(self):
        config = super().get_compile_config()
        if config is not None:
            config |= {
                "q_optimizer": serialize(self.agent.optimizer),
                "gan_steps": self.gan_steps,
                "q_steps": self.q_steps,
                "q_warm_up": self.q_warm_up,
                "policy_weight": self.policy_weight,
                "policy_temperature": self.policy_temperature,
                "policy_cap": self.policy_cap,
                "balance_gradients": self.balance_gradients,
            }
        return config

    def make_train_function(self, force=False):
        if self.train_function is None or force:
            super().make_train_function(force)
            train_gan = self.train_function

            def train(iterator):
                before = int(self.gan_batches.numpy())
                logs = train_gan(iterator)
                self._train_agent(before, int(self.gan_batches.numpy()))
                return logs

            self.train_function = train
        return self.train_function

    def _train_agent(self, before, after):
        """Trains the agent for the rounds that the GAN's batches have completed."""
        first = max(before, self.q_warm_up) // self.gan_steps
        num_rounds = after // self.gan_steps - first
        if after > self.q_warm_up and num_rounds > 0:
            num_steps = num_rounds * self.agent.collect_steps
            self.agent.run_steps(num_steps)

    def train_step(self, data):
        logs = super().train_step(data)
        self.gan_batches.assign_add(1)
        return logs | self._agent_logs()

    def get_metrics_result(self):
        logs = super().get_metrics_result()
        return logs if self._evaluating else logs | self._agent_logs()

    def _agent_logs(self):
        return {name: m.result() for name, m in self._agent_metrics().items()}

    def _agent_metrics(self):
        """Returns the agent's metrics, with names for this model."""
        return {OF_AGENT.get(m.name, m.name): m for m in self.agent.metrics}

    @property
    def logged_metrics(self):
        return {**super().logged_metrics, **self._agent_metrics()}

    @property
    def metrics(self):
        return [*super().metrics, *self.agent.metrics]

    @property
    def training_trackers(self):
        return [
            *super().training_trackers,
            self.policy_loss_tracker,
            *self.norm_trackers.values(),
        ]

    @property
    def evaluation_trackers(self):
        return super().training_trackers

    def _train_generator(self, real, condition):
        if not self.policy_weight:
            super()._train_generator(real, condition)
            return
        check_pathwise(self.generator)
        optimizer = self.generator_optimizer
        with tf.GradientTape(persistent=True) as tape:
            latents = self._latents(tf.shape(real)[0])
            generated = self._call_generator(
                self.generator, latents, condition, training=True
            )
            terms = self._generator_terms(generated, real, condition)
            adversarial = terms["generator_loss"]
            policy = self._policy_loss(latents, generated, condition)
            scaled = optimizer.scale_loss(adversarial), optimizer.scale_loss(policy)
        variables = self.generator.trainable_variables
        gradients, of_policy = (
            tape.gradient(loss, variables, unconnected_gradients="zero")
            for loss in scaled
        )
        norm, policy_norm = (tf.linalg.global_norm(g) for g in (gradients, of_policy))
        # Before its first update the Q-network prefers actions at random.
        has_learned = tf.cast(self.agent.train_step_counter > 0, tf.float32)
        policy_weight = weight = has_learned * self.policy_weight
        if self.balance_gradients:
            weight *= norm / tf.maximum(policy_norm, keras.config.epsilon())
        gradients = [g + weight * p for g, p in zip(gradients, of_policy, strict=True)]
        loss = adversarial + policy_weight * policy
        terms = {**terms, "policy_loss": policy, "generator_loss": loss}
        self._apply_to_player("generator", gradients, terms, self._average_weights)
        self.generator_loss_tracker.update_state(loss)
        self.policy_loss_tracker.update_state(policy)
        self._track_norm("policy", policy_norm, optimizer)

    def _apply_to_player(self, player, gradients, terms, after=None):
        optimizer = getattr(self, f"{player}_optimizer")
        self._track_norm(player, tf.linalg.global_norm(gradients), optimizer)
        super()._apply_to_player(player, gradients, terms, after)

    def _track_norm(self, name, norm, optimizer):
        """Updates the metric of a gradient's norm, without the scale of its loss."""
        norm /= optimizer.scale_loss(tf.ones_like(norm))
        self.norm_trackers[name].update_state(norm)

    def _policy_loss(self, latents, generated, condition):
        """Returns `-E[log pi_Q(a | s)]`, a float32 scalar."""
        log_probs = self._policy_log_probs(latents, generated, condition)
        return -tf.reduce_mean(tf.minimum(log_probs, math.log(self.policy_cap)))

    def _policy_log_probs(self, latents, generated, condition):
        """Returns `log pi_Q(a | s)` of the states of samples.

        Args:
            latents: Float32 tensor `(batch, latent_dim)`.
            generated: Samples `(batch, ...)`, with a gradient to the generator.
            condition: The condition of the samples, or `None`.

        Returns:
            Float32 tensor `(batch,)`.
        """
        raise NotImplementedError

    def _check_policy_gradient(self):
        """Raises `ValueError` if the policy's term does not depend on the generator."""
        condition = self._example_condition(2)
        with tf.GradientTape() as tape:
            latents = tf.zeros((2, self.latent_dim))
            generated = self._call_generator(self.generator, latents, condition)
            loss = self._policy_loss(latents, generated, condition)
        gradients = tape.gradient(loss, self.generator.trainable_variables)
        if all(g is None for g in gradients):
            raise ValueError(
                "Expected states in which samples are observed, by functions with a "
                "gradient: the policy's term has none to the generator. Received: "
                "`policy_weight` above zero. Use 0, or observe the samples."
            )
