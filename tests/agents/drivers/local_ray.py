"""Ray as far as drivers need it, in this process."""

import types


class WorkerDied(Exception):
    actor_init_failed = False


class LocalRay:
    """Runs every task when its result is asked for.

    Attributes:
        workers: List of the actors that were started.
    """

    exceptions = types.SimpleNamespace(RayActorError=WorkerDied)

    def __init__(self):
        self.workers = []

    def put(self, value):
        return value

    def get(self, reference):
        return reference()

    def kill(self, actor):
        actor.instance = None

    def remote(self, cls):
        return Maker(cls, self.workers)


class Maker:
    def __init__(self, cls, workers):
        self._cls, self._workers = cls, workers

    def options(self, num_cpus):
        return self

    def remote(self, *arguments):
        self._workers.append(Actor(self._cls(*arguments)))
        return self._workers[-1]


class Actor:
    def __init__(self, instance):
        self.instance = instance

    def __getattr__(self, name):
        return types.SimpleNamespace(
            remote=lambda *arguments: lambda: self._run(name, arguments)
        )

    def _run(self, name, arguments):
        if self.instance is None:
            raise WorkerDied("it was killed")
        return getattr(self.instance, name)(*arguments)
