import keras

from keras_rlgen.identifiers import with_objects
from keras_rlgen.rewards.reward import Reward


@keras.saving.register_keras_serializable("keras_rlgen")
class FunctionReward(Reward):
    """A plain function of samples as a reward.

    Args:
        function: Callable from samples `(batch, ...)` to rewards `(batch,)`, made of
            TensorFlow operations. To be saved with a model it must be registered by
            `@keras.saving.register_keras_serializable()`.
        name: String. Defaults to the function's name.
    """

    def __init__(self, function, name=None, **kwargs):
        if not callable(function):
            raise TypeError(f"Expected a callable. Received: {function!r}")
        name = name or getattr(function, "__name__", type(function).__name__)
        super().__init__(name=name.strip("<>"), **kwargs)
        self.function = function

    def call(self, samples, training=None):
        return self.function(samples)

    def get_config(self):
        function = keras.saving.serialize_keras_object(self.function)
        return {**super().get_config(), "function": function}

    @classmethod
    def from_config(cls, config):
        return cls(**with_objects(config, "function"))
