import pytest
import tensorflow as tf

from keras_rlgen.agents.bridge.eager_functions import eager_functions


@pytest.mark.parametrize("run_eagerly", [False, True])
def test_functions_run_as_asked_and_then_as_before(run_eagerly):
    function = tf.function(lambda: tf.executing_eagerly())
    with eager_functions(run_eagerly):
        assert function() == run_eagerly
        with eager_functions(False):
            assert function() == run_eagerly
    with pytest.raises(KeyError), eager_functions(True):
        raise KeyError
    assert not function()
