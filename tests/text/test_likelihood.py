import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import text
from tests.models.token_model import TokenModel, all_samples
from tests.text.texts import restored


@keras.saving.register_keras_serializable("keras_rlgen_tests")
class EndingModel(TokenModel):
    """A `TokenModel` that names its end token, as a `SequenceGenerator` does."""

    end_token = 0


def test_it_is_the_mean_log_probability_of_a_token():
    model = EndingModel(length=3, ends=True)
    model.logits.assign(np.random.default_rng(0).normal(size=(3, 3)))
    samples, mask = all_samples(model)
    reward = text.Likelihood(model)
    expected = model.log_prob(samples).numpy() / mask.sum(axis=1)
    np.testing.assert_allclose(reward(tf.constant(samples)), expected, rtol=1e-5)
    in_graph = tf.function(reward)(tf.constant(samples))
    np.testing.assert_allclose(in_graph, expected, rtol=1e-5)
    assert list(reward.terms(tf.constant(samples))[1]) == ["likelihood"]
    assert reward.metrics == []


def test_configuration():
    reward = text.Likelihood(EndingModel(length=3, ends=True), name="reference")
    again = restored(reward)
    assert again.end_token == 0 and again.vocabulary_size == 3
    again.model.logits.assign(reward.model.logits)
    samples = tf.constant([[1, 0, 0], [1, 2, 2]])
    np.testing.assert_array_equal(again(samples), reward(samples))


def test_what_does_not_fit():
    with pytest.raises(TypeError, match="method `log_prob`"):
        text.Likelihood(keras.Sequential())
    with pytest.raises(ValueError, match="another encoding"):
        text.Likelihood(TokenModel())(tf.constant([[0, 1, 2, 3]]))
