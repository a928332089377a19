"""The bridge to TF-Agents: the only folder that imports `tf_agents`.

TF-Agents 0.19 is written for Keras 2, and everything else here for Keras 3. Ask this
folder for the module, and both keep the Keras they were written for:

```python
from keras_rlgen.agents import tf_agents

network = tf_agents.networks.q_network.QNetwork(observation_spec, action_spec)
```

`keras_rlgen.agents.networks` has the networks that are Keras 3 models, and
`KerasOptimizer` lets a Keras 3 optimizer train them.

TF-Agents is an optional dependency. It is imported when it is first asked for, and not
when this folder is.
"""

from keras_rlgen.agents import networks
from keras_rlgen.agents.optimizer import KerasOptimizer
from keras_rlgen.agents.tf_agents_import import import_tf_agents

__all__ = ["KerasOptimizer", "import_tf_agents", "networks"]


def __getattr__(name):
    if name == "tf_agents":
        return import_tf_agents()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), "tf_agents"])
