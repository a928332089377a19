"""A process with other libraries, in an environment of its own, that is asked."""

import json
import pathlib
import subprocess


class PeerProcess:
    """A script that answers requests, each a line of JSON, with a line of JSON.

    Args:
        interpreter: String, a Python with the libraries.
        script: String, name of a file of this folder.
        *arguments: Strings, the arguments of the script.
    """

    def __init__(self, interpreter, script, *arguments):
        self.process = subprocess.Popen(
            [interpreter, str(pathlib.Path(__file__).parent / script), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, **request):
        print(json.dumps(request), file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())
