import tensorflow as tf

from keras_rlgen.agents.loop.traced_functions import TracedFunctions


def test_each_is_made_and_traced_once_until_they_are_cleared():
    traces = []

    def add(x):
        traces.append(x)
        return x + 1

    functions = TracedFunctions()
    for _ in range(3):
        assert functions.get(add, False)(tf.constant(1)) == 2
    assert len(traces) == 1
    assert functions.get(add, True) is not functions.get(add, False)
    functions.clear()
    functions.get(add, False)(tf.constant(1))
    assert len(traces) == 2
