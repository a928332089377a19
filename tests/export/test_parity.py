"""Everything that is exported acts with TensorFlow alone as the live model does."""

import numpy as np


def test_it_gives_what_the_live_model_gives(exported):
    _, exports = exported
    failed = {k: e for k, e in exports.errors.items() if k not in exports.wrong}
    assert not failed
    for key, expected in exports.expected.items():
        np.testing.assert_allclose(
            exports.results[key], expected, rtol=1e-4, atol=1e-5, err_msg=key
        )


def test_wrong_input_is_answered(exported):
    _, exports = exported
    assert exports.wrong.keys() <= exports.errors.keys()
    for key, expected in exports.wrong.items():
        assert expected in exports.errors[key], key
