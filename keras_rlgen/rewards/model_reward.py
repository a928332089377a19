import keras

from keras_rlgen.identifiers import with_objects


class ModelReward:
    """Mixin for rewards that score samples with a generative model.

    The model is part of the reward: it is saved with it. Its own metrics are not
    logged.

    Args:
        model: `keras.Model` with the methods that the reward needs.
        *args: Arguments of the other base class.
        needs: Tuple of strings, the methods that `model` must have.
        **kwargs: Arguments of the other base class.

    Raises:
        TypeError: If the model lacks a method.
    """

    def __init__(self, model, *args, needs, **kwargs):
        if isinstance(model, type):
            raise TypeError(
                "Expected a generative model. Received: the class "
                f"`{model.__name__}`. Pass a trained model of it."
            )
        if "log_prob" in needs and getattr(model, "likelihood", "of its own") is None:
            raise TypeError(
                "Expected a generative model with a likelihood. Received: "
                f"{model!r}, which has none. Pass, for example, a "
                "`keras_rlgen.models.VAE`."
            )
        missing = [name for name in needs if not callable(getattr(model, name, None))]
        if missing:
            raise TypeError(
                f"Expected a generative model with the method `{missing[0]}`. "
                f"Received: {model!r} of type {type(model).__name__}. Pass, for "
                "example, a `keras_rlgen.models.VAE`."
            )
        super().__init__(*args, **kwargs)
        self.model = model

    @property
    def metrics(self):
        """List of the reward's own metrics."""
        return self._metrics

    def get_config(self):
        model = keras.saving.serialize_keras_object(self.model)
        return {**super().get_config(), "model": model}

    @classmethod
    def from_config(cls, config):
        return cls(**with_objects(config, "model", "optimizer"))
