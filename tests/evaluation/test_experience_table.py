import doctest

from keras_rlgen.evaluation import ExperienceTable, experience_table


def run(steps, reached=True, values=(0.0, 10.0), updates=100):
    curve = [(100 * (i + 1), value) for i, value in enumerate(values)]
    return {"steps": steps, "reached": reached, "curve": curve, "updates": updates}


def test_statistics_of_a_row():
    table = ExperienceTable(
        {"a": [run(200), run(100, values=(12.0,)), run(300, False)]}, target=10.0
    )
    summary = table.summary("a")
    assert summary["median_steps"] == 200.0 and summary["percentile_90"] == 280.0
    assert summary["low"] == 100.0 and summary["high"] == 300.0
    assert summary["reached"] == 2.0
    # Means of the curves: 5, 10 (the target from the first evaluation on) and 5.
    assert abs(summary["mean_return"] - 20.0 / 3.0) < 1e-9
    assert abs(summary["updates_per_step"] - (0.5 + 1.0 + 0.5) / 3.0) < 1e-9


def test_it_prints_as_markdown():
    lines = str(ExperienceTable({"a": [run(2000), run(300, False)]}, 10.0)).split("\n")
    assert lines[0].startswith("| source | median steps |")
    assert lines[2].startswith("| a | > 1,150 | 300 to 2,000 | > 1,830 |")
    assert lines[2].endswith("| 1 of 2 | 5.0 | 0.5 | 2,000, > 300 |")


def test_examples():
    assert doctest.testmod(experience_table).failed == 0
