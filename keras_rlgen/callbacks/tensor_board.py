import keras

from keras_rlgen.training.keras_internals import write_epoch_scalars
from keras_rlgen.training.optimizer_group import OptimizerGroup


class TensorBoard(keras.callbacks.TensorBoard):
    """Keras' TensorBoard, with environment steps as the axis of an agent's curves.

    Returns of agents are compared at equal numbers of environment steps. Those of
    other models have epochs as their axis, as in Keras. The learning rate of every
    optimizer is written: `epoch_<network>_learning_rate` where there are several.

    Arguments are those of `keras.callbacks.TensorBoard`, which works with every model
    too, with epochs as the axis.

    Example:

    ```python
    agent.fit(epochs=10, callbacks=[callbacks.TensorBoard("logs")])
    ```
    """

    def on_epoch_end(self, epoch, logs=None):
        # Histograms and embeddings, which are written every few epochs.
        super().on_epoch_end(epoch)
        logs = dict(logs or {})
        optimizer = getattr(self.model, "optimizer", None)
        if isinstance(optimizer, OptimizerGroup):
            for name, rate in optimizer.learning_rates.items():
                logs[f"{name}_learning_rate"] = rate
        write_epoch_scalars(self, int(logs.get("environment_steps", epoch)), logs)
