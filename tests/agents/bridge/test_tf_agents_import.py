"""TF-Agents is imported on Keras 2, and `tf.keras` stays Keras 3.

What counts is the order of imports, so each case is a Python process of its own.
"""

import subprocess
import sys
import textwrap


def run(program):
    """Runs `program` in a fresh Python, and shows its errors if it fails."""
    process = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert process.returncode == 0, process.stderr
    return process


def test_tensorflow_before_and_an_agent_that_trains():
    run(
        """
        import sys
        import numpy as np
        import tensorflow as tf
        from tensorflow.keras import layers

        dense = tf.keras.layers.Dense
        assert tf.keras.__version__.startswith("3.")
        before = {n: m for n, m in sys.modules.items() if n.startswith("tensorflow.k")}

        from keras_rlgen.agents import import_tf_agents, tf_agents

        assert tf_agents is import_tf_agents() is sys.modules["tf_agents"]
        after = {n: m for n, m in sys.modules.items() if n.startswith("tensorflow.k")}
        assert sys.modules["tensorflow"] is tf and after == before, (before, after)
        assert tf.keras.layers.Dense is dense and layers.Dense is dense
        assert tf.compat.v2.keras.layers.Dense is dense
        assert tf.losses.mse is tf.keras.losses.mse
        import keras
        assert keras.layers.Dense is dense

        # One step of an agent whose network copies its Keras 2 layers.
        import tf_keras
        from tf_agents.agents.dqn import dqn_agent
        from tf_agents.networks import q_network
        from tf_agents.specs import array_spec, tensor_spec
        from tf_agents.trajectories import time_step, trajectory

        observation = tf.TensorSpec((4,), tf.float32)
        action = tensor_spec.BoundedTensorSpec((), tf.int32, 0, 1)
        network = q_network.QNetwork(
            observation,
            action,
            preprocessing_layers=tf_keras.layers.Dense(3),
            fc_layer_params=(5,),
        )
        agent = dqn_agent.DdqnAgent(
            time_step.time_step_spec(observation),
            action,
            q_network=network,
            optimizer=tf_keras.optimizers.legacy.Adam(0.1),
        )
        agent.initialize()
        variables = [v.numpy() for v in network.trainable_variables]
        assert len(variables) == 6
        zeros = tf.zeros((8, 2))
        experience = trajectory.Trajectory(
            step_type=tf.ones((8, 2), tf.int32),
            observation=tf.random.stateless_normal((8, 2, 4), (0, 1)),
            action=tf.zeros((8, 2), tf.int32),
            policy_info=(),
            next_step_type=tf.ones((8, 2), tf.int32),
            reward=zeros + 1,
            discount=zeros + 1,
        )
        loss = agent.train(experience).loss
        assert np.isfinite(loss) and agent.train_step_counter == 1
        assert any(
            np.any(old != new)
            for old, new in zip(variables, network.trainable_variables, strict=True)
        )
        """
    )


def test_tensorflow_after_and_every_submodule():
    process = run(
        """
        import importlib
        import sys
        import threading
        import keras_rlgen.agents as agents

        assert "tf_agents" not in sys.modules
        assert "tf_agents" in dir(agents)
        try:
            agents.no_such_name
        except AttributeError as error:
            assert "no_such_name" in str(error)

        found = []
        threads = [
            threading.Thread(target=lambda: found.append(agents.tf_agents))
            for _ in range(3)
        ]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        assert len(found) == 3 and len(set(found)) == 1, found

        import tensorflow as tf
        from tensorflow.keras import layers
        import tf_keras
        assert not hasattr(tf, "_module")
        assert tf.keras.__version__.startswith("3.")
        assert layers.Layer is tf.keras.layers.Layer
        assert not issubclass(layers.Layer, tf_keras.layers.Layer)

        loaded = set(sys.modules)
        for name in (
            "agents agents.categorical_dqn agents.ddpg agents.dqn agents.ppo.ppo_policy"
            " agents.reinforce agents.sac.tanh_normal_projection_network agents.td3"
            " bandits.agents bandits.replay_buffers distributions drivers.tf_driver"
            " environments.tf_wrappers environments.suite_gym eval keras_layers"
            " metrics.tf_metrics networks.sequential policies.policy_loader"
            " policies.py_epsilon_greedy_policy replay_buffers.episodic_replay_buffer"
            " specs.tensor_spec train.learner train.ppo_learner"
            " train.utils.strategy_utils trajectories utils.xla"
        ).split():
            importlib.import_module(f"tf_agents.{name}")
        late = {name for name in set(sys.modules) - loaded if "tf_agents" in name}
        assert not late, late

        # All of TF-Agents has Keras 2, and nobody else does.
        for name, module in list(sys.modules.items()):
            held = list(getattr(module, "__dict__", {}).values())
            if any(type(value).__name__ == "_StandIn" for value in held):
                assert name.startswith("tf_agents."), name
            if name.startswith("tf_agents."):
                assert getattr(module, "tf", None) is not tf, name
        """
    )
    assert "Gym has been unmaintained" not in process.stderr


def test_missing_or_imported_in_another_way():
    run(
        """
        import sys
        import tensorflow as tf

        sys.modules["tf_agents"] = None
        from keras_rlgen.agents import import_tf_agents

        try:
            import_tf_agents()
        except ImportError as error:
            lines = str(error).splitlines()
            assert "pip install --no-deps tf-agents==0.19.0" in lines, lines
        else:
            raise AssertionError("expected an ImportError")
        assert sys.modules["tensorflow"] is tf
        assert tf.keras.__version__.startswith("3.")
        assert sys.modules["tf_agents"] is None

        # A package that TF-Agents needs fails half-way: nothing half-made is left.
        del sys.modules["tf_agents"]
        sys.modules["gin"] = None
        try:
            import_tf_agents()
        except ImportError as error:
            assert "gin" in str(error) and "[agents]" in str(error)
        else:
            raise AssertionError("expected an ImportError")
        assert sys.modules["tensorflow"] is tf
        assert not [name for name in sys.modules if name.startswith("tf_agents")]

        # Imported by itself, TF-Agents has taken Keras 3 for Keras 2.
        del sys.modules["gin"]
        import tf_agents
        try:
            import_tf_agents()
        except ImportError as error:
            assert "imported before `keras_rlgen.agents`" in str(error), error
        else:
            raise AssertionError("expected an ImportError")
        """
    )
