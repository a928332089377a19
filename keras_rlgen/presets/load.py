import pathlib

from keras_rlgen.training.load_model import load_model

_FOLDER = pathlib.Path(__file__).parent


def names():
    """Returns the names of the presets, a sorted list.

    Example:

    >>> names()
    ['cartpole_ppo', 'digits_reinforce_gan', 'digits_vae']
    """
    return sorted(path.stem for path in _FOLDER.glob("*.keras"))


def load(name):
    """Loads a small trained model that comes with the package.

    It is compiled as it was trained, so that `fit` goes on.

    Args:
        name: String, one of `names()`: `"digits_vae"`, a `VAE` of 8 x 8 digits in
            [0, 1]; `"digits_reinforce_gan"`, a `ReinforceGAN` of them in [-1, 1];
            `"cartpole_ppo"`, a `PPO` agent that balances a pole, which needs the extra
            `agents`.

    Returns:
        The model.

    Raises:
        ValueError: If there is no such preset.

    Example:

    >>> vae = load("digits_vae")
    >>> vae.generate(4, seed=0).shape
    (4, 8, 8, 1)
    """
    return load_model(_path(name, ".keras"))


def card(name):
    """Returns the model card of a preset: what it is, its data, scores and limits.

    Args:
        name: String, one of `names()`.

    Returns:
        String, in Markdown.

    Raises:
        ValueError: If there is no such preset.

    Example:

    >>> print(card("digits_vae").splitlines()[0])
    # Digits VAE
    """
    return _path(name, ".md").read_text("utf-8")


def _path(name, ending):
    if name not in names():
        raise ValueError(
            f"Expected the name of a preset, one of {names()}. Received: {name!r}"
        )
    return _FOLDER / f"{name}{ending}"
