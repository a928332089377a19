import keras


@keras.saving.register_keras_serializable("keras_rlgen")
class ObservedLogPrior:
    """The log-probabilities of actions under a prior, as observations show them.

    `TokenGeneration` with a prior has them at the end of its observations. An agent
    takes this as its `log_prior`.

    Args:
        num_actions: Integer >= 1.

    Call arguments:
        observation: Float tensor `(..., size)`, `size` at least `num_actions`.

    Returns:
        Its last `num_actions` values, `(..., num_actions)`.

    Example:

    >>> ObservedLogPrior(2)(tf.constant([[7.0, -0.1, -2.4]])).numpy()
    array([[-0.1, -2.4]], dtype=float32)
    """

    def __init__(self, num_actions):
        self.num_actions = num_actions

    def __call__(self, observation):
        return observation[..., -self.num_actions :]

    def get_config(self):
        return {"num_actions": self.num_actions}

    @classmethod
    def from_config(cls, config):
        return cls(**config)
