import doctest

import numpy as np

from keras_rlgen.evaluation import EvaluationTable, evaluation_table


def test_examples_in_docstrings_run():
    result = doctest.testmod(evaluation_table)
    assert result.attempted > 0 and result.failed == 0


def test_rows_have_a_dash_where_real_samples_have_no_score():
    table = EvaluationTable({"recall": 0.5, "my_score": 2.0}, real={"recall": np.nan})
    assert table.rows() == [
        ("recall", "0.5000", "-", "1"),
        ("my_score", "2.0000", "-", ""),
    ]
    assert len(set(map(len, str(table).splitlines()))) == 1
