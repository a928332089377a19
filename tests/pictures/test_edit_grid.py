import io

import numpy as np
import PIL.Image
import pytest

from keras_rlgen import pictures
from keras_rlgen.pictures.edit_grid import GAP, TEXT_WIDTH
from keras_rlgen.rl_models.dqn_gan.edit_episodes import EditPaths


def samples(count=2, length=4):
    random = np.random.default_rng(0)
    return random.uniform(-1.0, 1.0, (count, length, 4, 6, 1)).astype("float32")


def test_columns_are_before_path_after():
    images = samples()
    pixels = pictures.edit_grid(images)
    cell = 12 * 7  # Four rows of pixels become 48 of the screen.
    first, path, last = (
        pixels[:, start : start + columns * cell]
        for start, columns in ((0, 1), (cell + GAP, 2), (3 * cell + 2 * GAP, 1))
    )
    for part, expected in (
        (first, images[:, 0]),
        (path, images[:, 1:3].reshape(4, 4, 6, 1)),
        (last, images[:, 3]),
    ):
        grid = pictures.image_grid(expected, len(expected) // 2, (-1.0, 1.0))
        np.testing.assert_array_equal(part, grid)
    assert (pixels[:, cell : cell + GAP] == 255).all()


def test_a_single_edit_has_no_path():
    assert pictures.edit_grid(samples(length=2)).shape == (120, 2 * (84 + GAP), 3)


def test_rewards_are_written_beside_their_rows():
    plain = pictures.edit_grid(samples())
    pixels = pictures.edit_grid(samples(), [[0.0, 0.0, 0.0], [1.0, -0.5, 1.0]])
    assert pixels.shape == (plain.shape[0], plain.shape[1] + TEXT_WIDTH, 3)
    np.testing.assert_array_equal(pixels[:, :-TEXT_WIDTH], plain)
    upper, lower = np.split(pixels[:, -TEXT_WIDTH:], 2)
    assert max(upper.min(), lower.min()) < 50
    assert (upper != lower).any()


def test_a_file_of_edits(tmp_path):
    images, rewards = samples(), np.ones((2, 3))
    edits = EditPaths(None, images, None, rewards, ())
    pictures.write_edit_grid(tmp_path / "edits.png", edits, value_range=(-2.0, 2.0))
    with PIL.Image.open(io.BytesIO((tmp_path / "edits.png").read_bytes())) as image:
        expected = pictures.edit_grid(images, rewards, (-2.0, 2.0))
        np.testing.assert_array_equal(np.asarray(image), expected)


@pytest.mark.parametrize("shape", [(2, 4, 4, 6), (2, 4, 4, 6, 2), (2, 1, 4, 6, 1)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match="Expected edited images of shape") as error:
        pictures.edit_grid(np.zeros(shape))
    assert f"Received: {shape}" in str(error.value)


def test_rewards_of_other_shapes_are_refused():
    with pytest.raises(ValueError, match=r"\(num_images, T\) = \(2, 3\).*\(2, 4\)"):
        pictures.edit_grid(samples(), np.zeros((2, 4)))
