"""Runs exported models in a process where TensorFlow is alone."""

import json
import subprocess
import sys

import numpy as np

ALONE = """
import json
import sys

for name in (
    "keras", "keras_rlgen", "tensorflow_probability", "tf_agents", "tf_keras"
):
    sys.modules[name] = None

import numpy as np
import tensorflow as tf

folder = sys.argv[1]
inputs = np.load(f"{folder}/inputs.npz")
results, errors, loaded = {}, {}, {}
for key, (model, endpoint, names) in json.load(open(f"{folder}/calls.json")).items():
    if model not in loaded:
        loaded[model] = tf.saved_model.load(f"{folder}/{model}")
    given = [tf.constant(inputs[name]) for name in names]
    try:
        if endpoint.startswith("signature "):
            signature = loaded[model].signatures[endpoint.split()[1]]
            keywords = sorted(signature.structured_input_signature[1])
            outputs = signature(**dict(zip(keywords, given)))
            outputs = outputs.get("action", next(iter(outputs.values())))
        else:
            outputs = getattr(loaded[model], endpoint)(*given)
        results[key] = outputs[0] if isinstance(outputs, tuple) else outputs
    except Exception as error:
        errors[key] = f"{type(error).__name__}: {error}"
np.savez(f"{folder}/results.npz", **results)
json.dump(errors, open(f"{folder}/errors.json", "w"))
"""


class Exports:
    """Calls of exported models, what the live ones give, and wrong calls.

    Args:
        folder: Where the models are exported to, each by its name.
    """

    def __init__(self, folder):
        self.folder, self.calls, self.inputs = folder, {}, {}
        self.expected, self.wrong = {}, {}

    def add(self, key, model, endpoint, inputs, expected=None, error=None):
        names = [f"{key}:{i}" for i in range(len(inputs))]
        self.inputs.update(zip(names, inputs, strict=True))
        self.calls[key] = model, endpoint, names
        if error is not None:
            self.wrong[key] = error
        elif expected is not None:
            self.expected[key] = np.asarray(expected)

    def run(self):
        np.savez(self.folder / "inputs.npz", **self.inputs)
        (self.folder / "calls.json").write_text(json.dumps(self.calls))
        process = subprocess.run(
            [sys.executable, "-c", ALONE, str(self.folder)],
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert process.returncode == 0, process.stderr
        self.results = dict(np.load(self.folder / "results.npz"))
        self.errors = json.loads((self.folder / "errors.json").read_text())
