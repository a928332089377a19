from keras_rlgen import music
from keras_rlgen.arguments import check_seed, is_integer
from keras_rlgen.callbacks.picture_monitor import PictureMonitor


class PianoRollMonitor(PictureMonitor):
    """Draws the music of a generator as piano rolls every few epochs.

    The seed is the same each time, so that pictures differ only by the model. At the
    end of training all pictures are joined in `music.gif`.

    Args:
        folder: Where `epoch_0000.png` (before training), `epoch_0001.png`, ... and
            `music.gif` go. Created if missing.
        encoding: The `keras_rlgen.music.Encoding` of the model's samples.
        every: Integer, epochs between pictures; the last epoch is always drawn.
        num_samples: Integer >= 1, pieces in a picture.
        columns: Integer >= 1, pieces side by side.
        midi: Whether the pieces are also written as MIDI files, to the folders
            `epoch_0000` and so on. Needs the extra `music`.
        tempo: Float > 0, quarter notes a minute, of the MIDI files.
        tensorboard: Folder of TensorBoard logs to write the pictures to as well, or
            `None`.
        seed: Integer that fixes the noise of sampling.

    Raises:
        ValueError: If `every` or `num_samples` is below 1; when training starts, if the
            model's samples are not tokens of the encoding.

    Example:

    ```python
    monitor = PianoRollMonitor("rolls", train.encoding, every=5, midi=True)
    model.fit(train.tokens, epochs=30, callbacks=[monitor])
    ```
    """

    subject = "music"

    def __init__(
        self,
        folder,
        encoding,
        every=1,
        num_samples=4,
        columns=2,
        midi=False,
        tempo=100.0,
        tensorboard=None,
        seed=0,
    ):
        super().__init__(folder, every, tensorboard)
        if not is_integer(num_samples) or num_samples < 1:
            raise ValueError(
                "Expected `num_samples` to be a positive integer. "
                f"Received: {num_samples!r}"
            )
        if not isinstance(encoding, music.Encoding):
            raise TypeError(
                "Expected the `Encoding` of the tokens, such as "
                f"`music.MelodyEncoding()`. Received: {encoding!r}"
            )
        check_seed(seed)
        self.encoding = encoding
        self.num_samples = num_samples
        self.columns = columns
        self.midi = midi
        self.tempo = tempo
        self.seed = seed

    def check_model(self):
        shape, values = self.model.sample_shape, self.model.value_range
        steps = self.encoding.num_steps(shape)
        if shape != self.encoding.sample_shape(steps):
            raise ValueError(
                f"Expected a model of tokens of {self.encoding}. Received: samples of "
                f"shape {shape}"
            )
        if values != (0, self.encoding.vocabulary_size - 1):
            raise ValueError(
                f"Expected a model of tokens of {self.encoding}, from 0 to "
                f"{self.encoding.vocabulary_size - 1}. Received: samples from "
                f"{values[0]} to {values[1]}"
            )

    def picture(self, epoch):
        tokens = self.model.generate(self.num_samples, seed=self.seed)
        if self.midi:
            folder = self.folder / f"epoch_{epoch:04d}"
            music.write_midi(folder, tokens, self.encoding, self.tempo)
        return music.piano_roll(tokens, self.encoding, self.columns)
