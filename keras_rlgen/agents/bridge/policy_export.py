"""Exports policies as SavedModels."""

from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents
from keras_rlgen.whole_files import replacing_saved_model

tf_agents = import_tf_agents()


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
    saver = tf_agents.policies.policy_saver.PolicySaver(policy, train_step=train_step)
    del saver.policy.distribution
    write_saver(saver, filepath)


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
