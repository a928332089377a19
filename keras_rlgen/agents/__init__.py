"""Agents of TF-Agents on Keras 3: the only folder that imports `tf_agents`.

TF-Agents 0.19 is written for Keras 2, and everything else here for Keras 3. Import the
module from this folder, and both keep the Keras they were written for:

```python
from keras_rlgen.agents import tf_agents

network = tf_agents.networks.q_network.QNetwork(observation_spec, action_spec)
```

`keras_rlgen.agents.networks` has the networks that are Keras 3 models, and
`KerasOptimizer` lets a Keras 3 optimizer train them. `DQN` and the other agents wrap
those of TF-Agents in the methods of a Keras model:

```python
agent = keras_rlgen.agents.DQN(q_network, environment="CartPole-v1", num_environments=8)
agent.compile(optimizer=keras.optimizers.Adam(1e-3))
agent.fit(epochs=5, steps_per_epoch=1000)
```

TF-Agents is an optional dependency. It is imported on first use, not with this folder.
"""

from keras_rlgen.agents import networks
from keras_rlgen.agents.bridge.optimizer import KerasOptimizer
from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents
from keras_rlgen.lazy_names import lazy_names

_AGENTS = {
    "ActorCritic": "actor_critic",
    "CategoricalDQN": "categorical_dqn",
    "DQN": "dqn",
    "DynaQ": "dyna_q",
    "PPO": "ppo",
    "Planner": "planner",
    "Reinforce": "reinforce",
    "SAC": "sac",
    "Sarsa": "sarsa",
}
_MODULES = {
    **_AGENTS,
    "Agent": "agent",
    "EnvironmentCheck": "environment_check",
    "check_environment": "environment_check",
    "EnvironmentSpecs": "bridge.environment_specs",
    "specs_of": "drivers.specs_of",
    "ExperienceCollector": "experience_collector",
}

__all__ = ["KerasOptimizer", "import_tf_agents", "networks"]

_getattr, _dir = lazy_names(__name__, _MODULES, files=_AGENTS)


def __getattr__(name):
    return import_tf_agents() if name == "tf_agents" else _getattr(name)


def __dir__():
    return [*_dir(), "tf_agents"]
