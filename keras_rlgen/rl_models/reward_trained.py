"""Mixin for models that are trained by a reward."""

import keras

from keras_rlgen import baselines
from keras_rlgen.training.keras_internals import all_layers


class RewardTrained:
    """Mixin for models that are trained by a reward.

    Subclasses list this mixin before the model's family. Their `compile` passes the
    reward in `parts`, as in `GuardedModel.compile`.

    Attributes:
        reward: The `Reward` of `compile`, or `None`.
        reward_discriminator: Callable `(samples, condition, training)` to logits, for
            use by rewards, or `None` if the model has none.
        adversarial_loss: `AdversarialLoss` of the discriminator, or `None` if there is
            none, or before `compile`.
    """

    progress_logs = (
        *("reward", "held_out_reward", "loss", "discriminator_loss"),
        *("reference_kl", "generator_loss"),
    )
    reward = None
    reward_discriminator = None
    adversarial_loss = None

    def bind_reward(self, reward, loss=None):
        """Gives a reward the discriminator, if the model has one.

        Args:
            reward: `Reward`.
            loss: `AdversarialLoss` of the discriminator's training. Defaults to the
                model's own.

        Raises:
            ValueError: If the reward already uses another discriminator, or is
                undefined for this loss.
        """
        if self.reward_discriminator is not None:
            loss = loss or self.adversarial_loss
            reward.bind(self.reward_discriminator, loss)

    def release_reward(self, reward):
        """Removes the discriminator that `bind_reward` gave to a reward.

        Args:
            reward: `Reward`.
        """
        if self.reward_discriminator is not None:
            reward.bind(None)

    @property
    def judges(self):
        """Dict of the arguments of `compile` that only evaluate, and do not train."""
        return {"metrics": self.sample_metrics}

    @property
    def rewards(self):
        """List of the rewards; the first one is maximised."""
        return [] if self.reward is None else [self.reward]

    @property
    def training_state(self):
        """List of the variables that training changes, except the rewards'."""
        of_rewards = {id(reward) for reward in self.rewards}
        layers = [layer for layer in self.layers if id(layer) not in of_rewards]
        of_layers = {id(v) for layer in self.layers for v in layer.variables}
        variables = [
            *(v for v in self.variables if id(v) not in of_layers),
            *(v for layer in layers for v in layer.variables),
            *self.optimizer.variables,
            *(v for critic in self._critics() for v in critic.optimizer.variables),
        ]
        return list({id(v): v for v in variables}.values())

    def _critics(self):
        layers = all_layers(self)
        return [layer for layer in layers if isinstance(layer, baselines.Critic)]

    def set_terms(self, terms):
        """Creates a metric for each term of the reward, beside its own metrics.

        Args:
            terms: Dict, or list, of the terms' names.
        """
        self.term_trackers = {
            name: keras.metrics.Mean(name=f"reward_{name}") for name in terms
        }
        # Of rewards that measure something themselves, such as the time they take.
        for reward in self.rewards:
            self.term_trackers |= {metric.name: metric for metric in reward.metrics}

    def track_reward(self, value, terms):
        """Updates the metrics of the reward and its terms.

        Args:
            value: Float32 tensor `(batch,)`.
            terms: Dict from names to float32 tensors `(batch,)`.
        """
        self.reward_tracker.update_state(value)
        for name, term in terms.items():
            self.term_trackers[name].update_state(term)
