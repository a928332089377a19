"""Finds what a model was compiled with and could not be loaded from its file."""

import keras


def check_registered(model):
    """Raises an error if a part of a model's `compile` is not registered with Keras.

    Args:
        model: Keras model.

    Raises:
        ValueError: If it was compiled with a function or a class that is not
            registered, such as a reward. It names the line that registers it.
    """
    for config in _compile_configs(keras.saving.serialize_keras_object(model)):
        for argument, value in config.items():
            part = _unregistered(value)
            if part is not None:
                raise ValueError(_message(argument, part))


def _compile_configs(config):
    """Yields the configurations of `compile` of a model and of models inside it."""
    parts = ()
    if isinstance(config, (list, tuple)):
        parts = config
    elif isinstance(config, dict):
        if isinstance(config.get("compile_config"), dict):
            yield config["compile_config"]
        parts = config.values()
    for part in parts:
        yield from _compile_configs(part)


def _unregistered(config):
    """Returns the name of the first function or class that is not registered."""
    if isinstance(config, (list, tuple)):
        parts = config
    elif isinstance(config, dict):
        name = _name_if_unregistered(config)
        if name is not None:
            return name
        parts = config.values()
    else:
        return None
    return next((x for x in map(_unregistered, parts) if x is not None), None)


def _name_if_unregistered(config):
    kind, registered = config.get("class_name"), config.get("registered_name")
    if not isinstance(kind, str) or "config" not in config:
        return None
    if kind == "__lambda__":
        return "<lambda>"
    if kind == "function":
        name = config["config"]
        known = registered not in (None, "function") and (
            keras.saving.get_registered_object(registered) is not None
        )
        is_known = known or _in_scope(name)
        return None if is_known else str(name)
    module = config.get("module")
    if module is None or module.split(".")[0] in ("keras", "keras_rlgen", "builtins"):
        return None
    known = keras.saving.get_registered_object(registered or kind) is not None
    return None if known or _in_scope(kind) else kind


def _in_scope(name):
    return keras.saving.get_registered_object(name) is not None


def _message(argument, name):
    remedy = (
        f"Put the line `@keras.saving.register_keras_serializable('my_package')` above "
        f"the definition of `{name}`"
    )
    if "<lambda>" in name:
        remedy = (
            "Write it as a function, with the line "
            "`@keras.saving.register_keras_serializable('my_package')` above its "
            "definition"
        )
    return (
        f"A file that holds `{argument}` could not be loaded: `{name}`, with which the "
        f"model was compiled, is not registered with Keras. {remedy}, and compile "
        "again. To save the weights alone: `save_weights('model.weights.h5')`."
    )
