import sys

import pytest

from keras_rlgen import play
from keras_rlgen.environments import CartPole
from keras_rlgen.pictures import png_bytes
from keras_rlgen.play import NotebookPlay, PlaySession


def test_buttons_and_slider():
    pytest.importorskip("ipywidgets", reason="the widget is an optional extra")
    session = PlaySession(CartPole(), CartPole(), 30, action_names=["left", "right"])
    face = NotebookPlay(session)
    assert [b.description for b in face.action_buttons] == ["left", "right"]
    assert face.image.value == png_bytes(session.frame())
    before = face.image.value
    for _ in range(5):
        face.action_buttons[1].click()
    assert session.steps == 5 and face.image.value != before
    assert face.label.value == "in the model | step 5/30 | reward 1 | return 5"
    face.horizon_slider.value = 6
    assert session.horizon == 6 and "step 5/6" in face.label.value
    face.switch_button.click()
    assert session.where == "environment" and "same observation" in face.message.value
    face.reset_button.click()
    assert session.steps == 0 and face.message.value == ""


def test_the_function_returns_the_widget():
    pytest.importorskip("ipywidgets", reason="the widget is an optional extra")
    widget = play.in_notebook(CartPole(), horizon=700)
    switch, slider = widget.children[4].children[1:]
    assert switch.disabled and slider.value == slider.max == 700


def test_without_ipywidgets_the_error_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with pytest.raises(ImportError, match=r"(?s)in_terminal.*\[notebooks\]"):
        play.in_notebook(CartPole())
