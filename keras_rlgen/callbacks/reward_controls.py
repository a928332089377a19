import copy
import json

import keras

from keras_rlgen import rewards
from keras_rlgen.pictures import format_table
from keras_rlgen.training.progress_line import ProgressLine
from keras_rlgen.whole_files import write_text

CONTROLS = {
    "constant": lambda reward, seed: rewards.Constant(),
    "uniform_random": lambda reward, seed: rewards.UniformRandom(seed),
    "shuffled": lambda reward, seed: rewards.Shuffled(reward, seed),
}


class RewardControls(keras.callbacks.Callback):
    """Repeats the training with null rewards as controls, and reports the results.

    It works with every model that is compiled with a reward: `ReinforceGAN`,
    `RewardTuner`, `RLVAE`, `RestoringVAE` and `RestoringGAN`.

    If metrics improve as much under a null reward, the reward did not cause the
    improvement. When training ends, each control starts from the same model, weights,
    optimizers and random state as the training did, sees the same data for as many
    epochs, and is evaluated on the same held-out data; only the reward differs, and
    with it the value of `reward` in its row. The trained model is unchanged.

    In a model that maximises its reward by its gradient (`RestoringVAE`,
    `RestoringGAN`, an `RLVAE` with a pathwise estimator) null rewards have a gradient
    of zero. All controls are then the same: the training without the reward.

    Args:
        x: The first argument of `fit`: an array, `tf.data.Dataset` or `PyDataset` of
            training data; for `RewardTuner` conditions, or `None`.
        held_out: Real samples to evaluate on; for a conditional model a dataset of
            pairs.
        controls: Names among `"constant"` (1 for all), `"uniform_random"` (uniform in
            [0, 1)) and `"shuffled"` (the real reward, permuted within the batch), or a
            dict from names to rewards.
        path: JSON file to write the table to, or `None`.
        seed: Integer, seed of the random controls.
        fit_arguments: Dict of further arguments of `fit` in the training, such as `y`,
            `batch_size` or `steps_per_epoch`.
        verbose: Whether to print the progress and the table.

    Attributes:
        results: After training, a dict from `"reward"` and each control's name to
            the metrics of `evaluate`.

    Raises:
        ValueError: If a control's name is unknown; when training starts, if the model
            is compiled without a reward.
        TypeError: When training starts, if the model is not one that is trained by
            reward.

    Example:

    ```python
    controls = RewardControls(images, held_out, fit_arguments={"batch_size": 64})
    gan.fit(images, epochs=20, batch_size=64, callbacks=[controls])
    controls.results["shuffled"]["kernel_distance"]
    ```
    """

    def __init__(
        self,
        x,
        held_out,
        controls=("constant", "uniform_random", "shuffled"),
        path=None,
        seed=0,
        fit_arguments=None,
        verbose=True,
    ):
        super().__init__()
        unknown = [] if isinstance(controls, dict) else set(controls) - set(CONTROLS)
        if unknown:
            raise ValueError(
                f"Unknown reward controls: {sorted(unknown)}. Expected some of "
                f"{sorted(CONTROLS)}, or a dict from names to rewards."
            )
        self.x = x
        self.held_out = held_out
        self.controls = controls
        self.path = path
        self.seed = seed
        self.fit_arguments = dict(fit_arguments or {})
        self.verbose = verbose
        self.results = {}

    def on_train_begin(self, logs=None):
        name = type(self.model).__name__
        if not hasattr(self.model, "training_state"):
            raise TypeError(
                "`RewardControls` needs a model that is trained by reward, such as "
                f"`ReinforceGAN` or `RewardTuner`. Received: {name}"
            )
        if self.model.reward is None:
            raise ValueError(
                "`RewardControls` expected a model compiled with a reward, to "
                f"replace it by null rewards. Received: `{name}` without one. Pass "
                "`reward=` to `compile`, or leave out the callback."
            )
        self._start = Snapshot(self.model)
        self._epochs = 0

    def on_epoch_end(self, epoch, logs=None):
        self._epochs += 1

    def on_train_end(self, logs=None):
        model = self.model
        states = [v for reward in model.rewards for v in reward.variables]
        states += model.training_state
        values = [v.numpy() for v in states]
        # The controls use the reward itself: a copy would lose a classifier's weights,
        # and an unregistered function cannot be copied.
        try:
            self.results = {"reward": self._evaluate(model)}
            total = len(self.controls) * (self._epochs + 1)
            progress = ProgressLine("controls", total, self.verbose)
            for name in self.controls:
                control = self._trained_by(name, progress)
                self.results[name] = self._evaluate(control)
                progress.advance(name)
        finally:
            assign(states, values)
            for reward in model.rewards:
                model.release_reward(reward)
                model.bind_reward(reward)
        if self.path is not None:
            write_text(self.path, json.dumps(self.results, indent=2) + "\n")
        if self.verbose:
            print(format_table(self.results))

    def _trained_by(self, name, progress):
        """Returns a copy of the initial model, trained with a control reward."""
        first, *others = self.model.rewards
        self._start.restore_reward(first)
        if isinstance(self.controls, dict):
            control = rewards.get(self.controls[name])
        else:
            control = CONTROLS[name](first, self.seed)
        # The trained model or an earlier copy still tracks it.
        for reward in (control, *others):
            self.model.release_reward(reward)
        model = self._start.model(reward=control, **self.model.judges)
        count = keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs: progress.advance(name)
        )
        arguments = dict(self.fit_arguments)
        callbacks = [*(arguments.pop("callbacks", None) or []), count]
        model.fit(
            self.x, epochs=self._epochs, verbose=0, callbacks=callbacks, **arguments
        )
        return model

    def _evaluate(self, model):
        return model.evaluate(self.held_out, verbose=0, return_dict=True)


class Snapshot:
    """The initial state of a reward-trained model, from which copies are made.

    Args:
        model: A compiled model that is trained by reward.
    """

    def __init__(self, model):
        self._class = type(model)
        self._config = model.get_config()
        self._compile_config = model.get_compile_config()
        self._values = [v.numpy() for v in model.training_state]
        self._reward_values = [v.numpy() for v in model.reward.variables]

    def model(self, **compile_arguments):
        """Returns a compiled copy, with some arguments of `compile` replaced."""
        model = self._class.from_config(self._config)
        compiled = {
            # Keras modifies the configuration of a functional model.
            key: keras.saving.deserialize_keras_object(copy.deepcopy(value))
            for key, value in self._compile_config.items()
            if key not in compile_arguments
        }
        model.compile(**compiled, **compile_arguments)
        assign(model.training_state, self._values)
        return model

    def restore_reward(self, reward):
        """Restores the initial statistics of the model's reward."""
        assign(reward.variables, self._reward_values)


def assign(variables, values):
    """Assigns a list of values to a list of variables."""
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
