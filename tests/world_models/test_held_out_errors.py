import numpy as np

from keras_rlgen.world_models.held_out_errors import HeldOutErrors


def test_logs(trained, experience):
    logs = {}
    HeldOutErrors(trained, experience, horizon=3).on_epoch_end(0, logs)
    report = trained.report(experience, horizon=3, num_samples=4)
    np.testing.assert_allclose(logs["val_error"], report.error[0])
    np.testing.assert_allclose(logs["val_error_after_window"], report.error[2])
