import doctest

import keras
import numpy as np
import pytest

from keras_rlgen.rl_models import AdaptiveKL, FixedKL
from keras_rlgen.rl_models.algorithms import adaptive_kl


def test_the_weight_moves_as_in_the_paper():
    """Section 2.2, with `K = 0.1`, transcribed."""
    divergences = np.random.default_rng(0).gamma(2.0, 2.0, size=30)
    kl, weight = AdaptiveKL(target=4.0, weight=0.5, rate=0.1), 0.5
    for divergence in divergences:
        kl.update(np.float32(divergence))
        error = np.clip((divergence - 4.0) / 4.0, -0.2, 0.2)
        weight *= 1.0 + 0.1 * error
        assert float(kl.value()) == pytest.approx(weight, rel=1e-4)
    assert weight != pytest.approx(0.5, rel=0.01)


def test_a_fixed_weight_stays():
    kl = FixedKL(0.3)
    kl.update(np.float32(100.0))
    assert float(kl.value()) == pytest.approx(0.3)


def test_examples_in_docstrings_run():
    result = doctest.testmod(adaptive_kl, extraglobs={"keras": keras})
    assert result.attempted > 0 and result.failed == 0
