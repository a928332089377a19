"""A process of PyTorch, in an environment of its own, that a benchmark asks."""

import json
import pathlib
import subprocess


class TorchProcess:
    """A script that answers requests, each a line of JSON, with a line of JSON.

    Args:
        interpreter: String, a Python with torch.
        script: String, name of a file of this folder.
    """

    def __init__(self, interpreter, script):
        self.process = subprocess.Popen(
            [interpreter, str(pathlib.Path(__file__).parent / script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, **request):
        print(json.dumps(request), file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())
