import doctest

from keras_rlgen import rewards


def test_examples_in_docstrings_run():
    result = doctest.testmod(rewards)
    assert result.attempted > 0 and result.failed == 0
