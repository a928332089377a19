from keras_rlgen.models.experience.error_on_held_out import ErrorOnHeldOut


class Generator:
    def error(self, experience):
        return len(experience) / 10


def test_it_logs_the_error():
    logs = {"loss": 1.0}
    ErrorOnHeldOut(Generator(), "abc").on_epoch_end(0, logs)
    assert logs == {"loss": 1.0, "val_error": 0.3}
