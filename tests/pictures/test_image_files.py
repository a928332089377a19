import io

import numpy as np
import PIL.Image

from keras_rlgen import pictures


def test_png_and_animation_are_read_by_pillow(tmp_path):
    frames = [np.full((6, 4, 3), level, np.uint8) for level in (0, 100, 200)]
    with PIL.Image.open(io.BytesIO(pictures.png_bytes(frames[1]))) as image:
        assert image.format == "PNG"
        np.testing.assert_array_equal(np.asarray(image), frames[1])
    path = tmp_path / "moving.gif"
    pictures.write_animation(path, frames, seconds_per_frame=0.2)
    durations = []
    with PIL.Image.open(path) as animation:
        assert animation.format == "GIF" and animation.n_frames == 3
        assert animation.info["loop"] == 0
        for index, frame in enumerate(frames):
            animation.seek(index)
            np.testing.assert_array_equal(animation.convert("RGB"), frame)
            durations.append(animation.info["duration"])
    assert durations == [200, 200, 800]
