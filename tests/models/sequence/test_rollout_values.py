import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.models import RecurrentBackbone, SequenceGenerator, TransformerBackbone
from keras_rlgen.models.sequence.rollout_values import rollout_values


def reward_of(tokens):
    """A reward that depends on all tokens, and on their order."""
    weights = tf.constant([1.0, 3.0, 9.0])
    return tf.reduce_sum(tf.cast(tokens, tf.float32) * weights, axis=1)


def exact_values(model, tokens, end_token=None):
    """Enumerates all completions of each prefix, and weights them."""
    vocabulary, length = model.vocabulary_size, model.length
    values = np.zeros(tokens.shape)
    for row, sequence in enumerate(tokens):
        for step in range(length):
            prefix = sequence[: step + 1]
            rest = itertools.product(range(vocabulary), repeat=length - step - 1)
            every = np.int32([[*prefix, *tokens_after] for tokens_after in rest])
            if end_token is not None:
                ended = np.cumsum(every == end_token, axis=1) > 0
                every = np.unique(np.where(ended, end_token, every), axis=0)
            log_probs = model.step_log_probs(every).numpy()[:, step + 1 :].sum(axis=1)
            values[row, step] = np.sum(np.exp(log_probs) * reward_of(every).numpy())
    return values


@pytest.mark.parametrize("kind", ["recurrent", "transformer", "with an end token"])
def test_values_equal_the_enumeration_of_all_completions(kind):
    keras.utils.set_random_seed(1)
    end_token = 0 if kind == "with an end token" else None
    backbone = RecurrentBackbone(3, units=4)
    if kind == "transformer":
        backbone = TransformerBackbone(3, 3, width=4, num_layers=1, num_heads=1)
    else:
        backbone.set_weights([3.0 * w for w in backbone.get_weights()])
    model = SequenceGenerator(backbone, length=3, end_token=end_token, seed=0)
    tokens = np.int32([[1, 2, 1], [2, 0, 0]])
    rewards = reward_of(tokens)
    values = tf.function(rollout_values, autograph=False)(
        backbone,
        model.context(2),
        tf.constant(tokens),
        rewards,
        reward_of,
        num_rollouts=4000,
        key=tf.constant([0, 1]),
        end_token=end_token,
    )
    expected = exact_values(model, tokens, end_token)
    np.testing.assert_allclose(values, expected, atol=0.25)
    np.testing.assert_array_equal(values[:, -1], rewards)
    # The check would notice axes in the wrong order.
    assert np.abs(expected[0] - expected[1]).max() > 1.0
