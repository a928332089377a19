import pytest

from keras_rlgen.training.compile_arguments import check_compile_arguments


@pytest.mark.parametrize(
    "options, message",
    [
        (("no", "auto", 1), "`run_eagerly` to be True"),
        ((False, "yes", 1), "`jit_compile` to be True"),
        ((False, "auto", -5), "`steps_per_execution` to be an integer >= 1"),
        ((False, "auto", "7"), "`steps_per_execution` to be an integer >= 1"),
    ],
)
def test_what_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        check_compile_arguments(*options)


def test_what_is_accepted():
    check_compile_arguments(True, False, None)
