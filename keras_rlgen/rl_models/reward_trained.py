"""What models that are trained by a reward have in common."""

import keras

from keras_rlgen import baselines
from keras_rlgen.training.keras_internals import all_layers


class RewardTrained:
    """Mixed into a model that is trained by a reward: what it is compared by.

    A subclass names itself before the family that it trains. Its `compile` hands the
    reward on in `parts`, as in `GuardedModel.compile`.

    Attributes:
        reward: The `Reward` of `compile`, or `None`.
        reward_discriminator: Callable `(samples, condition, training)` to logits by
            which a reward may judge, or `None` where the model has none.
        adversarial_loss: `AdversarialLoss` that the discriminator is trained by, or
            `None` where there is none, or before `compile`.
    """

    reward = None
    reward_discriminator = None
    adversarial_loss = None

    def bind_reward(self, reward, loss=None):
        """Hands a reward the discriminator, if the model has one.

        Args:
            reward: `Reward`.
            loss: `AdversarialLoss` that the discriminator is going to be trained by.
                Defaults to the model's own.

        Raises:
            ValueError: If the reward judges by another's already, or by nothing that
                such a discriminator tells.
        """
        if self.reward_discriminator is not None:
            loss = loss or self.adversarial_loss
            reward.bind(self.reward_discriminator, loss)

    def release_reward(self, reward):
        """Takes back what `bind_reward` of a model like this one handed over.

        Args:
            reward: `Reward`.
        """
        if self.reward_discriminator is not None:
            reward.bind(None)

    @property
    def judges(self):
        """Dict of the arguments of `compile` that judge, and teach nothing."""
        return {"metrics": self.sample_metrics}

    @property
    def rewards(self):
        """List of the rewards, of which the first is climbed."""
        return [] if self.reward is None else [self.reward]

    @property
    def training_state(self):
        """List of the variables that training changes, save the rewards' own."""
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
        """Makes a metric for each term of the reward.

        Args:
            terms: Dict, or list, of the terms' names.
        """
        self.term_trackers = {
            name: keras.metrics.Mean(name=f"reward_{name}") for name in terms
        }

    def track_reward(self, value, terms):
        """Updates the metrics of the reward and its terms.

        Args:
            value: Float32 tensor `(batch,)`.
            terms: Dict from names to float32 tensors `(batch,)`.
        """
        self.reward_tracker.update_state(value)
        for name, term in terms.items():
            self.term_trackers[name].update_state(term)
