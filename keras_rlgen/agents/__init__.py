"""The bridge to TF-Agents: the only folder that imports `tf_agents`.

TF-Agents 0.19 is written for Keras 2, and everything else here for Keras 3. Ask this
folder for the module, and both keep the Keras they were written for:

```python
from keras_rlgen.agents import tf_agents

network = tf_agents.networks.q_network.QNetwork(observation_spec, action_spec)
```

`keras_rlgen.agents.networks` has the networks that are Keras 3 models, and
`KerasOptimizer` lets a Keras 3 optimizer train them. `DQN` and its like are agents of
TF-Agents with the methods of a Keras model:

```python
agent = keras_rlgen.agents.DQN(q_network, environment="CartPole-v1", num_environments=8)
agent.compile(optimizer=keras.optimizers.Adam(1e-3))
agent.fit(epochs=5, steps_per_epoch=1000)
```

TF-Agents is an optional dependency. It is imported when it is first asked for, and not
when this folder is.
"""

import importlib

from keras_rlgen.agents import networks
from keras_rlgen.agents.bridge.optimizer import KerasOptimizer
from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents

# These need TF-Agents.
_MODULES = {
    "ActorCritic": "actor_critic",
    "Agent": "agent",
    "CategoricalDQN": "categorical_dqn",
    "DQN": "dqn",
    "EnvironmentSpecs": "bridge.environment_specs",
    "PPO": "ppo",
    "SAC": "sac",
    "Sarsa": "sarsa",
    "Reinforce": "reinforce",
}

__all__ = ["KerasOptimizer", "import_tf_agents", "networks"]


def __getattr__(name):
    if name == "tf_agents":
        return import_tf_agents()
    if name in _MODULES:
        return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), "tf_agents", *_MODULES])
