"""Plays in a terminal."""

import contextlib
import string
import sys

import numpy as np

from keras_rlgen.play.play_session import PlaySession
from keras_rlgen.play.text_frame import text_frame

CLEAR = "\x1b[H\x1b[J"
ACTION_KEYS = "123456789"
RESET, SWITCH, LONGER, SHORTER, HELP, QUIT = "r", "s", "+", "-", "h", "q"
COMMANDS = RESET + SWITCH + HELP + QUIT
ARROWS = {"D": -1, "C": 1}  # ESC [ D is left, ESC [ C is right.


class TerminalPlay:
    """Plays a `PlaySession` in a terminal: keys act, characters draw.

    Digits choose the actions in their order, letters those after the ninth; the left
    and the right arrow the first and the last. The other keys are those of `help_text`.
    Keys are read one at a time where `stdin` is a terminal, and by lines elsewhere.

    Args:
        session: `PlaySession`.
        stdin: Text file to read keys from.
        stdout: Text file to draw on; the screen is cleared where it is a terminal.
        width: Integer, characters in a line of the picture.
    """

    def __init__(self, session, stdin=None, stdout=None, width=64):
        self.session = session
        self.stdin = sys.stdin if stdin is None else stdin
        self.stdout = sys.stdout if stdout is None else stdout
        self.width = width
        letters = [x for x in string.ascii_lowercase if x not in COMMANDS]
        self.keys = dict(
            zip([*ACTION_KEYS, *letters], range(len(session.choices)), strict=False)
        )

    def help_text(self):
        """Returns the keys and what they do, a string."""
        choices = self.session.choices
        names = [f"{key} {choices[index].name}" for key, index in self.keys.items()]
        rest = f"{RESET} reset  {LONGER}/{SHORTER} horizon  {QUIT} quit"
        if self.session.can_switch:
            rest = f"{SWITCH} switch  {rest}"
        return f"actions: {'  '.join(names)}\n{rest}"

    def run(self):
        """Plays until `q`, or the end of the input."""
        with _single_keys(self.stdin):
            self._show()
            while (key := self._key()) not in ("", QUIT):
                if self.press(key):
                    self._show()
        self.stdout.write("\n")

    def press(self, key):
        """Does what a key says.

        Args:
            key: A character, or the three of an arrow key.

        Returns:
            Whether it is a key of the game.
        """
        session = self.session
        if key in self.keys:
            session.act(self.keys[key])
        elif len(key) == 3 and key[-1] in ARROWS:
            session.act(0 if ARROWS[key[-1]] < 0 else len(session.choices) - 1)
        elif key == RESET:
            session.reset()
        elif key == SWITCH and session.can_switch:
            session.switch()
        elif key in (LONGER, SHORTER):
            factor = 2.0 if key == LONGER else 0.5
            session.set_horizon(max(1, int(factor * session.horizon)))
            session.message = f"Horizon: {session.horizon} steps."
        elif key != HELP:
            return False
        return True

    def _key(self):
        key = self.stdin.read(1)
        if key == "\x1b":
            key += self.stdin.read(2)
        return key

    def _show(self):
        session = self.session
        lines = text_frame(session.frame(), self.width)
        numbers = np.asarray(session.observation).ravel()[:8]
        observation = np.array2string(numbers, precision=3, suppress_small=True)
        lines += [session.status(), observation, session.message, self.help_text()]
        start = CLEAR if self.stdout.isatty() else ""
        self.stdout.write(start + "\n".join(lines) + "\n")
        self.stdout.flush()


def in_terminal(model, environment=None, horizon=None, **kwargs):
    """Plays inside a model in the terminal, until the key `q`.

    Args:
        model: As in `PlaySession`.
        environment: As in `PlaySession`.
        horizon: As in `PlaySession`.
        **kwargs: Further arguments of `PlaySession`.

    Returns:
        The `PlaySession`.

    Example:

    ```python
    rlgen.play.in_terminal(world, environment="CartPole-v1")
    ```
    """
    session = PlaySession(model, environment, horizon, **kwargs)
    TerminalPlay(session).run()
    return session


@contextlib.contextmanager
def _single_keys(stdin):
    """Lets keys of a terminal be read without Enter, where the system can."""
    try:
        import termios
        import tty

        if not stdin.isatty():
            raise ImportError
        before = termios.tcgetattr(stdin)
    except ImportError:
        yield
        return
    try:
        tty.setcbreak(stdin)
        yield
    finally:
        termios.tcsetattr(stdin, termios.TCSADRAIN, before)
