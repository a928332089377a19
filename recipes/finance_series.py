"""Daily returns of a stock index: a generative model, and an agent that invests.

    pip install ".[finance]"
    python -m recipes.finance_series
    python -m recipes.finance_series --family=vae --prices=prices.csv

1. A model of --family learns the returns up to --first_test: a conditional flow, VAE,
   GAN or dynamics network of the next five days, given two volatilities and the last
   five days. Stylised facts of its paths stand beside those of the held-out returns, of
   GARCH(1,1) with Student's t, and of a block bootstrap of the training returns: heavy
   tails, volatility clustering, no autocorrelation of returns, leverage.
2. Walk forward: for each period of --fold_years after --first_test, the model learns
   all days before it, a PPO agent learns in the model's paths how much to hold, and
   invests in the period that neither has seen, at --cost of what it trades. Beside it:
   an agent that learned from the real days alone, a volatility target, buying and
   holding, and cash without interest.

It promises no profit: one index, one history, 95% intervals wider than the differences.
Data are the daily S&P 500, 1999 to 2018, that the package `arch` ships, or --prices, a
CSV file with the columns date and close. Writes to --output: `facts.txt`,
`performance.txt`, `paths.png`, `autocorrelation.png`, `wealth.png`.
"""

import pathlib

import keras
import numpy as np
import tensorflow as tf
from absl import app, flags

import keras_rlgen as rlgen
from recipes.finance import allocation, performance, stylised_facts
from recipes.finance.prices import load_prices, log_returns
from recipes.finance.return_model import (
    FAMILIES,
    ReturnModel,
    bootstrap_paths,
    garch_paths,
)

FLAGS = flags.FLAGS
flags.DEFINE_string("prices", None, "CSV file with the columns date and close.")
flags.DEFINE_enum("family", "flow", FAMILIES, "Which generative model.")
flags.DEFINE_string("first_test", "2010-01-01", "First day that is held out.")
flags.DEFINE_integer("fold_years", 3, "Years of a period of the walk forward.")
flags.DEFINE_integer("model_epochs", 150, "Most epochs of the generative model.")
flags.DEFINE_integer("agent_days", 327_680, "Days that an agent learns from.")
flags.DEFINE_integer("paths", 100, "Generated paths for the facts, of each seed.")
flags.DEFINE_float("cost", 0.001, "Cost of a trade, as a part of its amount.")
flags.DEFINE_float("risk_aversion", 2.0, "Weight of squared returns in the reward.")
flags.DEFINE_integer("seeds", 1, "How many seeds, from 0.")
flags.DEFINE_string("output", "outputs/finance_series", "Folder to write to.")

TRAINING_PATHS, TRAINING_DAYS = 256, 1000


def folds(dates):
    """Returns pairs of the first index and the end of each held-out period."""
    start, last = np.datetime64(FLAGS.first_test), dates[-1]
    bounds = [start]
    while bounds[-1] <= last:
        bounds.append((bounds[-1].astype("M8[Y]") + FLAGS.fold_years).astype("M8[D]"))
    indices = np.searchsorted(dates, bounds)
    if indices[0] < 2 * allocation.WARM_UP + 250 or len(indices) < 2:
        raise ValueError(
            f"Expected more than a year of prices before --first_test, and some after. "
            f"Received: {FLAGS.first_test} for prices from {dates[0]} to {last}."
        )
    pairs = zip(indices[:-1], indices[1:], strict=True)
    return [(first, end) for first, end in pairs if end - first > 1]


def trained_model(returns, seed):
    model = ReturnModel(FLAGS.family, seed)
    model.fit(returns, FLAGS.model_epochs)
    return model


