"""Writes pixels as image files."""

import io


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
    images[0].save(
        path, save_all=True, append_images=images[1:], duration=durations, loop=0
    )
