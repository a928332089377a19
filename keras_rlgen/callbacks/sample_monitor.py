import numpy as np

from keras_rlgen import pictures
from keras_rlgen.arguments import check_integer, check_seed
from keras_rlgen.callbacks.picture_monitor import PictureMonitor


class SampleMonitor(PictureMonitor):
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
        super().__init__(folder, every, tensorboard)
        if num_samples is not None:
            check_integer("num_samples", num_samples)
        check_seed(seed)
        self.num_samples = num_samples
        self.reference = reference
        self.seed = seed

    def check_model(self):
        super().check_model()
        shape = np.shape(self.reference)
        if self.reference is None or (not self.draws_images and shape[1:] == (2,)):
            return
        drawn = "images, without a reference" if self.draws_images else "points (n, 2)"
        raise ValueError(
            f"`SampleMonitor` expected {drawn}. Received: a reference of shape {shape}"
        )

    def picture(self, epoch):
        count = self.num_samples or (25 if self.draws_images else 2500)
        samples = self.model.generate(count, seed=self.seed)
        if self.draws_images:
            return pictures.image_grid(samples)
        return pictures.scatter(samples, self.reference, f"epoch {epoch}")