def invest(paths, returns, first, end, typical, seed):
    """Returns the weights, day by day, of an agent that learned from paths."""
    steps = min(250, paths.shape[1] - allocation.WARM_UP - 1)
    market = allocation.Allocation(
        paths, typical, FLAGS.cost, FLAGS.risk_aversion, steps
    )
    agent = allocation.make_agent(market, seed)
    agent.fit(steps_per_epoch=FLAGS.agent_days // agent.num_environments, verbose=0)
    seen = returns[first - allocation.WARM_UP : end]
    return allocation.weights_chosen(
        agent, seen, typical, FLAGS.cost, FLAGS.risk_aversion
    )


def walk_forward(returns, periods, models, seed):
    """Returns a dict from strategies to their weights on all held-out days."""
    chosen = {}
    for (first, end), model in zip(periods, models, strict=True):
        past, typical = returns[:first], returns[:first].std()
        paths = model.sample(TRAINING_PATHS, TRAINING_DAYS, seed)
        before = returns[first - allocation.WARM_UP : end]
        weights = {
            "agent, generated paths": invest(paths, returns, first, end, typical, seed),
            "agent, real days": invest(past[None], returns, first, end, typical, seed),
            "volatility target": allocation.volatility_target(before, typical),
            "buy and hold": np.ones(end - first),
            "cash": np.zeros(end - first),
        }
        for name, part in weights.items():
            chosen.setdefault(name, []).append(part)
        print(f"seed {seed}: invested in {end - first} days", flush=True)
    return {name: np.concatenate(parts) for name, parts in chosen.items()}


def facts_table(paths, held_out):
    """Returns lines of text: medians and 90% intervals of facts of paths."""
    real = stylised_facts.stylised_facts(held_out[None])
    columns = {
        name: stylised_facts.stylised_facts(values) for name, values in paths.items()
    }
    lines = [f"{'':36}{'real':>8}" + "".join(f"{name:>26}" for name in columns)]
    for fact, (value,) in real.items():
        cells = f"{fact:36}{value:8.3f}"
        for facts in columns.values():
            middle, low, high = stylised_facts.interval(facts[fact])
            mark = " " if low <= value <= high else "!"
            text = f"{middle:.3f} [{low:.3f}, {high:.3f}]{mark}"
            cells += f"{text:>26}"
        lines.append(cells)
    return "\n".join([*lines, "! the real value is outside of the 90% interval"])


def performance_table(portfolios):
    """Returns lines of text, of dicts from strategies to returns `(seeds, days)`."""
    names = [*performance.MEASURES, "Sharpe less that of buy and hold"]
    lines = [f"{'':24}" + "".join(f"{name:>34}" for name in names) + "  each Sharpe"]
    baseline = portfolios["buy and hold"][0]
    for strategy, seeds in portfolios.items():
        row = performance.performance(seeds.mean(axis=0), baseline)
        texts = [f"{v:.3f} [{low:.3f}, {high:.3f}]" for v, low, high in row.values()]
        each = " ".join(f"{performance.sharpe_ratio(x):.2f}" for x in seeds)
        lines.append(
            f"{strategy:24}" + "".join(f"{x:>34}" for x in texts) + "  " + each
        )
    return "\n".join(lines)


def write_pictures(output, paths, held_out, dates, portfolios):
    days = np.arange(1, len(held_out) + 1)
    bounds = np.percentile(np.cumsum(paths["model"], axis=1), [5, 25, 50, 75, 95], 0)
    curves = {
        f"model, {level}%": (days, curve)
        for level, curve in zip((5, 25, 50, 75, 95), bounds, strict=True)
    }
    curves["real"] = days, np.cumsum(held_out)
    rlgen.callbacks.write_curves(
        output / "paths.png", curves, "days", "logarithm of the price, from 0"
    )
    lags = np.arange(1, 61)
    curves = {
        name: (
            lags,
            stylised_facts.autocorrelation(np.abs(values), 60).mean(axis=0),
        )
        for name, values in {"real": held_out[None], **paths}.items()
    }
    rlgen.callbacks.write_curves(
        output / "autocorrelation.png", curves, "lag, days", "of absolute returns"
    )
    years = dates.astype("M8[D]").astype(float) / 365.25 + 1970.0
    curves = {
        name: (years, np.cumprod(1.0 + seeds.mean(axis=0)))
        for name, seeds in portfolios.items()
    }
    rlgen.callbacks.write_curves(output / "wealth.png", curves, "year", "wealth")


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    output = pathlib.Path(FLAGS.output)
    output.mkdir(parents=True, exist_ok=True)
    dates, closes = load_prices(FLAGS.prices)
    returns, dates = log_returns(closes), dates[1:]
    periods = folds(dates)
    first = periods[0][0]
    past, held_out = returns[:first], returns[first:]
    samples, portfolios = [], {}
    for seed in range(FLAGS.seeds):
        keras.utils.set_random_seed(seed)
        models = [trained_model(returns[:first], seed) for first, _ in periods]
        samples.append(models[0].sample(FLAGS.paths, len(held_out), seed))
        chosen = walk_forward(returns, periods, models, seed)
        for name, weights in chosen.items():
            gains = allocation.portfolio_returns(
                weights, np.expm1(held_out), FLAGS.cost
            )
            portfolios.setdefault(name, []).append(gains)
    portfolios = {name: np.stack(seeds) for name, seeds in portfolios.items()}
    count = FLAGS.paths * FLAGS.seeds
    paths = {
        "model": np.concatenate(samples),
        "GARCH(1,1)-t": garch_paths(past, count, len(held_out), 0),
        "block bootstrap": bootstrap_paths(past, count, len(held_out), 0),
    }
    for name, text in {
        "facts": facts_table(paths, held_out),
        "performance": performance_table(portfolios),
    }.items():
        print(f"\n{text}")
        (output / f"{name}.txt").write_text(text + "\n", "utf-8")
    write_pictures(output, paths, held_out, dates[first:], portfolios)
    print(f"written to {output}: tables and pictures")


if __name__ == "__main__":
    app.run(main)
