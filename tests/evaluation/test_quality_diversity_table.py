import doctest

import numpy as np
import pytest

from keras_rlgen.evaluation import QualityDiversityTable, quality_diversity_table


def table(points, higher_is_better=False):
    """Returns a table of (model, seed, temperature, quality, diversity)."""
    keys = "model", "seed", "temperature", "quality", "diversity", "distinct_2"
    rows = [dict(zip(keys, (*point, 0.5), strict=True)) for point in points]
    return QualityDiversityTable(rows, "nll_oracle", "nll", higher_is_better)


POINTS = [
    # A sweep: better and less diverse as the temperature falls.
    *(("a", seed, 1.0, 9.0 + seed, 7.0) for seed in (0, 1)),
    *(("a", seed, 0.5, 7.0 + seed, 9.0) for seed in (0, 1)),
    # Better than the line from (7, 9) to (9, 7) in the mean by 0.5.
    *(("b", seed, 1.0, 7.5 + seed, 8.0) for seed in (0, 1)),
    # Worse than it.
    *(("c", seed, 1.0, 9.5 + seed, 9.0) for seed in (0, 1)),
    # More diverse than all, and worse.
    *(("d", seed, 1.0, 12.0 + seed, 6.0) for seed in (0, 1)),
]


def test_points_and_curves():
    result = table(POINTS)
    assert result.models == ["a", "b", "c", "d"]
    assert result.point("a", 0.5) == (7.5, 9.0)
    assert result.point("a", 0.5, seed=1) == (8.0, 9.0)
    diversity, quality, temperature = result.curve("a")
    assert diversity.tolist() == [7.0, 9.0] and quality.tolist() == [9.5, 7.5]
    assert temperature.tolist() == [1.0, 0.5]


def test_the_frontier_is_an_envelope():
    result = table(POINTS)
    frontier = result.frontier("a", [6.9, 7.0, 8.0, 9.0, 20.0], seed=0)
    np.testing.assert_allclose(frontier, [np.nan, 9.0, 8.0, 7.0, 7.0])
    # A point that is worse than a more diverse one does not count.
    bent = table([("a", 0, t, q, d) for t, q, d in [(3, 5, 1), (2, 8, 2), (1, 4, 3)]])
    np.testing.assert_allclose(bent.frontier("a", [1, 2, 3]), [5.0, 5.0, 4.0])


def test_margins_at_equal_diversity():
    result = table(POINTS)
    better = result.margin("b", "a")
    assert better == {
        "margin": pytest.approx(0.5),
        "seeds": pytest.approx([0.5, 0.5]),
        "temperature": 1.0,
        "beats": True,
    }
    worse = result.margin("c", "a", temperature=1.0)
    assert worse["margin"] == pytest.approx(-2.5) and not worse["beats"]
    # At a lower temperature the baseline might be better still.
    with pytest.raises(ValueError, match="Sweep more of them"):
        result.margin("a", "b", temperature=0.5)
    with pytest.raises(ValueError, match="'d' and 'a' are equally diverse"):
        result.margin("d", "a")


def test_higher_may_be_better():
    points = [(m, s, t, -q, d) for m, s, t, q, d in POINTS]
    result = table(points, higher_is_better=True)
    assert result.margin("b", "a") == table(POINTS).margin("b", "a")
    assert result.dominated("c", 1.0) and not result.dominated("b", 1.0)


def test_dominated_points_are_marked():
    result = table(POINTS)
    marks = {name: result.dominated(name, 1.0) for name in "abcd"}
    assert marks == {"a": False, "b": False, "c": True, "d": False}
    lines = str(result).split("\n")
    assert lines[0].startswith("| model | temperature | nll_oracle | nll | distinct_2")
    assert lines[2] == (
        "| a | 1 | 9.500 (9.000 to 10.000) | 7.000 (7.000 to 7.000) | "
        "0.500 (0.500 to 0.500) |  |"
    )
    assert lines[5].startswith("| c | 1 | ") and lines[5].endswith("| yes |")


def test_unknown_names_and_temperatures():
    result = table(POINTS)
    with pytest.raises(ValueError, match=r"one of \['a', 'b', 'c', 'd'\]"):
        result.margin("a", "z")
    with pytest.raises(ValueError, match=r"one of \[1.0\]. Received: 0.3"):
        result.point("b", 0.3)


def test_the_picture(tmp_path):
    table(POINTS).write_picture(tmp_path / "frontier.png", title="oracle")
    assert (tmp_path / "frontier.png").stat().st_size > 1000


def test_examples_run():
    names = {"QualityDiversityTable": QualityDiversityTable}
    result = doctest.testmod(quality_diversity_table, extraglobs=names)
    assert result.attempted > 0 and result.failed == 0
