"""The first model: digits, trained by a discriminator and a reward in NumPy."""

import keras
import numpy as np
from keras import layers

import keras_rlgen as rlgen


@keras.saving.register_keras_serializable("first_hour")
def symmetry(images):
    """A reward in NumPy: how much an image is like its mirror image."""
    return -np.mean(np.abs(images - images[:, :, ::-1]), axis=(1, 2, 3))


(images, _), (held_out, _) = rlgen.datasets.digits()
generator = keras.Sequential(
    [
        layers.Input((8,)),
        layers.Dense(64, "relu"),
        layers.Dense(64, "tanh"),
        layers.Reshape((8, 8, 1)),
    ]
)
discriminator = keras.Sequential(
    [
        layers.Input((8, 8, 1)),
        layers.Flatten(),
        layers.Dense(64, "relu"),
        layers.Dense(1),
    ]
)
gan = rlgen.ReinforceGAN(generator, discriminator, latent_dim=8, seed=0)
reward = rlgen.rewards.FunctionReward(symmetry, numpy=True)
gan.compile("adam", reward=rlgen.rewards.Discriminator("log_score") + reward)
history = gan.fit(
    images[:256],
    epochs=2,
    validation_data=held_out[:64],
    callbacks=[
        keras.callbacks.ModelCheckpoint("gan.keras"),
        rlgen.callbacks.SampleMonitor("samples"),
    ],
)
assert len(history.history["val_reward"]) == 2
assert np.isfinite(list(history.history.values())).all()
np.save("samples.npy", gan.generate(4, seed=3))
