import numpy as np
import pytest

from keras_rlgen.evaluation import token_nll
from tests.evaluation.step_model import StepModel, Trainer

LOGITS = [0.0, 1.0, 2.0]


def test_it_is_the_mean_over_tokens_before_padding():
    tokens = np.array([[1, 2, 0, 0], [2, 0, 0, 0], [1, 1, 1, 1]])
    log_probs = np.log(StepModel(LOGITS).probabilities(0.5))
    valid = [1, 2, 0, 2, 0, 1, 1, 1, 1]
    expected = -log_probs[valid].sum()
    for batch_size in (1, 2, 10):
        value = token_nll(StepModel(LOGITS), tokens, 0.5, batch_size)
        assert value == pytest.approx(expected / 9)
    assert token_nll(Trainer(StepModel(LOGITS)), tokens, 0.5) == pytest.approx(
        expected / 9
    )


def test_a_model_without_steps_is_refused():
    with pytest.raises(TypeError, match="a `SequenceGenerator`.*Received: 3"):
        token_nll(3, np.ones((2, 2), int))
