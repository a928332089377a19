import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents.networks import (
    CategoricalNetwork,
    NormalNetwork,
    QNetwork,
    ValueNetwork,
)
from keras_rlgen.agents.networks.carried_state import carried_state_spec
from tests.agents.toys import (
    CONTINUOUS,
    DISCRETE,
    OBSERVATION,
    StepType,
    mlp,
    observations,
    recurrent,
    trajectories,
)

layers = keras.layers
NETWORKS = {
    "categorical": lambda model: CategoricalNetwork(model(4), OBSERVATION, DISCRETE),
    "normal": lambda model: NormalNetwork(model(4), OBSERVATION, CONTINUOUS),
    "value": lambda model: ValueNetwork(model(1), OBSERVATION),
}


def as_array(answer):
    if tf.is_tensor(answer):
        return answer.numpy()
    return answer.log_prob(answer.mode()).numpy()


@pytest.mark.parametrize("name", NETWORKS)
def test_a_sequence_is_as_many_steps(name):
    network = NETWORKS[name](recurrent)
    assert network.state_spec == (tf.TensorSpec((8,)),)
    x = observations(batch=5, time=6)
    step_type = np.full((5, 6), StepType.MID, np.int32)
    step_type[0, 3] = step_type[1, 0] = StepType.FIRST
    start = (tf.random.stateless_normal((5, 8), (0, 1)),)
    answer, end = network(x, tf.constant(step_type), start)
    answers, state = [], start
    for time in range(6):
        # The state does not reach into another episode.
        state = (tf.where(step_type[:, time, None] == StepType.FIRST, 0.0, state[0]),)
        one, state = network(x[:, time], step_type[:, time], state)
        answers.append(as_array(one))
    np.testing.assert_allclose(as_array(answer), np.stack(answers, axis=1), rtol=1e-5)
    np.testing.assert_allclose(end[0], state[0], rtol=1e-5)
    assert np.abs(np.diff(answers[0])).max() > 1e-3


def test_the_state_is_reset_where_an_episode_begins():
    network = NETWORKS["value"](recurrent)
    x = observations(batch=2)
    state = (tf.ones((2, 8)),)
    first, mid = (
        network(x, tf.fill((2,), step_type), state)[0]
        for step_type in (StepType.FIRST, StepType.MID)
    )
    from_zero, _ = network(x, tf.fill((2,), StepType.MID), (tf.zeros((2, 8)),))
    np.testing.assert_array_equal(first, from_zero)
    assert np.all(first != mid)
    np.testing.assert_array_equal(network(x)[0], from_zero)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_gradients_go_back_in_time(jit_compile):
    network = NETWORKS["value"](recurrent)

    @tf.function(autograph=False, jit_compile=jit_compile)
    def slope(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            values, _ = network(x, tf.fill((2, 4), StepType.MID))
            last = values[:, -1]
        return tape.gradient(last, x)

    gradient = slope(observations(batch=2, time=4)).numpy()
    assert np.all(np.abs(gradient).max(axis=(0, 2)) > 0.0)


def test_models_without_a_state():
    x, state = layers.Input((3,)), layers.Input((8,))
    hidden = layers.Dense(8)(layers.Concatenate()([x, state]))
    models = [
        mlp(2),
        keras.Model([x, state], hidden),
        keras.Model([x, state], [hidden, layers.Dense(7)(hidden)]),
        keras.Model(x, [layers.Dense(2)(x), layers.Dense(1)(x)]),
        "no model",
    ]
    assert [carried_state_spec(model) for model in models] == [()] * 5
    lstm = layers.LSTMCell(8)
    cell = layers.Input((8,))
    output, states = lstm(x, [state, cell])
    model = keras.Model([x, state, cell], [output, *states])
    assert carried_state_spec(model) == (tf.TensorSpec((8,)),) * 2


def test_networks_of_values_of_actions_carry_none():
    with pytest.raises((TypeError, ValueError)):
        QNetwork(recurrent(4), OBSERVATION, DISCRETE)


def test_observations_that_are_a_dict():
    inputs = {"place": layers.Input((3,)), "speed": layers.Input((2,))}
    state = layers.Input((8,))
    x = layers.Concatenate()([inputs["place"], inputs["speed"]])
    hidden, states = layers.GRUCell(8)(x, [state])
    model = keras.Model([inputs, state], [layers.Dense(1)(hidden), *states])
    spec = {"place": tf.TensorSpec((3,)), "speed": tf.TensorSpec((2,))}
    network = ValueNetwork(model, spec)
    x = {"place": tf.ones((4, 5, 3)), "speed": tf.ones((4, 5, 2))}
    step_type = trajectories.restart(x, (4, 5)).step_type
    values, (end,) = network(x, step_type)
    assert values.shape == (4, 5) and end.shape == (4, 8)
