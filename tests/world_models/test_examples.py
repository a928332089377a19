import doctest

import pytest

from keras_rlgen.experience import pair_of_specs
from keras_rlgen.layers import ensemble_dense
from keras_rlgen.world_models import (
    categorical_latents,
    encoded_action,
    member_batches,
    sampled_rows,
    sequences,
)


@pytest.mark.parametrize(
    "module",
    [
        categorical_latents,
        encoded_action,
        ensemble_dense,
        member_batches,
        pair_of_specs,
        sampled_rows,
        sequences,
    ],
    ids=lambda module: module.__name__,
)
def test_examples(module):
    results = doctest.testmod(module)
    assert results.attempted
    assert not results.failed
