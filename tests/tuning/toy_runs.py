"""Training functions that other processes import."""

import os
import pathlib
import time


def scored(config, folder):
    """A run whose score is known, and that counts how often it was made."""
    with open(folder / "calls.txt", "a") as calls:
        calls.write("x")
    if config.get("fails"):
        raise KeyError("latent_dmi")
    return {"score": 10.0 * config["size"] + config["seed"]}


def crashes(folder, name):
    """A job that ends its process at first, and then says that it was made."""
    marker = pathlib.Path(folder, name)
    if name == "crash":
        os._exit(3)
    marker.touch()
    return name


def waits(config, folder):
    """A run that waits, but for the first."""
    if config["seed"]:
        (folder / "waiting").touch()
        time.sleep(60.0)
    return {"score": float(config["seed"])}
