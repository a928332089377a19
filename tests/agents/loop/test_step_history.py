import keras

from keras_rlgen.agents.loop.step_history import StepHistory


def test_a_curve_has_the_steps_at_which_its_log_existed():
    history = StepHistory()
    history.set_model(keras.Model())
    history.on_train_begin()
    history.on_epoch_end(0, {"environment_steps": 10})
    history.on_epoch_end(1, {"environment_steps": 20, "mean_return": 1.5})
    history.on_epoch_end(2, {"environment_steps": 30, "mean_return": 2.5})
    assert history.curve("mean_return") == ([20, 30], [1.5, 2.5])
    assert history.curve("environment_steps") == ([10, 20, 30], [10, 20, 30])
    assert history.curve("unknown") == ([], [])
