import os
import pathlib

from keras_rlgen.extras import install_command


def minari_episodes(dataset):
    """Yields the episodes of a Minari data set, as `Experience.from_episodes` has them.

    Nothing is downloaded.

    Args:
        dataset: `minari.MinariDataset`; or the path of a data set's folder; or the name
            of one that Minari has on this machine, such as `"D4RL/door/human-v2"`.

    Raises:
        ImportError: If Minari is not installed.
        ValueError: If there is no such data set, or if it cannot be read.
    """
    try:
        import minari
    except ImportError as error:
        raise ImportError(
            "`Experience.from_minari` needs Minari. Install it:\n\n"
            + install_command("experience")
        ) from error
    name = dataset
    if isinstance(dataset, (str, os.PathLike)):
        dataset = _read_dataset(minari, name)
    if not hasattr(dataset, "iterate_episodes"):
        raise TypeError(
            "Expected a `MinariDataset`, or the path or the name of one. Received: "
            f"{name!r} of type {type(name).__name__}"
        )
    try:
        for episode in dataset.iterate_episodes():
            yield {
                "observations": episode.observations,
                "actions": episode.actions,
                "rewards": episode.rewards,
                "terminated": episode.terminations,
                "truncated": episode.truncations,
            }
    except Exception as error:  # Damage can show in any way.
        raise ValueError(
            f"Expected the data set {name!r} to hold episodes that Minari can read. "
            f"Received: {error!r}"
        ) from error


def _read_dataset(minari, name):
    folder = pathlib.Path(name)
    try:
        if (folder / "data").is_dir():
            return minari.MinariDataset(folder / "data")
        if folder.is_dir():
            return minari.MinariDataset(folder)
        return minari.load_dataset(os.fspath(name), download=False)
    except FileNotFoundError as error:
        raise ValueError(
            "Expected the folder of a Minari data set, or the name of one that is on "
            f"this machine. Received: {name!r} ({error}). To download one: "
            f"`minari download {name}`"
        ) from error
    except Exception as error:  # Damage can show in any way.
        raise ValueError(
            f"Expected {name!r} to be a data set that Minari can read. Received: "
            f"{error!r}"
        ) from error
