import json
import threading
import urllib.error
import urllib.request

import numpy as np
import pytest
import tensorflow as tf

from recipes import serve
from tests import networks


def ask(server, path, request=None):
    """Returns the status and the answer of a request."""
    body = request if isinstance(request, bytes) else json.dumps(request).encode()
    address = f"http://localhost:{server.server_port}/v1/models/{path}"
    data = None if request is None else body
    try:
        with urllib.request.urlopen(address, data, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


@pytest.fixture(scope="module")
def gan():
    return networks.conditional_gan()


@pytest.fixture(scope="module")
def server(gan, tmp_path_factory):
    folder = tmp_path_factory.mktemp("served") / "gan"
    gan.export(folder, verbose=False)
    server = serve.make_server({"gan": tf.saved_model.load(folder)}, "localhost", 0)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_rows_and_columns(server, gan):
    status, answer = ask(
        server,
        "gan:predict",
        {"signature_name": "generate", "inputs": {"num_samples": 3, "seed": 7}},
    )
    assert status == 200
    np.testing.assert_allclose(answer["outputs"], gan.generate(3, seed=7), atol=1e-6)
    latents, labels = [[0.1, -0.2], [1.0, 0.5]], [2, 0]
    rows = [
        {"latents": z, "condition": c} for z, c in zip(latents, labels, strict=True)
    ]
    status, answer = ask(server, "gan:predict", {"instances": rows})
    expected = gan([np.float32(latents), np.int32(labels)])
    np.testing.assert_allclose(answer["predictions"], expected, atol=1e-6)


def test_status_and_metadata(server):
    assert ask(server, "gan")[1]["model_version_status"][0]["state"] == "AVAILABLE"
    answer = ask(server, "gan/metadata")[1]
    inputs = answer["metadata"]["signature_def"]["serve"]["inputs"]
    assert inputs["latents"] == {"dtype": "float32", "shape": [None, 2]}


@pytest.mark.parametrize(
    ("path", "request_", "status", "message"),
    [
        ("vae:predict", {"instances": [0]}, 404, "No model 'vae', but ['gan']"),
        ("gan:classify", {"instances": [0]}, 404, "No such address"),
        ("gan:predict", b"{", 400, "Expected JSON"),
        ("gan:predict", {}, 400, "Expected 'instances' or 'inputs'"),
        ("gan:predict", {"instances": []}, 400, "a list of samples"),
        ("gan:predict", {"instances": [[1.0, 2.0]]}, 400, "values by input"),
        (
            "gan:predict",
            {"signature_name": "sing", "instances": [0]},
            400,
            "Expected a signature of",
        ),
        (
            "gan:predict",
            {"inputs": {"latents": [[1.0]], "condition": [0]}},
            400,
            "'latents' of shape (None, 2) and dtype float32: its shape is (1, 1)",
        ),
        (
            "gan:predict",
            {"inputs": {"latents": [[1.0, 2.0]], "condition": [0.5]}},
            400,
            "dtype int32: its values are float64",
        ),
        (
            "gan:predict",
            {"inputs": {"latents": [[1.0, 2.0]], "condition": [3]}},
            400,
            "Expected `condition` from 0 to 2. Received:",
        ),
        ("gan:predict", {"inputs": {"latents": [[1.0, 2.0]]}}, 400, "the inputs"),
    ],
)
def test_wrong_requests(server, path, request_, status, message):
    received, answer = ask(server, path, request_)
    assert received == status
    assert message in answer["error"]
