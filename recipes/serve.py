"""Serve exported models over HTTP, in the form of TensorFlow Serving's REST API.

A stand-in for TensorFlow Serving, for a laptop or a test: one process, TensorFlow alone
and Python's own server. The requests and answers are the same, so that clients need no
change when TensorFlow Serving takes its place.

    python -m recipes.serve --model=digits=digits_generator --model=cartpole=policy

    curl localhost:8501/v1/models/digits
    curl -X POST localhost:8501/v1/models/digits:predict \
      -d '{"signature_name": "generate", "inputs": {"num_samples": 4, "seed": 0}}'
    curl -X POST localhost:8501/v1/models/cartpole:predict \
      -d '{"signature_name": "act", "instances": [[0.0, 0.0, 0.1, 0.0]]}'

`instances` are rows: one value for each sample, or a dict of values by input where
there are several inputs. `inputs` are columns: whole batches by input, and scalars.
"""

import http.server
import json
import re

import numpy as np
import tensorflow as tf
from absl import app, flags

FLAGS = flags.FLAGS
flags.DEFINE_multi_string("model", [], "NAME=FOLDER of a SavedModel. May be repeated.")
flags.DEFINE_string("host", "localhost", "Address to listen at; 0.0.0.0 for all.")
flags.DEFINE_integer("port", 8501, "Port, 0 for any that is free.")

PATH = re.compile(r"/v1/models/(?P<model>[^/:]+)(?P<rest>/metadata|:predict)?/?")
MAX_BYTES = 64 * 2**20


class RequestError(Exception):
    """An answer with another status than 200."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


def specs_of(signature):
    """Returns a dict from the inputs of a signature to their `tf.TensorSpec`."""
    return signature.structured_input_signature[1]


def as_tensor(name, spec, values):
    """Returns the values of one input as a tensor of its shape and dtype."""
    try:
        array = np.array(values)
        whole = spec.dtype.is_floating or array.dtype.kind in "biu"
        if array.dtype.kind not in "biuf" or not whole:
            raise ValueError(f"its values are {array.dtype.name}")
        if not spec.shape.is_compatible_with(array.shape):
            raise ValueError(f"its shape is {array.shape}")
        return tf.constant(array, spec.dtype)
    except (TypeError, ValueError) as error:
        raise RequestError(
            400,
            f"Expected input '{name}' of shape {spec.shape} and dtype "
            f"{spec.dtype.name}: {error}",
        ) from error


def columns_of(request, specs):
    """Returns a dict from inputs to values, of whole batches."""
    given = [key for key in ("instances", "inputs") if key in request]
    if len(given) != 1:
        raise RequestError(400, f"Expected 'instances' or 'inputs'. Received: {given}")
    values = request[given[0]]
    if given == ["instances"]:
        if not isinstance(values, list) or not values:
            raise RequestError(400, "Expected 'instances' to be a list of samples.")
        if all(isinstance(row, dict) for row in values):
            names = list(values[0])
            if any(row.keys() != values[0].keys() for row in values):
                raise RequestError(400, "Expected the same inputs in each instance.")
            values = {name: [row[name] for row in values] for name in names}
    if not isinstance(values, dict):
        if len(specs) != 1:
            raise RequestError(400, f"Expected values by input: {sorted(specs)}")
        values = {next(iter(specs)): values}
    if values.keys() != specs.keys():
        raise RequestError(
            400, f"Expected the inputs {sorted(specs)}. Received: {sorted(values)}"
        )
    return values


def predict(model, request):
    """Returns the answer to a request, a dict.

    Args:
        model: A loaded SavedModel.
        request: Dict with `instances` or `inputs`, and `signature_name`.
    """
    if not isinstance(request, dict):
        raise RequestError(400, "Expected an object with 'instances' or 'inputs'.")
    name = request.get("signature_name", "serving_default")
    if name not in model.signatures:
        known = sorted(model.signatures)
        raise RequestError(400, f"Expected a signature of {known}. Received: {name!r}")
    signature = model.signatures[name]
    specs = specs_of(signature)
    columns = columns_of(request, specs)
    tensors = {n: as_tensor(n, specs[n], values) for n, values in columns.items()}
    try:
        outputs = {n: x.numpy().tolist() for n, x in signature(**tensors).items()}
    except tf.errors.OpError as error:
        # The message of an assertion, without what TensorFlow says of the graph.
        reason = re.search(r"assertion failed: (.*)", error.message)
        message = reason.group(1) if reason else error.message
        raise RequestError(400, message) from error
    if "inputs" in request:
        return {
            "outputs": next(iter(outputs.values())) if len(outputs) == 1 else outputs
        }
    if len(outputs) == 1:
        return {"predictions": next(iter(outputs.values()))}
    rows = zip(*outputs.values(), strict=True)
    return {"predictions": [dict(zip(outputs, row, strict=True)) for row in rows]}


def describe(name, model):
    """Returns the metadata of a model: the inputs and outputs of its signatures."""

    def entries(specs):
        return {
            key: {"dtype": spec.dtype.name, "shape": spec.shape.as_list()}
            for key, spec in specs.items()
        }

    signatures = {
        key: {
            "inputs": entries(specs_of(signature)),
            "outputs": entries(signature.structured_outputs),
        }
        for key, signature in model.signatures.items()
    }
    return {"model_spec": {"name": name}, "metadata": {"signature_def": signatures}}


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers requests for `models`, a dict from names to loaded SavedModels."""

    models = {}

    def do_GET(self):
        self._answer(self._get)

    def do_POST(self):
        self._answer(self._post)

    def _get(self):
        name, model, rest = self._addressed("", "/metadata")
        if rest:
            return describe(name, model)
        status = {"version": "1", "state": "AVAILABLE"}
        return {"model_version_status": [status]}

    def _post(self):
        size = int(self.headers.get("Content-Length", 0))
        if size > MAX_BYTES:
            raise RequestError(413, f"Expected at most {MAX_BYTES} bytes.")
        body = self.rfile.read(size)
        _, model, _ = self._addressed(":predict")
        try:
            request = json.loads(body)
        except ValueError as error:
            raise RequestError(400, f"Expected JSON: {error}") from error
        return predict(model, request)

    def _addressed(self, *endings):
        found = PATH.fullmatch(self.path)
        if found is None or (found["rest"] or "") not in endings:
            raise RequestError(404, f"No such address: {self.path}")
        if found["model"] not in self.models:
            known = sorted(self.models)
            raise RequestError(404, f"No model '{found['model']}', but {known}")
        return found["model"], self.models[found["model"]], found["rest"]

    def _answer(self, respond):
        status = 200
        try:
            content = respond()
        except RequestError as error:
            status, content = error.status, {"error": str(error)}
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def make_server(models, host, port):
    """Returns a server of loaded SavedModels by name."""
    handler = type("Handler", (Handler,), {"models": models})
    return http.server.ThreadingHTTPServer((host, port), handler)


def main(argv):
    del argv
    pairs = [model.partition("=") for model in FLAGS.model]
    if not pairs or not all(name and folder for name, _, folder in pairs):
        raise app.UsageError("Expected --model=NAME=FOLDER.")
    models = {name: tf.saved_model.load(folder) for name, _, folder in pairs}
    server = make_server(models, FLAGS.host, FLAGS.port)
    for name, model in models.items():
        address = f"http://{FLAGS.host}:{server.server_port}/v1/models/{name}:predict"
        print(f"POST {address} of {sorted(model.signatures)}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print("Stopped.")


if __name__ == "__main__":
    app.run(main)
