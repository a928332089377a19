import pytest

from keras_rlgen import estimators
from keras_rlgen.estimators import ScoreFunction
from keras_rlgen.rewards import FunctionReward
from keras_rlgen.rl_models.check_estimator import check_estimator
from tests.networks import closeness
from tests.rl_models.autoencoders import rl_vae, rounded


@pytest.mark.parametrize(
    "kind, arguments, message",
    [
        ("normal", {"estimator": "gumbel_softmax"}, "for categorical latents"),
        ("categorical", {"estimator": "reparameterized"}, "for normal latents"),
        (
            "normal",
            {"estimator": "reparameterized", "reward": rounded},
            "'rounded' has no gradient. Use `estimator='score_function'`",
        ),
        (
            "normal",
            {"estimator": ScoreFunction(kl="sampled"), "free_bits": 0.1},
            "Free bits need the exact KL divergence",
        ),
    ],
)
def test_what_does_not_fit_is_refused_by_compile(kind, arguments, message):
    with pytest.raises(ValueError, match=message):
        rl_vae(kind).compile(**arguments)


@pytest.mark.parametrize(
    "name, reward",
    [
        ("reparameterized", None),
        ("reparameterized", closeness),
        ("score_function", rounded),
    ],
)
def test_what_fits_passes(name, reward):
    reward = None if reward is None else FunctionReward(reward)
    check_estimator(rl_vae(), estimators.get(name), reward, free_bits=0.0)
