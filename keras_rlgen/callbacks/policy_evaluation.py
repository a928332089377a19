import keras

from keras_rlgen.arguments import check_integer, check_seed, is_integer
from keras_rlgen.callbacks.check_model import check_model
from keras_rlgen.environments.environment_kinds import refuse_class


class PolicyEvaluation(keras.callbacks.Callback):
    """Evaluates an agent every few epochs, and adds the results to the logs.

    `fit(validation_freq=...)` does so in the agent's own environment. This callback can
    use another environment, such as one with longer episodes or without noise, or a
    fixed seed, so that every evaluation plays the same episodes.

    Callbacks after it in the list see the results, as `History` and the progress bar
    do: `ModelCheckpoint(path, monitor="test_mean_return", mode="max",
    save_best_only=True)` writes the best policy.

    Args:
        every: Integer >= 1, epochs between evaluations; the last epoch is always
            evaluated.
        episodes: Integer >= 1, number of episodes played.
        environment: Another environment than the agent's own, as in `evaluate`, or
            `None` for its own.
        seed: Integer that fixes the episodes, or `None`.
        prefix: String before the names of the results.

    Raises:
        ValueError: If `every` is out of its range.

    Example:

    ```python
    evaluation = PolicyEvaluation(every=5, environment=harder, prefix="harder_")
    history = agent.fit(epochs=20, callbacks=[evaluation])
    history.history["harder_mean_return"]
    ```
    """

    def __init__(
        self, every=1, episodes=20, environment=None, seed=None, prefix="val_"
    ):
        super().__init__()
        if not is_integer(every) or every < 1:
            raise ValueError(f"Expected `every` >= 1. Received: every={every}")
        check_integer("episodes", episodes)
        check_seed(seed)
        refuse_class(environment)
        self.every = every
        self.episodes = episodes
        self.environment = environment
        self.seed = seed
        self.prefix = prefix

    def on_train_begin(self, logs=None):
        check_model(self, "an agent", "policy", "environment")

    def on_epoch_end(self, epoch, logs=None):
        if (epoch + 1) % self.every and epoch + 1 != self.params["epochs"]:
            return
        results = self.model.evaluate(
            episodes=self.episodes,
            seed=self.seed,
            environment=self.environment,
            verbose=0,
        )
        logs.update({f"{self.prefix}{name}": value for name, value in results.items()})
