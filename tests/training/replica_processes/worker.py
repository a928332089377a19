"""One of two machines that train a GAN; run by `test_replicas.py`.

Arguments: the number of the worker, the ports of all, a folder, and what happens.
"""

import json
import os
import sys

index, ports, folder, event = int(sys.argv[1]), *sys.argv[2:5]
os.environ["TF_CONFIG"] = json.dumps(
    {
        "cluster": {"worker": [f"localhost:{port}" for port in ports.split(",")]},
        "task": {"type": "worker", "index": index},
    }
)

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from keras import layers  # noqa: E402

# Before anything that uses a device.
strategy = tf.distribute.MultiWorkerMirroredStrategy()

from keras_rlgen.models import GAN  # noqa: E402


class Killed(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if epoch == 1 and index == 1:
            os._exit(9)


def made():
    keras.utils.set_random_seed(1)
    generator = [layers.Input((2,)), layers.Rescaling(0.0), layers.Dense(4)]
    judge = [layers.Input((4,)), layers.Dense(3, "tanh"), layers.Dense(1)]
    networks = keras.Sequential(generator), keras.Sequential(judge)
    model = GAN(*networks, latent_dim=2, seed=0)
    model.compile(optimizer="adam", metrics=["frechet_distance"])
    return model


samples = np.random.default_rng(0).normal(size=(13, 4)).astype("float32")
if event == "other data" and index == 1:
    samples += 1.0
backup = f"{folder}/backup{index}"
if event == "no folder" and index == 1:
    with open(backup, "w"):
        pass
with strategy.scope():
    model = made()
callbacks = [keras.callbacks.BackupAndRestore(backup, delete_checkpoint=False)]
if event == "kill":
    callbacks.append(Killed())
options = {"batch_size": 4, "verbose": 0}
try:
    history = model.fit(samples, epochs=4, callbacks=callbacks, **options).history
except Exception as error:
    print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)
    # The coordinator would wait for the other worker.
    os._exit(1)
results = model.evaluate(samples, return_dict=True, **options)
if index == 0:
    model.save(f"{folder}/model.keras")
key = strategy.run(lambda: model._next_key()).numpy().tolist()
weights = [float(np.abs(weight).sum()) for weight in model.get_weights()]
found = {"history": history, "results": results, "weights": weights, "key": key}
print(json.dumps(found))
