import importlib.util

import numpy as np
import pytest
import tensorflow as tf

from recipes.finance import allocation, prices, stylised_facts
from tests.recipes.in_process import run_recipe

needs_arch = pytest.mark.skipif(
    importlib.util.find_spec("arch") is None,
    reason='needs arch: pip install ".[finance]"',
)


def random_prices(days=1200):
    random = np.random.default_rng(0)
    returns = 0.01 * random.standard_t(5, days)
    dates = np.busday_offset("2010-01-01", np.arange(days), roll="forward")
    return dates, 100.0 * np.exp(np.cumsum(returns))


def write(path, dates, closes):
    rows = [f"{date},{close}" for date, close in zip(dates, closes, strict=True)]
    path.write_text("\n".join(["Date, Close", *rows]) + "\n")
    return path


@needs_arch
def test_it_runs(tmp_path, monkeypatch, capsys):
    path = write(tmp_path / "prices.csv", *random_prices())
    flags = ["--model_epochs=1", "--agent_days=4096", "--paths=20", "--family=dynamics"]
    flags += [f"--prices={path}", "--first_test=2014-01-01"]
    monkeypatch.setattr(allocation, "HIDDEN", 4)
    run_recipe("finance_series", [*flags, f"--output={tmp_path}"], monkeypatch)
    facts = (tmp_path / "facts.txt").read_text()
    assert "excess kurtosis" in facts and "GARCH(1,1)-t" in facts
    table = (tmp_path / "performance.txt").read_text()
    assert {"agent, generated paths", "buy and hold", "cash"} <= {
        line[:24].strip() for line in table.splitlines()
    }
    assert table in capsys.readouterr().out
    for name in "paths", "autocorrelation", "wealth":
        assert (tmp_path / f"{name}.png").stat().st_size > 0


@needs_arch
def test_the_shipped_series():
    dates, closes = prices.load_prices()
    assert len(dates) == 5031 and str(dates[-1]) == "2018-12-31"
    facts = stylised_facts.stylised_facts(prices.log_returns(closes)[None])
    assert facts["excess kurtosis"] > 5.0 and facts["leverage, lags 1-10"] < -0.05


def test_prices_of_a_file(tmp_path):
    dates, closes = random_prices()
    read = prices.load_prices(write(tmp_path / "prices.csv", dates, closes))
    np.testing.assert_array_equal(read[0], dates)
    np.testing.assert_allclose(read[1], closes)
    path = write(tmp_path / "reversed.csv", dates[::-1], closes[::-1])
    with pytest.warns(UserWarning, match="begins with the newest day"):
        turned = prices.load_prices(path)
    np.testing.assert_array_equal(turned[0], dates)
    np.testing.assert_allclose(turned[1], closes)


def changed(kind):
    dates, closes = random_prices()
    if kind in ("zero", "negative", "nan"):
        closes[7] = {"zero": 0.0, "negative": -3.0, "nan": np.nan}[kind]
    elif kind == "gap":
        dates[600:] += 30
    elif kind == "twice":
        dates[7] = dates[8]
    elif kind == "order":
        dates[[7, 300]] = dates[[300, 7]]
    else:
        dates, closes = dates[:100], closes[:100]
    return dates, closes


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("zero", "Received: 0.0 on 2010-01-12, the first of 1"),
        ("negative", "Received: -3.0 on"),
        ("nan", "Received: nan on"),
        ("gap", r"nothing between 2012-04-19 and 2012-05-20 \(31 days\)"),
        ("twice", "two or more for 2010-01-13"),
        ("order", "in order. Received 2010-01-13 after 2011-02-25"),
        ("short", "at least 500 prices in the prices. Received: 100"),
    ],
)
def test_bad_prices(kind, message):
    with pytest.raises(ValueError, match=message):
        prices.checked_prices(*changed(kind))


def test_bad_files(tmp_path):
    path = tmp_path / "prices.csv"
    path.write_text("Date,Price\n2010-01-01,3\n")
    with pytest.raises(ValueError, match="columns 'date' and 'close'"):
        prices.load_prices(path)
    path.write_text("date,close\n31.12.2010,3\n")
    with pytest.raises(ValueError, match=r"line 2 of .*date='31.12.2010'"):
        prices.load_prices(path)


def test_facts_of_series_that_are_known():
    random = np.random.default_rng(0)
    normal = 0.01 * random.normal(size=(20, 4000))
    facts = {k: v.mean() for k, v in stylised_facts.stylised_facts(normal).items()}
    assert abs(facts["volatility, % a year"] - 15.87) < 0.2
    for name in list(facts)[3:]:
        assert abs(facts[name]) < 0.01, name
    assert abs(facts["excess kurtosis"]) < 0.1
    pareto = 0.01 * random.pareto(3.0, (20, 4000)) + 0.01
    assert abs(stylised_facts.tail_index(pareto).mean() - 3.0) < 0.2
    # By hand: deviations -1, 1, -1, 1.
    series = np.array([[0.0, 2.0, 0.0, 2.0]])
    found = stylised_facts.autocorrelation(series, 2)
    np.testing.assert_allclose(found, [[-0.75, 0.5]])
    # Volatility that rises after losses.
    shocks = random.normal(size=(20, 4000))
    scale = np.where(np.roll(shocks, 1, axis=1) < 0.0, 2.0, 1.0)
    assert (stylised_facts.leverage(shocks * scale, lags=1) < -0.1).all()


def test_the_market_pays_what_portfolio_returns_says():
    returns = 0.02 * np.random.default_rng(0).normal(size=(1, 70))
    market = allocation.Allocation(returns, 0.02, 0.01, 0.0, max_episode_steps=9)
    state = market.reset((0, 1), 1)
    actions, growth = np.array([4, 4, 0, 2, 1, 1, 3, 0, 4]), 0.0
    for index, action in enumerate(actions):
        state, result = market.step(state, tf.constant([action]), (0, index))
        growth += float(result.reward[0]) / allocation.PERCENT
    weights = np.array(allocation.WEIGHTS)[actions]
    simple = np.expm1(returns[0, 60:69])
    expected = allocation.portfolio_returns(weights, simple, 0.01)
    np.testing.assert_allclose(growth, np.log1p(expected).sum(), rtol=1e-4)
    assert bool(result.truncated[0]) and not bool(result.terminated[0])
    with pytest.raises(ValueError, match="more than 160 days"):
        allocation.Allocation(returns, 0.02, 0.01, 0.0, max_episode_steps=100)


def test_features_do_not_look_ahead():
    returns = 0.01 * np.random.default_rng(0).normal(size=(2, 100))
    features = allocation.features_of(returns, 0.01)
    later = returns.copy()
    later[:, 80:] += 0.1
    changed = allocation.features_of(later, 0.01)
    np.testing.assert_array_equal(features[:, :80], changed[:, :80])
    assert (features[:, 80] != changed[:, 80]).any()
