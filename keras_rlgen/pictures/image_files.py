"""Writes pixels as image files."""

import io

from keras_rlgen.whole_files import write_bytes


def png_bytes(pixels):
    """Encodes a uint8 array `(height, width, 3)` as a PNG file, in bytes."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG")
    return buffer.getvalue()


def write_animation(path, frames, seconds_per_frame=0.4):
    """Writes frames, uint8 arrays of one shape, as a looping GIF."""
    from PIL import Image

    images = [Image.fromarray(frame) for frame in frames]
    durations = [int(1000 * seconds_per_frame)] * len(images)
    durations[-1] *= 4
    buffer = io.BytesIO()
    options = {"append_images": images[1:], "duration": durations, "loop": 0}
    images[0].save(buffer, format="GIF", save_all=True, **options)
    write_bytes(path, buffer.getvalue())
