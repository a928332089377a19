import keras
import numpy as np

from keras_rlgen.training.keras_internals import (
    all_layers,
    forget_initial_epoch,
    resumed_epoch,
    untrack,
)


def test_all_layers_are_those_inside_of_models_inside_of_models():
    inner = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, name="inner")])
    outer = keras.Sequential([keras.Input((2,)), inner])
    names = [layer.name for layer in all_layers(outer)]
    assert names[0] == outer.name and "inner" in names


def test_an_untracked_layer_gives_no_weights():
    model = keras.Model()
    model.part = keras.layers.Dense(1)
    model.part.build((None, 2))
    assert len(model.weights) == 2
    untrack(model, model.part)
    model.part = None
    assert model.weights == []
    untrack(model, None)


def test_the_epoch_of_a_backup_is_that_to_resume_at(tmp_path):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.ones((4, 1), "float32")

    class Interrupt(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise KeyboardInterrupt

    def backup():
        return keras.callbacks.BackupAndRestore(tmp_path)

    try:
        model.fit(x, x, epochs=3, callbacks=[backup(), Interrupt()], verbose=0)
    except KeyboardInterrupt:
        pass
    callback = backup()
    callback.set_model(model)
    forget_initial_epoch(model)
    assert resumed_epoch(model) is None
    callback.on_train_begin()
    assert resumed_epoch(model) == 2
