import configparser
import doctest
import inspect
import pathlib
import re

import numpy as np
import pytest

from keras_rlgen import datasets, presets
from keras_rlgen.metrics import frechet_distance

FOLDER = pathlib.Path(presets.__file__).parent


def carded(name, score):
    """Returns the model's value of a score in its card."""
    return float(re.search(rf"\| {score} \| (\S+) ", presets.card(name))[1])


def test_names_cards_and_sizes():
    assert presets.names() == ["cartpole_ppo", "digits_reinforce_gan", "digits_vae"]
    for name in presets.names():
        card = presets.card(name)
        assert "## Limits" in card and "Not measured" not in card
        assert "uncommitted" not in card
    assert sum(path.stat().st_size for path in FOLDER.glob("*.keras")) <= 2 * 2**20


def test_the_wheel_holds_them():
    setup = configparser.ConfigParser()
    setup.read(FOLDER.parents[1] / "setup.cfg")
    patterns = setup["options.package_data"]["keras_rlgen.presets"].split()
    assert patterns == ["*.keras", "*.md"]


@pytest.mark.parametrize("name", ["digits_vae", "digits_reinforce_gan"])
def test_digits_are_better_than_noise(name):
    model = presets.load(name)
    low, high = model.value_range
    _, (held_out, _) = datasets.digits()
    held_out = ((held_out + 1.0) / 2.0 * (high - low) + low).reshape(360, -1)
    samples = model.generate(360, seed=0).reshape(360, -1)
    noise = np.random.default_rng(0).uniform(low, high, samples.shape)
    distances = [frechet_distance(held_out, x) for x in (samples, noise)]
    assert distances[0] < 0.3 * distances[1]
    assert np.array_equal(
        samples, presets.load(name).generate(360, seed=0).reshape(360, -1)
    )


def test_the_likelihood_is_that_of_the_card():
    vae = presets.load("digits_vae")
    _, (held_out, _) = datasets.digits()
    nll = -np.mean(vae.log_prob((held_out + 1.0) / 2.0, seed=0))
    expected = carded("digits_vae", "negative_log_likelihood_bound")
    assert nll == pytest.approx(expected, rel=0.02)


def test_the_pole_is_balanced():
    agent = presets.load("cartpole_ppo")
    result = agent.evaluate(episodes=20, seed=2, verbose=0)
    expected = carded("cartpole_ppo", "mean_return")
    assert result["mean_return"] > 0.95 * expected > 400.0


def test_an_unknown_name():
    with pytest.raises(ValueError, match="one of .*'digits_vae'.*Received: 'mnist'"):
        presets.load("mnist")
    with pytest.raises(ValueError, match="Received: None"):
        presets.card(None)


def test_examples():
    assert doctest.testmod(inspect.getmodule(presets.names)).failed == 0
