"""What cannot be trained on several devices, refused with the reason and a remedy."""

import keras
import tensorflow as tf

from keras_rlgen.training.keras_internals import all_layers, takes_reduced_gradients

SCOPE = (
    "Make the networks, the model and its optimizers, and call `compile`, inside "
    "`with strategy.scope():`."
)
STRATEGIES = tf.distribute.MirroredStrategy, tf.distribute.MultiWorkerMirroredStrategy


def check_strategy(model, parts, jit_compile):
    """Raises an error if a model cannot be trained under its `tf.distribute` strategy.

    Args:
        model: `GuardedModel`, before it is compiled.
        parts: Dict from arguments of `compile` to layers or `None`, such as a reward.
        jit_compile: Argument of `compile`.

    Raises:
        ValueError: If `keras.distribution` is set, which TensorFlow ignores; if the
            strategy is of another kind than mirrored, the model or a part keeps a
            memory of one process, or something was made outside of the scope.
    """
    if keras.distribution.distribution() is not None:
        raise ValueError(
            "`keras.distribution` has no effect with TensorFlow: training would use "
            f"one device. Received: {type(keras.distribution.distribution()).__name__}."
            " Use `tf.distribute.MirroredStrategy`, and "
            "`keras.distribution.set_distribution(None)`."
        )
    strategy = model.distribute_strategy
    count = strategy.num_replicas_in_sync
    received = f"Received: {type(strategy).__name__} with {count} replicas."
    servers = tf.distribute.ParameterServerStrategy
    if isinstance(strategy, servers) or (
        count > 1 and not isinstance(strategy, STRATEGIES)
    ):
        raise ValueError(
            "Models are trained under `tf.distribute.MirroredStrategy` (the devices of "
            "one machine) or `MultiWorkerMirroredStrategy` (several machines). "
            f"{received}"
        )
    if count == 1:
        return
    if model.one_replica_because is not None:
        raise ValueError(
            f"`{type(model).__name__}` trains on one replica: "
            f"{model.one_replica_because} {received}"
        )
    for argument, part in parts.items():
        for layer in [] if part is None else all_layers(part):
            reason = getattr(layer, "one_replica_because", None)
            if reason is not None:
                raise ValueError(
                    f"`{type(layer).__name__}`, a part of `{argument}`, works on one "
                    f"replica: {reason} {received}"
                )
    if jit_compile is True:
        raise ValueError(
            "XLA cannot compile updates across replicas. Received: jit_compile=True "
            f"and {type(strategy).__name__} with {count} replicas. Use 'auto', which "
            "leaves XLA out."
        )
    if tf.distribute.get_strategy() is not strategy:
        raise ValueError(f"{received} `compile` was called outside of it. {SCOPE}")
    check_mirrored(model.variables, f"`{type(model).__name__}`")
    for argument, part in parts.items():
        if part is not None:
            check_mirrored(part.variables, f"`{argument}`")


def check_mirrored(variables, owner):
    """Raises an error if variables were made outside of a strategy's scope.

    Args:
        variables: List of Keras variables.
        owner: String, what they belong to.

    Raises:
        ValueError: If one is on a single device, and the strategy has several.
    """
    if tf.distribute.get_strategy().num_replicas_in_sync == 1:
        return
    for variable in variables:
        if not isinstance(variable.value, tf.distribute.DistributedValues):
            raise ValueError(
                f"{owner} was made outside of the strategy's scope: '{variable.path}' "
                f"is on one device. {SCOPE}"
            )


def prepare_replicated_optimizer(optimizer):
    """Has an optimizer take gradients reduced over replicas, if there are several.

    Args:
        optimizer: Built Keras optimizer.

    Raises:
        ValueError: If it accumulates gradients, or was made outside of the scope.
    """
    if tf.distribute.get_strategy().num_replicas_in_sync == 1:
        return
    name = f"`{type(optimizer).__name__}`"
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    if inner.gradient_accumulation_steps:
        raise ValueError(
            "Keras cannot accumulate gradients on several replicas. Received: "
            f"gradient_accumulation_steps={inner.gradient_accumulation_steps} of "
            f"{name}. Leave it out, and use a larger batch."
        )
    check_mirrored(optimizer.variables, name)
    takes_reduced_gradients(optimizer)
