import pytest

from keras_rlgen.planning.check_positive import check_positive


def test_check_positive():
    check_positive(count=1, other=5)
    for value in 0, -1, 1.0, "1":
        with pytest.raises(ValueError, match="`count` to be a positive integer"):
            check_positive(count=value)
