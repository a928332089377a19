"""Exports policies as SavedModels."""

import re

from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents
from keras_rlgen.whole_files import replacing_saved_model

tf_agents = import_tf_agents()
KEY = re.compile(r"[A-Za-z0-9_./-]+")


def export_policy(policy, filepath, train_step):
    """Writes a policy as a SavedModel that TensorFlow alone can load.

    The SavedModel is that of TF-Agents' `PolicySaver`, with the specs of observations
    and actions beside it: `tf.saved_model.load(path).action(time_step)`, its signature
    `"action"` with flat inputs, and `SavedModelPyTFEagerPolicy` of TF-Agents. It lacks
    `distribution`, whose outputs are not plain tensors.

    Args:
        policy: `TFPolicy`.
        filepath: Folder to write.
        train_step: `tf.Variable`, the number of updates, which is saved with it.
    """
    check_keys(policy.time_step_spec.observation)
    saver = tf_agents.policies.policy_saver.PolicySaver(policy, train_step=train_step)
    del saver.policy.distribution
    write_saver(saver, filepath)


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


def write_saver(saver, filepath):
    """Writes a `PolicySaver` as a whole: a folder that is there stays until the end.

    Args:
        saver: `PolicySaver`.
        filepath: Folder to write: a new one, an empty one, or one of a SavedModel.

    Raises:
        ValueError: If it is no path, or a folder that holds something else.
    """
    with replacing_saved_model(filepath) as beside:
        saver.save(str(beside))
