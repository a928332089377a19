import numpy as np
import tensorflow as tf
from keras.saving import get_registered_name

from keras_rlgen.agents.drivers.acting_worker import ActingWorker
from keras_rlgen.agents.drivers.driver import Driver
from keras_rlgen.agents.drivers.policy_variables import policy_variables
from keras_rlgen.agents.drivers.specs_of import specs_of
from keras_rlgen.training.import_ray import import_ray
from keras_rlgen.training.keras_internals import all_layers
from keras_rlgen.training.random_streams import stream_key

ATTEMPTS = 3  # of a worker that dies, at one task
KNOWN_PACKAGES = "keras", "keras_rlgen"


class RayDriver(Driver):
    """Runs a policy in environments that actors of Ray step, each its share.

    A worker has a copy of the agent. Weights, and whatever else its policy reads, are
    sent with each round. Frames are joined along the environments, in order.

    Args:
        environment: `environments.Remote`.
        num_environments: Integer, a multiple of the number of workers.
        seed: Integer, the seed of environments and policies.

    Raises:
        ImportError: If Ray is not installed.
        ValueError: If the workers do not divide the environments.
    """

    def __init__(self, environment, num_environments, seed):
        self._ray = import_ray()
        if num_environments % environment.num_workers:
            raise ValueError(
                "Expected `num_environments` to be a multiple of the number of "
                f"workers, {environment.num_workers}. Received: {num_environments}"
            )
        self.num_environments = num_environments
        self.specs = specs_of(environment.environment)
        self._remote, self._seed = environment, seed
        self._model, self._workers, self._variables = None, [], {}
        self._next_round = None

    def bind(self, model):
        if self._remote.pipelined and not hasattr(model, "replay_capacity"):
            raise ValueError(
                "Expected an agent with a replay buffer for an environment with "
                "`pipelined=True`: its steps come from the policy of the round before. "
                f"Received: a `{type(model).__name__}`. Leave it out."
            )
        self._model = model

    def reset_episodes(self):
        self.in_progress, self._next_round = False, None

    @property
    def observation(self):
        return self._observation

    def collect(self, policy, num_steps, first_step, policy_state):
        first_step = int(first_step)
        round_ = self._next_round or self._begin(num_steps, first_step, policy_state)
        self.in_progress, self._next_round = False, None
        flat, state, self._observation = tf.nest.map_structure(
            lambda *parts: np.concatenate(parts), *self._results("collect", *round_)
        )
        self.in_progress = True
        if self._remote.pipelined:
            self._next_round = self._begin(num_steps, first_step + num_steps, state)
        return tf.nest.pack_sequence_as(policy.trajectory_spec, flat), state

    def _begin(self, num_steps, first_step, policy_state):
        """Has the workers begin a round; returns arguments of `_results`."""
        values = self._values("collect_policy")
        count = self._remote.num_workers
        states = [
            tf.nest.map_structure(lambda x, i=i: np.split(x, count)[i], policy_state)
            for i in range(count)
        ]
        tasks = [
            (values, num_steps, first_step, state, self.in_progress) for state in states
        ]
        return tasks, self._sent("collect", tasks)

    def run_episodes(self, policy, num_episodes, seed, max_steps):
        values = self._values("policy")
        count = self._remote.num_workers
        quota = num_episodes // count + (np.arange(count) < num_episodes % count)
        tasks = [
            (
                *(values, int(share), stream_key(seed, f"worker {index}")),
                *(max_steps, self.jit_compile),
            )
            for index, share in enumerate(quota)
            if share
        ]
        references = self._sent("run_episodes", tasks)
        results = self._results("run_episodes", tasks, references)
        returns, lengths = zip(*results, strict=True)
        return np.concatenate(returns), np.concatenate(lengths)

    def _values(self, name):
        """Returns a reference to the values that a policy of the agent reads."""
        if name not in self._variables:
            policy = getattr(self._model, name)
            takes_seed = name == "collect_policy"
            self._variables[name] = policy_variables(policy, takes_seed)
        if not self._workers:
            indices = range(self._remote.num_workers)
            self._workers = [self._start(index) for index in indices]
        return self._ray.put([v.numpy() for v in self._variables[name]])

    def _start(self, index):
        worker = self._ray.remote(ActingWorker).options(**self._remote.resources)
        classes = {type(layer) for layer in all_layers(self._model)}
        unknown = {
            get_registered_name(cls): cls
            for cls in classes
            if cls.__module__.split(".")[0] not in KNOWN_PACKAGES
        }
        return worker.remote(
            type(self._model),
            self._model.acting_config(),
            unknown,
            self._remote.environment,
            self.num_environments // self._remote.num_workers,
            stream_key(self._seed, f"worker {index}"),
        )

    def _sent(self, method, tasks):
        """Returns references to the results of a task for each worker."""
        workers = self._workers[: len(tasks)]
        return [
            getattr(worker, method).remote(*task)
            for worker, task in zip(workers, tasks, strict=True)
        ]

    def _results(self, method, tasks, references):
        """Returns the results; of a worker that has died, those of another one."""
        return [
            self._result(index, method, task, reference)
            for index, (task, reference) in enumerate(
                zip(tasks, references, strict=True)
            )
        ]

    def _result(self, index, method, task, reference):
        for attempt in range(ATTEMPTS):
            try:
                return self._ray.get(reference)
            except self._ray.exceptions.RayActorError as error:
                if error.actor_init_failed or attempt == ATTEMPTS - 1:
                    raise RuntimeError(
                        f"A worker could not be started, or died {ATTEMPTS} times at "
                        f"the same task. The agent is as before it. {error}"
                    ) from error
                self._workers[index] = self._start(index)
                if hasattr(self._model, "end_episodes"):
                    # Its episodes are lost: the next frames do not continue them.
                    self._model.end_episodes()
                reference = getattr(self._workers[index], method).remote(*task)
        return None

    def close(self):
        for worker in self._workers:
            self._ray.kill(worker)
        self._workers = []
        self.reset_episodes()
