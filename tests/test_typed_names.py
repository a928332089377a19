import keras_rlgen
from docs import typed_names


def test_they_are_those_that_the_package_has():
    names = typed_names.public_names()
    assert names == set(keras_rlgen.__all__)
    path = "keras_rlgen.rl_models.ReinforceGAN"
    assert typed_names.typed(path, names) == "rlgen.ReinforceGAN"
    path = "keras_rlgen.rewards.Contrast"
    assert typed_names.typed(path, names) == "rlgen.rewards.Contrast"
