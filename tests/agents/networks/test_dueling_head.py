import keras
import numpy as np
import pytest

from keras_rlgen.agents.networks import DuelingHead, QNetwork
from tests.agents.toys import DISCRETE, OBSERVATION


def head_and_features():
    head = DuelingHead(4)
    features = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")
    head(features)
    return head, features


def test_values_of_the_paper():
    head, x = head_and_features()
    value = x @ head.value.kernel.numpy() + head.value.bias.numpy()
    advantage = x @ head.advantage.kernel.numpy() + head.advantage.bias.numpy()
    expected = value + advantage - advantage.mean(axis=-1, keepdims=True)
    np.testing.assert_allclose(head(x), expected, rtol=1e-5, atol=1e-6)
    # Their mean over the actions is the value of the state.
    np.testing.assert_allclose(np.mean(head(x), axis=-1), value[:, 0], rtol=1e-4)


def test_a_model_with_it_is_a_network_and_comes_back_from_a_file(tmp_path):
    model = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(8, "relu"), DuelingHead(4)]
    )
    _, x = head_and_features()
    values, _ = QNetwork(model, OBSERVATION, DISCRETE)(x)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(x), values)


@pytest.mark.parametrize("num_actions", [0, 1.5])
def test_number_of_actions(num_actions):
    with pytest.raises(ValueError, match="num_actions"):
        DuelingHead(num_actions)
