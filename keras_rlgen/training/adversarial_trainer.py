"""Base class of models with several networks (players), each with its own loss."""

import keras

from keras_rlgen.training.checked_optimizer import checked_optimizer
from keras_rlgen.training.guarded_model import GuardedModel, serialize
from keras_rlgen.training.optimizer_group import OptimizerGroup


def copied_optimizer(optimizer):
    """Returns a new optimizer with the configuration of another one.

    Args:
        optimizer: Keras optimizer, or its name.

    Example:

    >>> first = keras.optimizers.Adam(0.5)
    >>> second = copied_optimizer(first)
    >>> float(second.learning_rate), second is first
    (0.5, False)
    """
    optimizer = checked_optimizer(optimizer)
    return type(optimizer).from_config(optimizer.get_config())


class AdversarialTrainer(GuardedModel):
    """Base class of models with several networks (players), each with an optimizer.

    A subclass names its players, attributes with `trainable_variables`; the optimizer
    of a player becomes the attribute `<player>_optimizer`. This class is independent of
    data and of generative models.

    Attributes:
        players: Tuple of names, in the order of their optimizers. Callbacks see the
            learning rate of the first.
        adam_settings: Dict from players to the arguments of `keras.optimizers.Adam`
            that `"adam"`, and no optimizer, stand for. By default those of Keras.
    """

    players = ("generator", "discriminator")
    adam_settings = {}

    def compile(self, optimizers, optimizer=None, **kwargs):
        """Configures training.

        Args:
            optimizers: Dict from each of `players` to a Keras optimizer, its name or
                `None`, which is a copy of the first player's, by default `"adam"`:
                Adam with the player's `adam_settings`.
            optimizer: Keras optimizer or its name, in place of all of these: each
                player has a copy.
            **kwargs: As in `GuardedModel.compile`.

        Raises:
            ValueError: If two players share an optimizer, or if there are both an
                `optimizer` and one of a player.
        """
        optimizers = self._all_optimizers(optimizers, optimizer)
        instances = {}
        for player in self.players:
            optimizer = optimizers[player]
            if not isinstance(optimizer, keras.optimizers.Optimizer):
                continue
            other = instances.setdefault(id(optimizer), player)
            if other != player:
                raise ValueError(
                    "Expected an optimizer for each player. Received the same instance "
                    f"as `{other}_optimizer` and `{player}_optimizer`; make two."
                )
        built = {
            player: self._built_optimizer(
                optimizers[player], getattr(self, player).trainable_variables
            )
            for player in self.players
        }
        super().compile(optimizer=None, **kwargs)
        for player, optimizer in built.items():
            setattr(self, f"{player}_optimizer", optimizer)
        self.optimizer = OptimizerGroup(built)

    def _all_optimizers(self, optimizers, optimizer):
        """Returns the optimizers of all players, with copies for those without."""
        given = [f"{p}_optimizer" for p in self.players if optimizers[p] is not None]
        if optimizer is not None and given:
            raise ValueError(
                "Expected one `optimizer`, of which each player has a copy, or one for "
                f"each player. Received: `optimizer` and `{given[0]}`. Leave one out."
            )
        first = optimizers[self.players[0]] if optimizer is None else optimizer
        first = "adam" if first is None else first
        whole = {}
        for index, player in enumerate(self.players):
            chosen = first if optimizers[player] is None else optimizers[player]
            if isinstance(chosen, str) and chosen.lower() == "adam":
                chosen = keras.optimizers.Adam(**self.adam_settings.get(player, {}))
            elif index and optimizers[player] is None:
                chosen = copied_optimizer(chosen)
            whole[player] = chosen
        return whole

    def get_compile_config(self):
        config = super().get_compile_config()
        if config is not None:
            for player in self.players:
                optimizer = getattr(self, f"{player}_optimizer")
                config[f"{player}_optimizer"] = serialize(optimizer)
        return config

    def _update_player(self, player, tape, loss, terms, after=None):
        """Updates one player, if `terms` and the gradient of its loss are finite.

        Args:
            player: One of `players`.
            tape: The gradient tape on which `loss` was computed.
            loss: Scalar, scaled by the optimizer.
            terms: Dict from names to tensors that must be finite.
            after: Callable without arguments, run after an update that was not skipped.
        """
        variables = getattr(self, player).trainable_variables
        gradients = tape.gradient(loss, variables)
        self._apply_to_player(player, gradients, terms, after)

    def _apply_to_player(self, player, gradients, terms, after=None):
        """As `_update_player`, for the gradients of a scaled loss."""
        self.apply_if_finite(
            f"{player}_gradient",
            getattr(self, f"{player}_optimizer"),
            getattr(self, player).trainable_variables,
            gradients,
            terms,
            after,
        )
