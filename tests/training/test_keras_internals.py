import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.training.keras_internals import (
    UntunedArrays,
    all_layers,
    forget_initial_epoch,
    fuse_adam,
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


class TestFusedAdam:
    def trained(self, fused, make, steps=30, jit_compile=None):
        """Returns weights after updates, the last of each with a sparse gradient."""
        random = np.random.default_rng(0)
        dense = keras.Variable(random.normal(size=(3, 2)), dtype="float32")
        table = keras.Variable(random.normal(size=(4, 2)), dtype="float32")
        optimizer = make()
        optimizer.build([dense, table])
        if fused:
            fuse_adam(optimizer)

        def step(target):
            with tf.GradientTape() as tape:
                rows = tf.gather(table.value, [1, 3])
                loss = tf.reduce_sum((dense.value - target) ** 2) + tf.reduce_sum(rows)
                loss = optimizer.scale_loss(loss)
            sources = [dense.value, table.value]
            optimizer.apply(tape.gradient(loss, sources), [dense, table])

        if jit_compile is not None:
            step = tf.function(step, jit_compile=jit_compile)
        for _ in range(steps):
            step(tf.constant(random.normal(size=(3, 2)), tf.float32))
        return [np.array(dense), np.array(table)], optimizer

    @pytest.mark.parametrize(
        "make",
        [
            lambda: keras.optimizers.Adam(0.1, beta_1=0.5, epsilon=1e-3),
            lambda: keras.optimizers.AdamW(0.1, weight_decay=0.1, clipnorm=0.5),
            lambda: keras.optimizers.Adam(
                keras.optimizers.schedules.CosineDecay(0.1, 20), use_ema=True
            ),
            lambda: keras.optimizers.Adam(0.1, gradient_accumulation_steps=3),
            lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.1)),
        ],
        ids=["adam", "adamw", "schedule", "accumulation", "loss_scale"],
    )
    def test_it_follows_keras_up_to_rounding(self, make):
        ours, optimizer = self.trained(True, make, jit_compile=False)
        theirs, other = self.trained(False, make, jit_compile=False)
        for one, two in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(one, two, rtol=2e-4, atol=1e-5)
        assert int(optimizer.iterations) == int(other.iterations)

    def test_it_is_the_same_eagerly_and_under_xla(self):
        make = lambda: keras.optimizers.Adam(0.1)  # noqa: E731
        graph, _ = self.trained(True, make, 5, jit_compile=False)
        for jit_compile in (None, True):
            other, _ = self.trained(True, make, 5, jit_compile)
            for one, two in zip(graph, other, strict=True):
                np.testing.assert_allclose(one, two, rtol=1e-5)

    def test_it_is_what_the_paper_says(self):
        weight = keras.Variable(np.float32(1.0))
        optimizer = keras.optimizers.Adam(0.1, beta_1=0.5, beta_2=0.9, epsilon=1e-8)
        optimizer.build([weight])
        fuse_adam(optimizer)
        expected, m, v = 1.0, 0.0, 0.0
        for step, gradient in enumerate([1.0, -3.0, 0.5], start=1):
            optimizer.apply([tf.constant(gradient)], [weight])
            m, v = 0.5 * m + 0.5 * gradient, 0.9 * v + 0.1 * gradient**2
            rate = 0.1 * np.sqrt(1 - 0.9**step) / (1 - 0.5**step)
            expected -= rate * m / (np.sqrt(v) + 1e-8)
        np.testing.assert_allclose(float(weight), expected, rtol=1e-5)

    def test_other_optimizers_update_as_before(self):
        class Own(keras.optimizers.Adam):
            def update_step(self, gradient, variable, learning_rate):
                self.assign(variable, gradient)

        for optimizer in (
            Own(),
            keras.optimizers.SGD(),
            keras.optimizers.Adam(amsgrad=True),
        ):
            fuse_adam(optimizer)
            assert "_distributed_tf_update_step" not in vars(optimizer)


def test_untuned_arrays_are_batches_of_keras():
    arrays = UntunedArrays(np.arange(5.0), batch_size=2)
    dataset = arrays.get_tf_dataset()
    assert [x.numpy().tolist() for x in dataset] == [[0, 1], [2, 3], [4]]
    assert dataset.options().autotune.enabled is False and arrays.num_batches == 3
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", lambda y, prediction: prediction)
    x = np.ones((5, 1), "float32")
    model.fit(UntunedArrays(x, x, batch_size=2), epochs=2, verbose=0)
    assert int(model.optimizer.iterations) == 6
