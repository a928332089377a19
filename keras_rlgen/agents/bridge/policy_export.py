"""Exports policies as SavedModels."""

from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents

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
    saver.save(str(filepath))
