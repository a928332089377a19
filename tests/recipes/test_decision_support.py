import numpy as np
import pytest

import keras_rlgen as rlgen
from recipes.inventory import learning, problem
from tests.recipes.in_process import run_recipe


def test_it_runs(tmp_path, monkeypatch):
    log = problem.log_of(episodes=200, weeks=4, seed=0)
    log.save(tmp_path / "log.npz")
    monkeypatch.setattr(learning, "EPOCHS", 15)
    monkeypatch.setattr(learning, "VOTES", 2)
    flags = [f"--log={tmp_path / 'log.npz'}", "--episodes=0", "--simulations=8"]
    run_recipe("decision_support", [*flags, f"--output={tmp_path}"], monkeypatch)
    lines = (tmp_path / "table.txt").read_text().splitlines()
    assert lines[0].split()[-1] == "200"
    numbers = {line[:24].strip(): line[24:].split() for line in lines[1:]}
    regrets = {
        name: float(numbers[f"regret of {name}"][0]) for name in ("network", "log")
    }
    assert 0.0 <= regrets["network"] < regrets["log"]
    assert float(numbers["effective episodes"][0]) > 0.0
    assert (tmp_path / "policy.txt").read_text().startswith("inventory")
    assert (tmp_path / "outcomes.png").stat().st_size > 0


def test_the_tables_are_what_happens():
    transitions, rewards = problem.true_tables()
    np.testing.assert_allclose(transitions.sum(axis=2), 1.0)
    log = problem.log_of(episodes=4000, weeks=6, seed=1)
    counted, mean = learning.counted_tables(log)
    often = learning.supported(log, 400) & ~learning.supported(log, 10**6)
    np.testing.assert_allclose(counted[often], transitions[often], atol=0.1)
    np.testing.assert_allclose(mean[often], rewards[often], atol=1.5)
    policy = problem.logging_policy()
    np.testing.assert_allclose(policy.sum(axis=1), 1.0)
    expected = learning.values_in_time(transitions, rewards, policy, 6)[0]
    discounts = problem.DISCOUNT ** np.arange(6)
    found = (log.rewards.reshape(-1, 6) @ discounts).mean()
    np.testing.assert_allclose(found, expected[6, problem.START], rtol=0.02)
    outcomes = np.repeat(rewards[..., None], problem.NUM_STATES, axis=2)
    simulated = learning.simulated_returns(transitions, outcomes, policy, 6, 4000, 0)
    np.testing.assert_allclose(simulated.mean(), found, rtol=0.02)


def test_errors_of_logs():
    log = problem.log_of(episodes=2, weeks=3, seed=0)
    wrong = rlgen.Experience(
        log.observations, log.actions + 7, log.rewards, log.lengths, log.terminated
    )
    with pytest.raises(ValueError, match="actions"):
        problem.checked_log(wrong)
    uneven = rlgen.Experience(
        log.observations[:-1], log.actions[:-1], log.rewards[:-1], [3, 2], [False] * 2
    )
    with pytest.raises(ValueError, match="one length. Received lengths from 2 to 3"):
        problem.checked_log(uneven)
