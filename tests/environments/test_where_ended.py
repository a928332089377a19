import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.environments import (
    CartPole,
    LatentEditing,
    PixelGeneration,
    auto_reset_step,
    next_step_reset,
)
from keras_rlgen.environments.where_ended import where_ended
from tests.environments.numbered import Numbered


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("costly", [False, True])
def test_only_what_has_ended_is_replaced(costly, jit_compile):
    continuing = {"a": tf.ones((3, 2)), "b": (tf.constant([1, 2, 3]),)}

    @tf.function(jit_compile=jit_compile)
    def replaced(ended):
        begin = lambda: {"a": tf.zeros((3, 2)), "b": (tf.constant([7, 8, 9]),)}  # noqa: E731
        return where_ended(ended, begin, continuing, costly)

    result = replaced(tf.constant([False, True, False]))
    np.testing.assert_array_equal(result["a"], [[1, 1], [0, 0], [1, 1]])
    assert result["b"][0].numpy().tolist() == [1, 8, 3]
    assert replaced(tf.constant([False] * 3))["b"][0].numpy().tolist() == [1, 2, 3]


def test_nothing_begins_where_nothing_has_ended():
    def begin():
        raise AssertionError

    continuing = tf.constant([1.0, 2.0])
    ended = tf.constant([False, False])
    assert where_ended(ended, begin, continuing, costly=True) is continuing
    with pytest.raises(AssertionError):
        where_ended(ended, begin, continuing, costly=False)


def rollout(environment, seed, steps=50, batch=3):
    """Returns all results of both ways to reset."""

    def step(carry, seeds):
        (first, _), (second, last) = carry
        action = environment.action.sample(seeds[0], batch)
        ended = last.terminated | last.truncated
        return (
            auto_reset_step(environment, first, action, seeds[1]),
            next_step_reset(environment, second, ended, action, seeds[1]),
        )

    seeds = tf.reshape(tf.random.split(seed, 2 * steps), (steps, 2, 2))
    start = environment.reset(seed, batch)
    start = environment.step(start, environment.action.sample(seed, batch), seed)
    return tf.nest.flatten(tf.scan(step, seeds, initializer=(start, start)))


def editing():
    def decode(latents):
        return tf.tanh(latents) * tf.constant([1.0, 2.0])

    return LatentEditing(decode, 2, lambda x: x[:, 0] + x[:, 1], max_episode_steps=4)


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("make", [lambda: CartPole(9), Numbered, editing])
def test_results_do_not_depend_on_what_a_reset_costs(make, jit_compile):
    results = []
    for costly in (False, True):
        environment = make()
        environment.costly_reset = costly
        compiled = tf.function(rollout, jit_compile=jit_compile)
        results.append(compiled(environment, tf.constant([3, 4])))
    for ours, expected in zip(*results, strict=True):
        if jit_compile and make is editing:  # XLA may fuse other operations.
            np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-5)
        else:
            np.testing.assert_array_equal(ours, expected)


def test_environments_say_what_a_reset_costs():
    assert not CartPole().costly_reset and editing().costly_reset
    for dense in (False, True):
        environment = PixelGeneration((2,), [0.0, 1.0], lambda x: x[:, 0], dense=dense)
        assert environment.costly_reset is dense
