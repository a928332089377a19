"""Plays in a notebook."""

from keras_rlgen.extras import install_command
from keras_rlgen.pictures import png_bytes
from keras_rlgen.play.play_session import PlaySession

MAX_SLIDER = 500


class NotebookPlay:
    """Plays a `PlaySession` in a notebook: buttons, a picture and a slider.

    Args:
        session: `PlaySession`.

    Attributes:
        widget: The `ipywidgets.VBox` to display.
        action_buttons: List of buttons, one for each choice.
        reset_button: Button.
        switch_button: Button.
        horizon_slider: Slider of the horizon.
        image: The picture.
        label: The line of `PlaySession.status`.

    Raises:
        ImportError: If ipywidgets is not installed.
    """

    def __init__(self, session):
        widgets = _import_ipywidgets()
        self.session = session
        self.image = widgets.Image(format="png")
        self.label, self.message = widgets.Label(), widgets.Label()
        self.action_buttons = [
            self._button(widgets, choice.name, lambda _, i=index: session.act(i))
            for index, choice in enumerate(session.choices)
        ]
        self.reset_button = self._button(widgets, "reset", lambda _: session.reset())
        self.switch_button = self._button(widgets, "switch", lambda _: session.switch())
        self.switch_button.disabled = not session.can_switch
        self.horizon_slider = widgets.IntSlider(
            value=session.horizon,
            min=1,
            max=max(MAX_SLIDER, session.horizon),
            description="horizon",
        )
        self.horizon_slider.observe(self._set_horizon, names="value")
        self.widget = widgets.VBox(
            [
                self.image,
                self.label,
                self.message,
                widgets.HBox(self.action_buttons),
                widgets.HBox(
                    [self.reset_button, self.switch_button, self.horizon_slider]
                ),
            ]
        )
        self._show()

    def _button(self, widgets, name, action):
        button = widgets.Button(description=name)
        button.on_click(action)
        button.on_click(lambda _: self._show())
        return button

    def _set_horizon(self, change):
        self.session.set_horizon(change["new"])
        self._show()

    def _show(self):
        self.image.value = png_bytes(self.session.frame())
        self.label.value = self.session.status()
        self.message.value = self.session.message


def in_notebook(model, environment=None, horizon=None, **kwargs):
    """Returns a widget to play inside a model; the last line of a cell shows it.

    Args:
        model: As in `PlaySession`.
        environment: As in `PlaySession`.
        horizon: As in `PlaySession`.
        **kwargs: Further arguments of `PlaySession`.

    Returns:
        `ipywidgets.VBox`.

    Raises:
        ImportError: If ipywidgets is not installed.

    Example:

    ```python
    rlgen.play.in_notebook(world, environment="CartPole-v1", action_names=["<", ">"])
    ```
    """
    return NotebookPlay(PlaySession(model, environment, horizon, **kwargs)).widget


def _import_ipywidgets():
    try:
        import ipywidgets
    except ImportError as error:
        raise ImportError(
            "Playing in a notebook needs ipywidgets, and importing it failed: "
            f"{error}. In a terminal `play.in_terminal` does without. Install it:\n\n"
            + install_command("notebooks")
        ) from error
    return ipywidgets
