"""A person acts inside a model of an environment, in a terminal or in a notebook."""

from keras_rlgen.play.action_choices import ActionChoice, action_choices
from keras_rlgen.play.gymnasium_world import GymnasiumWorld
from keras_rlgen.play.notebook_play import NotebookPlay, in_notebook
from keras_rlgen.play.play_session import PlaySession
from keras_rlgen.play.tensor_world import TensorWorld
from keras_rlgen.play.terminal_play import TerminalPlay, in_terminal
from keras_rlgen.play.text_frame import text_frame

__all__ = [
    "ActionChoice",
    "GymnasiumWorld",
    "NotebookPlay",
    "PlaySession",
    "TensorWorld",
    "TerminalPlay",
    "action_choices",
    "in_notebook",
    "in_terminal",
    "text_frame",
]
