import numpy as np

from keras_rlgen import pictures
from keras_rlgen.arguments import check_integer, check_seed
from keras_rlgen.callbacks.picture_monitor import PictureMonitor


class EditMonitor(PictureMonitor):
    """Draws how a `DQNGAN` edits the samples of the same latents, every few epochs.

    Images have a row each: before the edits, after each of them, and after the last,
    with the change in reward beside it. Points of the plane are drawn after their
    edits, over grey ones before. At the end of training all pictures are joined in
    `edits.gif`. While the DQN has not begun to learn, nothing is drawn.

    Args:
        folder: Where `epoch_0001.png`, ... and `edits.gif` go. Created if missing.
        every: Integer, epochs between pictures; the last epoch is always drawn.
        num_samples: Integer, samples to edit.
        target: As in `DQNGAN.create`, for a model with targets.
        tensorboard: Folder of TensorBoard logs to write the pictures to as well, or
            `None`.
        seed: Integer that fixes the latents, and targets if none are given.

    Raises:
        ValueError: When training starts, if samples are neither images
            `(height, width, 1 or 3)` nor points `(2,)`.

    Example:

    ```python
    gan.fit(images, epochs=100, callbacks=[EditMonitor("edits", every=10)])
    ```
    """

    subject = "edits"
    kind = "a `DQNGAN`"
    needs = ("sample_shape", "create", "directions")

    def __init__(
        self, folder, every=1, num_samples=8, target=None, tensorboard=None, seed=0
    ):
        super().__init__(folder, every, tensorboard)
        check_integer("num_samples", num_samples)
        check_seed(seed)
        self.num_samples = num_samples
        self.target = target
        self.seed = seed

    def picture(self, epoch):
        if not np.any(self.model.directions):
            return None
        edits = self.model.create(self.num_samples, target=self.target, seed=self.seed)
        if self.draws_images:
            return pictures.edit_grid(edits.samples, edits.rewards)
        return pictures.scatter(edits.after, edits.before, f"epoch {epoch}")
