import keras
import numpy as np

from keras_rlgen import pictures
from keras_rlgen.arguments import is_integer
from keras_rlgen.callbacks.check_model import check_model
from keras_rlgen.whole_files import check_writable, checked_path, write_bytes


class PictureMonitor(keras.callbacks.Callback):
    """Base class of callbacks that draw a model every few epochs.

    Subclasses implement `picture`, and `check_model` where they draw no samples.

    Args:
        folder: Where the pictures and their animation go. Created if missing.
        every: Integer, epochs between pictures; the last epoch is always drawn.
        tensorboard: Folder of TensorBoard logs to write the pictures to as well, or
            `None`.

    Attributes:
        frames: List of the pictures of the latest training, uint8 arrays.
        kind: String, what the model has to be, for an error.
        needs: Tuple of the attributes that the model has to have.
        subject: What is drawn: the name of the animation's file and in TensorBoard.

    Raises:
        ValueError: If `every` is below 1; when training starts, if samples are neither
            images `(height, width, 1 or 3)` nor points `(2,)`.
    """

    subject = "samples"
    needs = ("sample_shape", "generate")  # attributes of the model
    kind = "a generative model"

    def __init__(self, folder, every=1, tensorboard=None):
        super().__init__()
        if not is_integer(every) or every < 1:
            raise ValueError(f"Expected `every` >= 1. Received: every={every}")
        self.folder = checked_path(folder)
        if tensorboard is not None:
            tensorboard = checked_path(tensorboard)
        self.every = every
        self.tensorboard = tensorboard
        self.frames = []
        self._writer = None

    def picture(self, epoch):
        """Returns a picture of the model as it is now.

        Args:
            epoch: Integer, the number of epochs so far.

        Returns:
            Uint8 array `(height, width, 3)`, or `None` for no picture.
        """
        raise NotImplementedError

    @property
    def draws_images(self):
        """Whether samples are images, and not points."""
        return len(self.model.sample_shape) == 3

    def check_model(self):
        """Raises `ValueError` if the model cannot be drawn."""
        shape = self.model.sample_shape
        if shape != (2,) and (len(shape) != 3 or shape[-1] not in (1, 3)):
            raise ValueError(
                f"`{type(self).__name__}` draws images of shape (height, width, 1 or "
                f"3) and points of shape (2,). The model's samples have shape {shape}."
            )

    def on_train_begin(self, logs=None):
        check_model(self, self.kind, *self.needs)
        self.check_model()
        check_writable(self.folder)
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
        if self.frames:
            path = self.folder / f"{self.subject}.gif"
            pictures.write_animation(path, self.frames)
        if self._writer is not None:
            self._writer.close()

    def _draw(self, epoch):
        self._drawn = epoch
        pixels = self.picture(epoch)
        if pixels is None:
            return
        path = self.folder / f"epoch_{epoch:04d}.png"
        write_bytes(path, pictures.png_bytes(pixels))
        self.frames.append(pixels)
        if self._writer is not None:
            import tensorflow as tf

            with self._writer.as_default(step=epoch):
                tf.summary.image(self.subject, pixels[np.newaxis])
