"""Keras 3 models as the networks of TF-Agents.

Any Keras 3 model (`Sequential`, functional, or a subclass with `get_config`) becomes
what an agent of TF-Agents expects: Q-values, a distribution over actions, a value. The
weights stay in the model:

```python
from keras_rlgen.agents import tf_agents
from keras_rlgen.agents.networks import QNetwork
from keras_rlgen.agents.bridge.optimizer import KerasOptimizer

model = keras.Sequential([keras.Input((4,)), Dense(64, "relu"), Dense(2)])
agent = tf_agents.agents.dqn.dqn_agent.DdqnAgent(
    time_step_spec,
    action_spec,
    q_network=QNetwork(model, time_step_spec.observation, action_spec),
    optimizer=KerasOptimizer(keras.optimizers.Adam(1e-3), model.trainable_variables),
)
```

Networks may share layers: two functional models on one trunk make an actor and a
critic with a shared trunk.

The networks are subclasses of TF-Agents' own, so TF-Agents is imported on first use.
"""

from keras_rlgen.agents.networks.dueling_head import DuelingHead
from keras_rlgen.agents.networks.free_scale import FreeScale
from keras_rlgen.lazy_names import lazy_names

_MODULES = {
    "CategoricalNetwork": "categorical_network",
    "CategoricalQNetwork": "categorical_q_network",
    "KerasNetwork": "keras_network",
    "NormalNetwork": "normal_network",
    "QNetwork": "q_network",
    "ValueNetwork": "value_network",
}

__all__ = [
    "CategoricalNetwork",
    "CategoricalQNetwork",
    "DuelingHead",
    "FreeScale",
    "KerasNetwork",
    "NormalNetwork",
    "QNetwork",
    "ValueNetwork",
]

__getattr__, __dir__ = lazy_names(__name__, _MODULES)
