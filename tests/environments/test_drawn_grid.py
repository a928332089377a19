import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.environments import CartPole, DrawnGrid, GridWorld, KeyDoor


def test_pictures_follow_the_grid():
    grid = GridWorld(["S.#", "..G"])
    environment = DrawnGrid(grid, size=6)
    state = environment.reset((0, 1), 1)
    for action, cell in ((1, (0, 1)), (2, (1, 1)), (1, (1, 2))):
        state, result = environment.step(state, tf.constant([action]), (0, 2))
        image = result.observation[0, :, :, 0].numpy()
        row, column = 2 * cell[0], 2 * cell[1]
        np.testing.assert_array_equal(image[row : row + 2, column : column + 2], 1.0)
        assert np.count_nonzero(image == 1.0) == 4
        assert result.reward[0] == -1.0
    assert result.terminated[0]


def test_keys_and_doors_are_gone_once_taken():
    environment = DrawnGrid(KeyDoor(["KSDG"]), size=4)
    before, after = environment.images[1, 0, :, 0], environment.images[4, 0, :, 0]
    np.testing.assert_allclose(before, [0.55, 1.0, 0.25, 0.7])
    np.testing.assert_allclose(after, [1.0, 0.0, 0.0, 0.7])


def test_config():
    environment = DrawnGrid(KeyDoor(["KSDG"], max_episode_steps=7), size=9)
    copy = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(environment)
    )
    assert copy.max_episode_steps == 7
    np.testing.assert_array_equal(copy.images, environment.images)


def test_errors():
    with pytest.raises(TypeError, match="`GridWorld` or a `KeyDoor`"):
        DrawnGrid(CartPole())
    with pytest.raises(ValueError, match="at least 4 pixels"):
        DrawnGrid(KeyDoor(["KSDG"]), size=3)
