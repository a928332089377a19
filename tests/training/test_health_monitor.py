import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.training.health_monitor import HealthMonitor

NAN = float("nan")


@pytest.fixture(params=[None, False, True], ids=["eager", "graph", "xla"])
def compiled(request):
    """Makes a function of a Python one, in each way that a step is run."""
    if request.param is None:
        return lambda function: function
    return lambda function: tf.function(function, jit_compile=request.param)


def test_an_update_waits_for_finite_terms(compiled):
    health, weight = HealthMonitor(), keras.Variable(0.0)

    @compiled
    def step(loss):
        health.guard({"loss": loss}, lambda: weight.assign_add(1.0))

    step(tf.constant([1.0, 2.0]))
    health.raise_if_faulty()
    assert float(weight) == 1.0
    for bad in (NAN, float("inf")):
        step(tf.constant([1.0, bad]))
        assert float(weight) == 1.0
        with pytest.raises(FloatingPointError, match="'loss' is not finite"):
            health.raise_if_faulty()


def test_after_a_fault_nothing_is_updated_until_it_is_raised(compiled):
    health, weight = HealthMonitor(), keras.Variable(0.0)

    @compiled
    def step(loss):
        health.guard({"loss": loss}, lambda: weight.assign_add(1.0))

    for loss in (0.0, NAN, 0.0, 0.0):
        step(tf.constant(loss))
    assert float(weight) == 1.0
    with pytest.raises(FloatingPointError):
        health.raise_if_faulty()
    health.raise_if_faulty()
    step(tf.constant(0.0))
    assert float(weight) == 2.0


def test_the_first_of_several_faults_is_raised(compiled):
    health = HealthMonitor()

    @compiled
    def step(first, second):
        health.check(ValueError("first"), first)
        health.check(ValueError("second"), second)
        health.guard({"loss": tf.constant(NAN)}, lambda: None)

    step(tf.constant(True), tf.constant(False))
    with pytest.raises(ValueError, match="second"):
        health.raise_if_faulty()
    step(tf.constant(False), tf.constant(False))
    with pytest.raises(ValueError, match="first"):
        health.raise_if_faulty()


def test_several_checks_record_the_first_that_fails(compiled):
    health, errors = HealthMonitor(), [ValueError(name) for name in "abc"]

    @compiled
    def step(*passed):
        health.check_all(errors, passed)
        return health.fault()

    for passed in ([True, True, True], [True, False, False], [False, True, False]):
        code = int(step(*map(tf.constant, passed)))
        if all(passed):
            assert code == -1
            health.raise_fault(code)
            continue
        with pytest.raises(ValueError, match="abc"[passed.index(False)]):
            health.raise_fault(code)
    assert int(health.fault()) == -1


def test_errors_of_one_message_are_kept_once():
    health = HealthMonitor()
    for _ in range(3):
        health.check(ValueError("bad"), tf.constant(True))
        health.check(TypeError("bad"), tf.constant(False))
    assert len(health._errors) == 2
    with pytest.raises(TypeError):
        health.raise_if_faulty()


def test_each_fault_raises_an_exception_of_its_own():
    health, raised = HealthMonitor(), []
    for _ in range(3):
        health.check(ValueError("bad", 7), tf.constant(False))
        with pytest.raises(ValueError) as info:
            health.raise_if_faulty()
        raised.append(info.value)
    assert len({id(error) for error in raised}) == 3
    assert all(type(e) is ValueError and e.args == ("bad", 7) for e in raised)
    assert health._errors[0].__traceback__ is None


def test_a_sound_step_writes_no_statistics_back():
    health, frozen = HealthMonitor(), keras.Variable(np.ones(2))

    @tf.function
    def step(passed):
        with health.keeping([frozen]):
            health.check(ValueError("bad"), passed)

    graph = step.get_concrete_function(tf.TensorSpec((), tf.bool)).graph
    # The one of `check`; those of the statistics are in the branch.
    assert sum("Assign" in operation.type for operation in graph.get_operations()) == 1


def test_statistics_are_given_back_after_a_fault(compiled):
    health, average = HealthMonitor(), keras.Variable(np.ones(2))

    @compiled
    def step(passed):
        with health.keeping([average]):
            average.assign(average + 1.0)
            health.check(ValueError("bad"), passed)

    step(tf.constant(True))
    np.testing.assert_array_equal(average, [2.0, 2.0])
    step(tf.constant(False))
    step(tf.constant(True))
    np.testing.assert_array_equal(average, [2.0, 2.0])
