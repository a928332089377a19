"""Examples trained without XLA, which takes longer to compile than they train."""

from keras.src.trainers import trainer

from keras_rlgen.agents import Agent, Planner
from keras_rlgen.world_models import WorldModel

# The same for another process, as a cell of a notebook.
CELL = """
from keras.src.trainers import trainer
from keras_rlgen.agents import Agent, Planner
from keras_rlgen.world_models import WorldModel

trainer.model_supports_jit = lambda model: False
Agent.supports_xla = Planner.supports_xla = WorldModel.supports_xla = False
"""


def without_xla(monkeypatch):
    """Makes `jit_compile="auto"` mean that XLA is not used, of models and agents."""
    monkeypatch.setattr(trainer, "model_supports_jit", lambda model: False)
    for kind in Agent, Planner, WorldModel:
        monkeypatch.setattr(kind, "supports_xla", False)
