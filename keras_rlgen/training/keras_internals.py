"""The private parts of Keras that this package uses.

Each function wraps one private name of Keras 3.15 and has a test, so that a new version
of Keras affects this file alone.
"""

import contextlib
import os
import shutil
import types

import keras
import tensorflow as tf
from keras.src.saving.serialization_lib import SafeModeScope
from keras.src.trainers.data_adapters.array_data_adapter import ArrayDataAdapter

from keras_rlgen.training.untuned import untuned
from keras_rlgen.whole_files import replacing


class UntunedArrays(ArrayDataAdapter):
    """Keras' batches of arrays, `untuned`. The arguments are those of Keras' class."""

    def get_tf_dataset(self):
        return untuned(super().get_tf_dataset())


def all_layers(model):
    """Returns all layers inside a layer or model, itself included, as a list.

    Args:
        model: `keras.Layer`.
    """
    return list(model._flatten_layers())


def output_operation(model, before=None):
    """Returns the layer or operation that makes a model's first output.

    Nested models are looked into.

    Args:
        model: Keras model. One that is neither sequential nor functional is returned
            itself.
        before: A layer of the model with one input: returns what makes that instead.
    """
    tensor = None if before is None else before.input
    last = model
    while tensor is not None or getattr(last, "outputs", None):
        tensor = last.outputs[0] if tensor is None else tensor
        last, tensor = tensor._keras_history.operation, None
    return last


def endpoint_names(archive):
    """Returns the names of the endpoints that were added to an archive, a list.

    Args:
        archive: `keras.export.ExportArchive`.
    """
    return list(archive._endpoint_names)


def copying_in_process():
    """Returns a context in which objects are copied by their configuration.

    Keras refuses `Lambda` layers of files, whose code could be anything. What is copied
    here is in this process already.
    """
    return SafeModeScope(safe_mode=False)


def takes_reduced_gradients(optimizer):
    """Has an optimizer take gradients that are the same on all replicas already.

    Otherwise it clips those of each replica, and then adds them up.

    Args:
        optimizer: Keras optimizer.
    """
    inner = getattr(optimizer, "inner_optimizer", None)
    if inner is not None:
        takes_reduced_gradients(inner)
    optimizer._all_reduce_sum_gradients = list


def build_optimizer(optimizer, variables):
    """Makes the variables of an optimizer that has none, and fuses Adam's update.

    A `LossScaleOptimizer` that is built twice would make its variables again.

    Args:
        optimizer: Keras optimizer.
        variables: List of `keras.Variable`.
    """
    if not optimizer.built:
        optimizer.build(variables)
    fuse_adam(optimizer)


def fuse_adam(optimizer):
    """Has an Adam optimizer update each variable by one operation.

    Keras' own update is twenty operations a variable, most of them a pass over memory,
    which on a CPU take as long as the matrix products of a small network. Results agree
    up to float32 rounding: `1 - beta` is computed here from the rounded `beta`. An
    optimizer of another class, with `amsgrad`, or a variable that is not float32 or has
    a sparse gradient is updated as before.

    Args:
        optimizer: Built Keras optimizer.

    Reference:
        [Kingma & Ba, 2015](https://arxiv.org/abs/1412.6980), the form at the end of
        section 2, where epsilon is added to the root that is not corrected.
    """
    inner = getattr(optimizer, "inner_optimizer", None)
    if inner is not None:
        fuse_adam(inner)
    elif (
        isinstance(optimizer, keras.optimizers.Adam)
        and type(optimizer).update_step is keras.optimizers.Adam.update_step
        and not optimizer.amsgrad
    ):
        method = types.MethodType(_update_by_fused_adam, optimizer)
        optimizer._distributed_tf_update_step = method


def _update_by_fused_adam(optimizer, distribution, grads_and_vars, learning_rate):
    step = tf.cast(optimizer.iterations, tf.float32) + 1.0
    powers = [tf.pow(beta, step) for beta in (optimizer.beta_1, optimizer.beta_2)]

    def update(variable, gradient, learning_rate):
        dense = not isinstance(gradient, tf.IndexedSlices)
        if not dense or variable.dtype != tf.float32:
            optimizer.update_step(gradient, variable, learning_rate)
            return
        index = optimizer._get_variable_index(variable)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=optimizer._momentums[index].value.handle,
            v=optimizer._velocities[index].value.handle,
            beta1_power=powers[0],
            beta2_power=powers[1],
            lr=tf.cast(learning_rate, tf.float32),
            beta1=optimizer.beta_1,
            beta2=optimizer.beta_2,
            epsilon=optimizer.epsilon,
            grad=tf.cast(gradient, tf.float32),
        )

    for gradient, variable in grads_and_vars:
        distribution.extended.update(
            variable, update, args=(gradient, learning_rate), group=False
        )


def untrack(model, value):
    """Untracks an attribute's value, which is about to be replaced.

    Keras keeps tracking the weights of a layer whose attribute was replaced.

    Args:
        model: `keras.Layer`.
        value: The attribute's value; one that is not tracked is ignored.
    """
    model._tracker.untrack(value)


def forget_initial_epoch(model):
    """Removes the epoch at which an earlier `fit` was resumed.

    Args:
        model: `keras.Model`.
    """
    model._initial_epoch = None


def resumed_epoch(model):
    """Returns the epoch that `keras.callbacks.BackupAndRestore` resumes at, or `None`.

    Args:
        model: `keras.Model`, after `on_train_begin` of its callbacks.
    """
    return model._initial_epoch


def write_epoch_scalars(tensor_board, step, logs):
    """Writes the logs of an epoch to TensorBoard.

    Args:
        tensor_board: `keras.callbacks.TensorBoard`, in training.
        step: Integer, the place on the axis.
        logs: Dict from names to numbers.
    """
    tensor_board._log_epoch_metrics(step, logs)


def backups_as_a_whole(callback):
    """Has a `keras.callbacks.BackupAndRestore` replace its two files, one at once.

    Keras empties the file of the epoch before it writes it: a process killed in between
    could not be resumed.

    Args:
        callback: `keras.callbacks.BackupAndRestore`.
    """
    if "_save_model" in vars(callback):
        return
    write = callback._save_model
    names = "_weights_path", "_training_metadata_path"
    paths = {name: getattr(callback, name) for name in names}
    previous = callback._prev_weights_path, callback._prev_training_metadata_path

    def write_as_a_whole():
        if callback.double_checkpoint:
            for path, copy in zip(paths.values(), previous, strict=True):
                if os.path.exists(path):
                    with replacing(copy) as beside:
                        shutil.copyfile(path, beside)
        with contextlib.ExitStack() as stack:
            # The weights take their place first: an epoch may be repeated, and is
            # never left out.
            for name in reversed(names):
                beside = stack.enter_context(replacing(paths[name]))
                setattr(callback, name, str(beside))
            try:
                write()
            finally:
                for name, path in paths.items():
                    setattr(callback, name, path)

    callback._save_model = write_as_a_whole
