import io

from keras_rlgen import play
from keras_rlgen.environments import CartPole, ContinuousAction, Pendulum
from keras_rlgen.play import PlaySession, TerminalPlay


def played(keys, session, **kwargs):
    """Returns what is drawn while keys are pressed."""
    stdout = io.StringIO()
    TerminalPlay(session, io.StringIO(keys), stdout, **kwargs).run()
    return stdout.getvalue()


def test_keys_act_and_the_picture_is_drawn():
    session = PlaySession(CartPole(), CartPole(), action_names=["left", "right"])
    screen = played("12\x1b[Cx\n", session, width=40)
    assert session.steps == 3  # x is no key.
    first = screen.index("in the model | step 0/500 | return 0")
    assert first < screen.index("in the model | step 3/500 | reward 1 | return 3")
    picture = screen[:first].splitlines()
    assert len(picture) == 10 and {len(line) for line in picture} == {40}
    assert len(set("".join(picture))) > 1
    assert "actions: 1 left  2 right\ns switch  r reset  +/- horizon  q quit" in screen
    assert "\x1b[H" not in screen  # Only a terminal is cleared.


def test_commands():
    session = PlaySession(CartPole(), CartPole())
    screen = played("1s--", session)
    assert session.where == "environment" and session.horizon == 125
    assert "Goes on from the same observation." in screen
    assert "Horizon: 125 steps." in screen
    screen = played("r+hq1", session)
    assert session.steps == 0 and session.horizon == 250
    alone = PlaySession(Pendulum(), horizon=1)
    screen = played("s-\x1b[D", alone)  # There is nothing to switch to.
    assert alone.horizon == 1 and alone.ended == "horizon" and "switch" not in screen


def test_more_than_nine_choices_have_letters():
    class Wide(CartPole):
        def __init__(self):
            super().__init__()
            self.action = ContinuousAction([-1.0] * 6, [1.0] * 6)

    face = TerminalPlay(PlaySession(Wide()), io.StringIO(), io.StringIO())
    assert list(face.keys) == [*"123456789", "a", "b", "c", "d"]


def test_the_function_plays_on_standard_input(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("22q"))
    monkeypatch.setattr("sys.stdout", io.StringIO())
    session = play.in_terminal(CartPole(), horizon=9)
    assert session.steps == 2 and session.horizon == 9
