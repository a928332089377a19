import pytest

from keras_rlgen.experience import ArraySpec
from keras_rlgen.world_models.world_checks import check_counts, check_observation


def test_counts():
    check_counts(window=1)
    for value in (0, 1.5, None):
        with pytest.raises(ValueError, match="`window` to be a positive integer"):
            check_counts(window=value)


def test_observations():
    check_observation(ArraySpec((1,)))
    with pytest.raises(ValueError, match="one array of floats"):
        check_observation(ArraySpec((1,), "int32", 0, 3))
