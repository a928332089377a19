import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents.bridge.environment_specs import EnvironmentSpecs
from keras_rlgen.agents.bridge.policy_export import check_keys, export_policy
from keras_rlgen.agents.loop.environment_terms import EnvironmentTerms
from tests.agents.toys import (
    DISCRETE,
    OBSERVATION,
    dqn_agent,
    greedy_actions,
    mlp,
    observations,
    tf_agents,
)

TERMS = EnvironmentTerms(EnvironmentSpecs(OBSERVATION, DISCRETE))
ACT_ALONE = """
import sys

for name in ("keras", "keras_rlgen", "tensorflow_probability", "tf_agents", "tf_keras"):
    sys.modules[name] = None

import numpy as np
import pytest
import tensorflow as tf

folder = sys.argv[1]
policy = tf.saved_model.load(f"{folder}/policy")
x = np.load(f"{folder}/x.npy")
outputs = policy.signatures["action"](**{
    "0/step_type": tf.zeros((len(x),), tf.int32),
    "0/reward": tf.zeros((len(x),)),
    "0/discount": tf.ones((len(x),)),
    "0/observation": tf.constant(x),
})
assert int(policy.get_train_step()) == 7
np.save(f"{folder}/actions.npy", outputs["action"])
"""


def test_it_acts_with_tensorflow_alone(tmp_path):
    agent, x = dqn_agent(mlp(4)), observations(64)
    export_policy(
        agent.policy, tmp_path / "policy", tf.Variable(7, dtype=tf.int64), TERMS
    )
    np.save(tmp_path / "x.npy", x)
    process = subprocess.run(
        [sys.executable, "-c", ACT_ALONE, tmp_path],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert process.returncode == 0, process.stderr
    actions = greedy_actions(agent, x)
    assert len(np.unique(actions)) > 1
    np.testing.assert_array_equal(np.load(tmp_path / "actions.npy"), actions)


def test_tf_agents_reads_it_with_its_specs(tmp_path):
    agent, x = dqn_agent(mlp(4)), observations(1)
    export_policy(
        agent.policy, tmp_path / "policy", tf.Variable(7, dtype=tf.int64), TERMS
    )
    policy = tf_agents.policies.py_tf_eager_policy.SavedModelPyTFEagerPolicy(
        str(tmp_path / "policy"), load_specs_from_pbtxt=True
    )
    assert policy.time_step_spec.observation.shape == (3,)
    assert (policy.action_spec.minimum, policy.action_spec.maximum) == (0, 3)
    step = tf_agents.trajectories.restart(x.numpy()[0])
    assert policy.action(step).action == greedy_actions(agent, x)[0]
    assert policy.get_train_step() == 7


@pytest.mark.parametrize(
    "keys", [["my key"], ["vue é"], ["a:b"], ["a.b", "a_b"]], ids=str
)
def test_keys_that_cannot_name_an_input(keys):
    spec = {"outer": {key: tf.TensorSpec((2,)) for key in keys}}
    with pytest.raises(ValueError, match="Rename them"):
        check_keys(spec)
    check_keys(({"a.b": tf.TensorSpec(()), "c/d": tf.TensorSpec(())},))
