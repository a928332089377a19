import json
import os

import keras
import numpy as np
import pytest

from keras_rlgen.models import GAN
from keras_rlgen.training.whole_saving import whole_backups
from tests.networks import LATENT_DIM, gan, generator, real_samples, values


class Stopped(Exception):
    """In the place of a kill."""


@pytest.fixture
def stop_at_replace(monkeypatch):
    """Returns a function that lets a number of renames pass, and stops the next."""

    def stop(after):
        rename, count = os.replace, iter(range(after + 1))

        def replace(source, target):
            if next(count) == after:
                raise Stopped
            rename(source, target)

        monkeypatch.setattr(os, "replace", replace)

    return stop


def test_an_interrupted_save_leaves_the_old_file(tmp_path, stop_at_replace):
    model, path = gan(), tmp_path / "gan.keras"
    model.save(path)
    before = values(model)
    model.generator.layers[0].kernel.assign_add(np.ones((2, 4)))
    stop_at_replace(after=0)
    with pytest.raises(Stopped):
        model.save(path)
    loaded = keras.saving.load_model(path)
    np.testing.assert_equal(values(loaded), before)
    assert os.listdir(tmp_path) == ["gan.keras"]


def test_an_error_while_saving_leaves_the_old_file(tmp_path, monkeypatch):
    model, path = gan(), tmp_path / "gan.weights.h5"
    model.save_weights(path)
    content = path.read_bytes()

    def fail(store):
        raise OSError("the disk is full")

    monkeypatch.setattr(model, "save_own_variables", fail)
    with pytest.raises(OSError, match="disk is full"):
        model.save_weights(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("double", [False, True])
def test_backups_of_keras_are_whole_at_any_moment(tmp_path, stop_at_replace, double):
    model, folder = gan(), tmp_path / "backup"
    model.compile(jit_compile=False)

    def backup():
        return keras.callbacks.BackupAndRestore(
            folder, delete_checkpoint=False, double_checkpoint=double
        )

    fit = {"x": real_samples(4), "verbose": 0}
    model.fit(**fit, epochs=1, callbacks=[backup()])
    # The first rename is that of the weights, in each of two nested saves.
    stop_at_replace(after=2 if not double else 4)
    with pytest.raises(Stopped):
        model.fit(**fit, epochs=2, callbacks=backup())
    metadata = json.loads((folder / "training_metadata.json").read_text())
    assert metadata["epoch"] == 1
    gan().load_weights(folder / "latest.weights.h5")


def test_other_callbacks_are_left_alone():
    stopping = keras.callbacks.EarlyStopping()
    assert whole_backups([stopping]) == [stopping]
    assert whole_backups(None) is None


@pytest.mark.parametrize("path", [None, "gan.h5", "gan"])
def test_paths_that_are_refused(tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="Expected a path that ends in '.keras'"):
        gan().save(path)
    assert not os.listdir(tmp_path)


def test_a_file_is_kept_where_asked(tmp_path):
    path = tmp_path / "gan.keras"
    gan().save(path)
    with pytest.raises(FileExistsError, match="overwrite=True"):
        gan().save(path, overwrite=False)


def test_weights_of_another_model_change_nothing(tmp_path):
    """Keras reads what fits, and then raises an error."""
    model, path = gan(), tmp_path / "other.weights.h5"
    model.compile()
    model.fit(real_samples(4), verbose=0)
    wider = keras.Sequential(
        [keras.layers.Input((2,)), keras.layers.Dense(7), keras.layers.Dense(1)]
    )
    GAN(generator(), wider, LATENT_DIM).save_weights(path)
    before = values(model), values(model.optimizer)
    with pytest.raises(ValueError, match="the weights are those before") as raised:
        model.load_weights(path)
    assert "weights of this `GAN`, of the same architecture" in str(raised.value)
    np.testing.assert_equal((values(model), values(model.optimizer)), before)


@pytest.mark.parametrize("content", [b"", b"text", os.urandom(200)])
def test_files_that_hold_no_weights(tmp_path, content):
    path = tmp_path / "gan.weights.h5"
    path.write_bytes(content)
    model = gan()
    before = values(model)
    with pytest.raises(ValueError, match="Expected .* to hold the weights"):
        model.load_weights(path)
    np.testing.assert_equal(values(model), before)


def test_paths_of_weights():
    with pytest.raises(FileNotFoundError, match="There is no file 'none.weights.h5'"):
        gan().load_weights("none.weights.h5")
    with pytest.raises(ValueError, match="path of a file of weights. Received: None"):
        gan().load_weights(None)
