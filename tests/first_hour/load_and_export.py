"""Another day: both files load, go on training, and are exported."""

import keras
import numpy as np

import keras_rlgen as rlgen


@keras.saving.register_keras_serializable("first_hour")
def symmetry(images):  # As in the program that trained.
    return -np.mean(np.abs(images - images[:, :, ::-1]), axis=(1, 2, 3))


gan = rlgen.load_model("gan.keras")
np.testing.assert_allclose(gan.generate(4, seed=3), np.load("samples.npy"), atol=1e-5)
(images, _), _ = rlgen.datasets.digits()
gan.fit(images[:64], epochs=1)
gan.export("generator")
np.save("exported_samples.npy", gan.generate(4, seed=5))

agent = rlgen.load_model("agent.keras")
observation = {"place": 1, "sign": np.array([1.0], np.float32)}
assert agent.predict(observation, verbose=0) == 1
agent.export("policy")
