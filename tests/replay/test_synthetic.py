import keras
import numpy as np
import pytest

from keras_rlgen.models import DynamicsNetwork, ExperienceGenerator
from keras_rlgen.replay import HeldOutRatio, Realism, Synthetic
from tests.models.experience.toys import SPECS, dynamics, network, walks


def synthetic(**kwargs):
    options = {"refit_every": 30, "refit_steps": 5, "batch_size": 8}
    return Synthetic(dynamics(), **{**options, **kwargs})


def test_fit_trains_the_generator_and_measures_its_error():
    replay = synthetic(ratio="held_out")
    assert isinstance(replay.ratio, HeldOutRatio)
    assert replay.steps_until_fit(12) == 18
    replay.fit(walks(4), walks(2, seed=1), environment_steps=33)
    assert replay.steps_until_fit(34) == 29
    error = replay.variables["last_error"].numpy()
    assert error == pytest.approx(replay.generator.error(walks(2, seed=1)))
    assert replay.ratio(0).numpy() == pytest.approx(max(0.0, 0.5 - error), abs=1e-6)
    assert np.isfinite(replay.variables["last_loss"].numpy())


def test_what_is_logged_and_saved():
    replay = synthetic()
    assert [tracker.name for tracker in replay.trackers] == [
        "synthetic_ratio",
        "model_error",
        "model_loss",
        "synthetic_rejected",
    ]
    count = len(replay.generator.variables)
    count += len(replay.generator.model.optimizer.variables)
    names = [f"generator_{i}" for i in range(count)]
    assert list(replay.variables) == [*names, "next_fit", "last_error", "last_loss"]
    assert synthetic(refit_every=None).steps_until_fit(9) is None


def test_config_round_trip():
    schedule = keras.optimizers.schedules.PolynomialDecay(1.0, 7, 0.5)
    for ratio in (0.25, "held_out", schedule):
        replay = synthetic(ratio=ratio, held_out=0.3, gate=Realism(0.4))
        config = keras.saving.serialize_keras_object(replay)
        again = keras.saving.deserialize_keras_object(config)
        assert again.refit_steps == 5 and again.held_out == 0.3
        assert again.gate.threshold == 0.4 and again.generator.compiled
        assert type(again.ratio) is type(replay.ratio)


@pytest.mark.parametrize(
    "kwargs, message",
    [
        ({"ratio": "other"}, "a schedule or 'held_out'"),
        ({"ratio": 1.5}, r"`ratio` in \[0, 1\]"),
        ({"refit_every": 0}, "`refit_every` to be a positive"),
        ({"refit_steps": 1.5}, "`refit_steps` to be a positive"),
        ({"batch_size": 0}, "`batch_size` to be a positive"),
        ({"held_out": 1.0}, r"`held_out` in \(0, 1\)"),
    ],
)
def test_arguments_out_of_their_range(kwargs, message):
    with pytest.raises(ValueError, match=message):
        synthetic(**kwargs)


def test_what_is_no_generator_or_gate():
    with pytest.raises(TypeError, match="For recorded experience use `Mixture`"):
        Synthetic(walks(2))
    with pytest.raises(TypeError, match="Expected `gate` to be a callable"):
        synthetic(gate=0.5)


def test_a_generator_that_was_not_compiled():
    with pytest.raises(ValueError, match=r"Call `generator.compile\(\)` first"):
        Synthetic(ExperienceGenerator(DynamicsNetwork(network()), SPECS))
