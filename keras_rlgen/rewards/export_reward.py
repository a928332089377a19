import keras
import tensorflow as tf

from keras_rlgen.experience import Transition
from keras_rlgen.export import write_endpoints
from keras_rlgen.training.keras_internals import all_layers


def export_reward(
    reward, filepath, samples, condition=None, format="tf_saved_model", verbose=True
):
    """Writes a reward as a SavedModel, or a LiteRT file.

    Endpoints of the loaded SavedModel, and signatures of the same names:

    - `reward(samples)`, or `reward(samples, condition)`: float32 `(batch,)`, the same
      as `reward(samples, condition)`. That of transitions takes the fields of a
      `Transition` in their order, as the agent's networks take them (one-hot for
      `Discrete` observations).
    - `terms`, of the same inputs: a dict from the names of the terms to their
      unweighted values, float32 `(batch,)`.

    A SavedModel refuses another shape, NaN and infinity, by
    `tf.errors.InvalidArgumentError`. What a reward learned is in it; it learns no more.

    Args:
        reward: A `Reward`: of a discriminator, a classifier, a likelihood, images,
            states; or composed of others.
        filepath: Folder to write; for LiteRT a file `*.tflite`.
        samples: What it scores: the model or the agent that it is compiled with, or an
            example, an array `(batch, ...)` or a `Transition` of arrays.
        condition: An example of the condition of the samples, `(batch, ...)`, if the
            reward takes one. A conditional model in `samples` has its own.
        format: `"tf_saved_model"` or `"litert"`.
        verbose: Whether to print the path and the endpoints.

    Raises:
        ValueError: If the reward, or a part of it, is a function in plain Python; or as
            `write_endpoints`, or the reward itself.

    Example:

    ```python
    gan.compile(reward=rlgen.rewards.Discriminator() + rlgen.rewards.Sharpness())
    gan.fit(images)
    gan.reward.export("reward", gan)
    tf.saved_model.load("reward").reward(images[:4])  # float32 (4,)
    ```
    """
    if not isinstance(reward, keras.Layer):
        raise TypeError(f"Expected a `Reward`. Received: {reward!r}")
    if samples is None:
        raise ValueError(
            "Expected `samples`, an example of what is scored: an array, a "
            "`Transition`, or a generative model. Received: None"
        )
    example, condition = _example(samples, condition)
    # What is found out at the first call, such as whether a function is in Python.
    reward.terms(example, condition, training=False)
    in_python = [x.name for x in all_layers(reward) if getattr(x, "numpy", False)]
    if in_python:
        raise ValueError(
            f"The reward {in_python} is a function in plain Python or NumPy, which "
            "only this process has: no file can hold it. Write it with operations of "
            "TensorFlow, such as `tf.reduce_mean`, and export it again."
        )
    named = example._asdict() if isinstance(example, Transition) else {}
    if condition is not None:
        named["condition"] = condition
    if not isinstance(example, Transition):
        named = {"samples": example, **named}
    signature = [_specs(name, value) for name, value in named.items()]

    def terms(arguments):
        given = dict(zip(named, arguments, strict=True))
        condition = given.pop("condition", None)
        samples = given["samples"] if "samples" in given else Transition(**given)
        return reward.terms(samples, condition, training=False)

    # Their arguments are named in `signature`.
    endpoints = {
        "reward": (lambda *arguments: terms(arguments)[0], signature),
        "terms": (lambda *arguments: terms(arguments)[1], signature),
    }
    write_endpoints(endpoints, filepath, format=format, verbose=verbose)


def _example(samples, condition):
    """Returns an example of samples and of their condition, nests of tensors."""
    spec = getattr(samples, "sample_spec", None)
    if spec is not None:
        if condition is None and samples.has_condition:
            condition = samples.conditions.example(1)
        return tf.zeros((1, *spec.shape[1:]), spec.dtype), condition
    specs = getattr(samples, "specs", None)
    if specs is not None:
        observation, action = (
            tf.nest.map_structure(lambda x: tf.zeros((1, *x.shape), x.dtype), spec)
            for spec in (specs.observation, specs.action)
        )
        no = tf.zeros((1,), tf.bool)
        samples = Transition(observation, action, tf.zeros((1,)), observation, no)
        return samples, condition
    samples, condition = tf.nest.map_structure(
        lambda x: None if x is None else _as_tensor(x), (samples, condition)
    )
    return samples, condition


def _as_tensor(values):
    tensor = tf.convert_to_tensor(values)
    return tf.cast(tensor, tf.float32) if tensor.dtype.is_floating else tensor


def _specs(name, example):
    """Returns the specs of a nest, named by their paths."""
    specs = [
        tf.TensorSpec((None, *x.shape[1:]), x.dtype, "/".join(map(str, (name, *path))))
        for path, x in keras.tree.flatten_with_path(example)
    ]
    return keras.tree.pack_sequence_as(example, specs)
