import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.environments import auto_reset_step
from keras_rlgen.experience import ArraySpec, Experience
from keras_rlgen.world_models import Ensemble, WorldModel
from tests.world_models.toys import SPECS, compile_world, make_world


def test_it_learns(trained, experience):
    results = trained.evaluate(experience, horizon=8)
    assert results["error"] < 0.05
    assert results["error_after_8_steps"] < 0.3
    assert results["reward_error"] < 0.05
    assert results["end_auc"] > 0.95


def test_it_is_an_environment(trained):
    state = trained.reset((0, 1), 4)
    for index in range(3):
        state, result = auto_reset_step(
            trained, state, tf.ones((4,), tf.int32), (0, index)
        )
    assert result.observation.shape == (4, 2)
    assert result.terminated.dtype == tf.bool
    starts = trained.observe(trained.reset((0, 1), 500)).numpy()
    assert np.all(trained.distance(starts) == 0.0)


def test_config_and_file(trained, experience, tmp_path):
    world = make_world(Ensemble(members=2, hidden=(8,)), horizon=7, latent_dim=5)
    copy = WorldModel.from_config(world.get_config())
    assert copy.get_config() == world.get_config()
    trained.save(tmp_path / "world.keras")
    loaded = keras.saving.load_model(tmp_path / "world.keras")
    actions = np.ones((3, 4), "int32")
    observations = experience.observations[:3]
    np.testing.assert_allclose(
        loaded.imagine(actions, observations=observations).observation,
        trained.imagine(actions, observations=observations).observation,
        rtol=1e-5,
    )
    before = loaded.evaluate(experience)["error"]
    loaded.fit(experience, steps_per_epoch=8, batch_size=16, window=2, verbose=0)
    assert loaded.evaluate(experience)["error"] != before


def test_training_is_seeded_and_logged(experience):
    histories, worlds = [], []
    for _ in range(2):
        world = compile_world(make_world(Ensemble(members=2, hidden=(8,))))
        history = world.fit(
            experience,
            validation_data=experience,
            epochs=2,
            steps_per_epoch=8,
            batch_size=16,
            window=3,
            verbose=0,
        )
        histories.append(history.history)
        worlds.append(world)
    assert histories[0] == histories[1]
    assert set(histories[0]) == {
        *("loss", "dynamics_loss", "reward_loss", "end_loss"),
        *("val_error", "val_error_after_window"),
    }
    np.testing.assert_allclose(
        histories[0]["loss"],
        np.sum([histories[0][f"{x}_loss"] for x in ("dynamics", "reward", "end")], 0),
        rtol=1e-5,
    )
    disagreement = worlds[0].disagreement([[0.0, 0.0], [30.0, 0.0]], [1, 1])
    assert disagreement[1] > disagreement[0] > 0.0


def test_images(tmp_path):
    rng = np.random.default_rng(0)
    images = rng.uniform(size=(30, 8, 8, 1)).astype("float32")
    experience = Experience(images, rng.integers(0, 2, 29), np.ones(29), [29], [False])
    specs = ArraySpec((8, 8, 1)), ArraySpec((), "int64", 0, 1)
    world = WorldModel(specs, Ensemble(members=2, hidden=(8,)), latent_dim=4, seed=0)
    world.compile(jit_compile=False, steps_per_execution=1)
    history = world.fit(
        experience, epochs=3, steps_per_epoch=8, batch_size=8, window=2, verbose=0
    ).history
    losses = history["reconstruction_loss"]
    assert losses[-1] < losses[0]
    assert world.imagine(horizon=2, count=3).observation.shape == (3, 3, 8, 8, 1)


def test_continuous_actions_eagerly():
    rng = np.random.default_rng(0)
    actions = rng.uniform(-1, 1, (20, 1)).astype("float32")
    experience = Experience(
        rng.normal(size=(21, 2)), actions, np.ones(20), [20], [False]
    )
    specs = ArraySpec((2,)), ArraySpec((1,), "float32", -1.0, 1.0)
    world = WorldModel(specs, "deterministic", hidden=(4,))
    world.compile(run_eagerly=True)
    world.fit(experience, steps_per_epoch=2, batch_size=4, window=2, verbose=0)
    assert world.imagine(horizon=2, count=3).action.shape == (3, 2, 1)


def test_faulty_weights_are_not_kept(experience):
    world = compile_world(make_world(), rate=1e38)
    with pytest.raises(FloatingPointError, match="not finite"):
        world.fit(experience, steps_per_epoch=64, batch_size=16, window=2, verbose=0)
    assert all(np.isfinite(v.numpy()).all() for v in world.trainable_variables)


@pytest.mark.parametrize(
    "specs, dynamics, error, message",
    [
        (None, "ensemble", TypeError, "attributes `observation` and `action`"),
        (SPECS, "unknown", ValueError, "Unknown dynamics"),
        (SPECS, 3, TypeError, "LatentDynamics"),
        ((ArraySpec(()), SPECS[1]), "ensemble", ValueError, "one array of floats"),
        (({"a": SPECS[0]}, SPECS[1]), "ensemble", ValueError, "one array of floats"),
        ((SPECS[0], ArraySpec((2,))), "ensemble", ValueError, "floats between bounds"),
    ],
)
def test_constructor_errors(specs, dynamics, error, message):
    with pytest.raises(error, match=message):
        WorldModel(specs, dynamics)


def test_errors_of_training(experience):
    world = make_world()
    with pytest.raises(ValueError, match="Call `compile"):
        world.fit(experience)
    world.compile(jit_compile=False)
    with pytest.raises(ValueError, match="Call `fit"):
        world.imagine()
    with pytest.raises(TypeError, match="to be an `Experience`"):
        world.fit(np.zeros((3, 2)))
    with pytest.raises(ValueError, match="`window` to be a positive integer"):
        world.fit(experience, window=0)
    other = Experience(np.zeros((3, 5)), [0, 1], [0, 0], [2], [False])
    with pytest.raises(ValueError, match="`observations` of shape"):
        world.fit(experience, validation_data=other)
    with pytest.raises(ValueError, match="has nothing to disagree"):
        world.disagreement([[0.0, 0.0]], [1])
