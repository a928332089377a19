"""Exports policies as SavedModels."""

import contextlib
import re

import tensorflow as tf
from absl import logging

from keras_rlgen.agents.bridge.act_endpoint import ActEndpoint
from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents
from keras_rlgen.export import check_format, write_litert
from keras_rlgen.whole_files import replacing_saved_model

tf_agents = import_tf_agents()
KEY = re.compile(r"[A-Za-z0-9_./-]+")


def export_policy(
    policy, filepath, train_step, terms, batch_size=None, format="tf_saved_model"
):
    """Writes a policy as a SavedModel that TensorFlow alone can load.

    `tf.saved_model.load(path).act(observation)`, and the signature `"act"`, take
    observations as the environment gives them, in a batch, and return its actions: a
    `Discrete` space has integers. They refuse other shapes, NaN and integers outside of
    the space by `tf.errors.InvalidArgumentError`. A policy with a state, such as a
    planner with a plan, starts with `get_initial_state(batch_size)`, takes it as
    `act(observation, state)`, and returns the action and the next state.

    Beside it, the SavedModel is that of TF-Agents' `PolicySaver`, in the terms of the
    networks, with the specs of observations and actions beside it:
    `action(time_step)`, its signature `"action"` with flat inputs, and
    `SavedModelPyTFEagerPolicy` of TF-Agents. It lacks `distribution`, whose outputs are
    not plain tensors.

    A LiteRT file has `act` alone, and checks no values.

    Args:
        policy: `TFPolicy`.
        filepath: Folder to write; for LiteRT a file `*.tflite`.
        train_step: `tf.Variable`, the number of updates, which is saved with it.
        terms: `EnvironmentTerms` of the policy's environment.
        batch_size: Integer, the only number of observations; by default any.
        format: `"tf_saved_model"` or `"litert"`.

    Raises:
        ValueError: As `check_keys` and `keras_rlgen.export.write_endpoints`.
    """
    check_format(format)
    check_keys(policy.time_step_spec.observation)
    act = ActEndpoint(policy, terms.specs, terms.spaces, batch_size)
    if format == "litert":
        write_litert({"act": (act.flat, act.signature)}, filepath, verbose=False)
        return
    with _without_warnings_of_names():
        saver = tf_agents.policies.policy_saver.PolicySaver(
            policy, batch_size, train_step=train_step
        )
    del saver.policy.distribution
    saver.policy.act = act.function()
    saver.signatures["act"] = tf.function(
        act.flat, input_signature=act.signature, autograph=False
    )
    with replacing_saved_model(filepath) as beside, _without_warnings_of_names():
        saver.save(str(beside))


@contextlib.contextmanager
def _without_warnings_of_names():
    """TF-Agents names inputs as 0/reward, and TensorFlow warns of each."""
    level = logging.get_verbosity()
    logging.set_verbosity(logging.ERROR)
    try:
        yield
    finally:
        logging.set_verbosity(level)


def check_keys(observation):
    """Raises an error if keys of observations cannot name inputs of a SavedModel.

    Args:
        observation: Nest of specs.

    Raises:
        ValueError: If a key of a dict has another character than letters and digits of
            ASCII, `_`, `.`, `-` and `/`, or two are the same but for these signs.
    """
    keys, nests = [], [observation]
    while nests:
        nest = nests.pop()
        if isinstance(nest, dict):
            wrong = [key for key in nest if not KEY.fullmatch(str(key))]
            cleaned = {re.sub("[^A-Za-z0-9]", "_", str(key)) for key in nest}
            if wrong or len(cleaned) < len(nest):
                keys.extend(wrong or nest)
            nests.extend(nest.values())
        elif isinstance(nest, (list, tuple)):
            nests.extend(nest)
    if keys:
        raise ValueError(
            "Expected keys of observations that can name the inputs of a SavedModel: "
            "letters and digits of ASCII, '_', '.', '-' and '/', different without "
            f"the signs. Received: {keys}. Rename them, with "
            "`gymnasium.wrappers.TransformObservation`, and train again."
        )
