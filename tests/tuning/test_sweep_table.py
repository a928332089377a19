import numpy as np
import pytest
from scipy import stats

from keras_rlgen.tuning import RunFolder, SweepTable


def runs(tmp_path, scores):
    made = []
    for size, values in scores.items():
        for seed, value in enumerate(values):
            run = RunFolder(tmp_path, {"size": size, "seed": seed, "rate": 0.1})
            if isinstance(value, float):
                run.execute(lambda config, folder, value=value: {"loss": value})
            elif value == "failed":
                run.fail("broken")
            made.append(run)
    return made


def test_statistics_are_those_of_scipy(tmp_path):
    values = [1.0, 2.0, 4.0, 7.0, 100.0]
    table = SweepTable(runs(tmp_path, {2: values, 8: [3.0]}), over="seed")
    assert list(table) == ["size=2", "size=8"]
    s = table["size=2"]["loss"]
    assert s["n"] == 5 and s["mean"] == pytest.approx(np.mean(values))
    half = stats.sem(values) * stats.t.ppf(0.975, 4)
    assert s["high"] - s["mean"] == pytest.approx(half)
    assert s["interquartile_mean"] == pytest.approx((2.0 + 4.0 + 7.0) / 3.0)
    assert s["interquartile_low"] < s["interquartile_mean"] < s["interquartile_high"]
    # The bootstrap anew, with other random numbers.
    random = np.random.default_rng(1)
    drawn = np.sort(random.choice(values, (20_000, 5)), axis=1)[:, 1:-1].mean(axis=1)
    low, high = np.quantile(drawn, (0.025, 0.975))
    assert s["interquartile_low"] == pytest.approx(low, abs=0.5)
    assert s["interquartile_high"] == pytest.approx(high, rel=0.1)
    one = table["size=8"]["loss"]
    assert one["mean"] == 3.0 and np.isnan(one["low"])


def test_failed_and_open_runs_are_counted(tmp_path):
    table = SweepTable(
        runs(tmp_path, {2: [1.0, 3.0, "failed"], 8: ["failed", "open"]}), over="seed"
    )
    assert table.counts["size=2"] == {"finished": 2, "failed": 1, "open": 0}
    assert table.counts["size=8"] == {"finished": 0, "failed": 1, "open": 1}
    lines = str(table).splitlines()
    assert lines[2].startswith("| size=2 | loss | 2 (") and lines[2].endswith(
        "| 2 | 1 | 0 |"
    )
    assert lines[3] == "| size=8 | - | - | - | 0 | 1 | 1 |"


def test_rows_without_what_is_the_same_in_all(tmp_path):
    made = runs(tmp_path, {2: [1.0, 3.0]})
    assert list(SweepTable(made)) == ["seed=0", "seed=1"]
    assert list(SweepTable(made, over="seed")) == ["all"]
    with pytest.raises(ValueError, match="Received: 'sede'"):
        SweepTable(made, over="sede")
