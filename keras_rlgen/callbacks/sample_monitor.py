import pathlib

import keras
import numpy as np

from keras_rlgen import pictures


class SampleMonitor(keras.callbacks.Callback):
    """Draws samples of the same latents every few epochs.

    Images are drawn as a grid, points of the plane as a scatter plot; at the end of
    training all pictures are joined in `samples.gif`.

    Args:
        folder: Where `epoch_0000.png` (before training), `epoch_0001.png`, ... and
            `samples.gif` go. Created if missing.
        every: Integer, epochs between pictures; the last epoch is always drawn.
        num_samples: Integer. Defaults to 25 images or 2,500 points.
        reference: Array of real points to draw below a scatter plot.
        tensorboard: Folder of TensorBoard logs to write the pictures to as well, or
            `None`.
        seed: Integer that fixes the latents.

    Raises:
        ValueError: When training starts, if samples are neither images
            `(height, width, 1 or 3)` nor points `(2,)`.

    Example:

    ```python
    gan.fit(images, epochs=20, callbacks=[SampleMonitor("samples", every=5)])
    ```
    """

    def __init__(
        self,
        folder,
        every=1,
        num_samples=None,
        reference=None,
        tensorboard=None,
        seed=0,
    ):
        super().__init__()
        if every < 1:
            raise ValueError(f"Expected `every` >= 1. Received: every={every}")
        self.folder = pathlib.Path(folder)
        self.every = every
        self.num_samples = num_samples
        self.reference = reference
        self.tensorboard = tensorboard
        self.seed = seed
        self.frames = []
        self._writer = None

    def on_train_begin(self, logs=None):
        shape = self.model.sample_shape
        self._images = len(shape) == 3 and shape[-1] in (1, 3)
        if not self._images and shape != (2,):
            raise ValueError(
                "`SampleMonitor` draws images of shape (height, width, 1 or 3) and "
                f"points of shape (2,). The model's samples have shape {shape}."
            )
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.tensorboard is not None:
            import tensorflow as tf

            self._writer = tf.summary.create_file_writer(str(self.tensorboard))
        self.frames = []
        self._epoch = 0
        self._draw(0)

    def on_epoch_end(self, epoch, logs=None):
        self._epoch = epoch + 1
        if self._epoch % self.every == 0:
            self._draw(self._epoch)

    def on_train_end(self, logs=None):
        if self._drawn != self._epoch:
            self._draw(self._epoch)
        pictures.write_animation(self.folder / "samples.gif", self.frames)
        if self._writer is not None:
            self._writer.close()

    def _draw(self, epoch):
        count = self.num_samples or (25 if self._images else 2500)
        samples = self.model.generate(count, seed=self.seed)
        if self._images:
            pixels = pictures.image_grid(samples)
        else:
            pixels = pictures.scatter(samples, self.reference, f"epoch {epoch}")
        path = self.folder / f"epoch_{epoch:04d}.png"
        path.write_bytes(pictures.png_bytes(pixels))
        self.frames.append(pixels)
        self._drawn = epoch
        if self._writer is not None:
            import tensorflow as tf

            with self._writer.as_default(step=epoch):
                tf.summary.image("samples", pixels[np.newaxis])
