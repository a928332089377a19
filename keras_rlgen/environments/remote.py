from keras_rlgen.arguments import check_flag, check_integer
from keras_rlgen.environments.environment_kinds import is_instance, refuse_class
from keras_rlgen.environments.tensor_environment import TensorEnvironment


class Remote:
    """An environment that several processes step for one agent, on any machines.

    For environments that take two milliseconds and more a step. The processes are
    actors of Ray (extra `distributed`): each has its share of the environments and a
    copy of the agent's policy, acts for a round, and sends its steps to the agent. The
    agent learns from them as from steps of its own, and sends the new weights with the
    next round. Steps are joined in the order of the environments: the same seed and the
    same number of workers give the same run. A worker that dies is replaced; its
    episodes in progress are lost, and nothing that was learned.

    `ray.init(address=...)` connects to a cluster; without it, Ray is started on this
    machine. `evaluate` plays its episodes in the workers too; `record` and `play` use
    an environment in this process. A file of the agent holds the environment without
    the workers.

    Args:
        environment: A Gymnasium id, a `TensorEnvironment`, or a function without
            arguments that makes a `gymnasium.Env`.
        num_workers: Integer >= 1, which divides the agent's `num_environments`.
        resources: Dict of what a worker needs, the options of an actor of Ray. Defaults
            to one processor each, `{"num_cpus": 1}`. Workers use no GPU.
        pipelined: Whether workers already collect the next round while the agent
            learns from this one, with the weights of a round before. For agents with a
            replay buffer.

    Raises:
        ValueError: If the environment is an instance of one of Gymnasium, which cannot
            be made again elsewhere, or `num_workers` is no integer of at least 1.

    Example:

    ```python
    environment = rlgen.environments.Remote("Ant-v5", num_workers=16)
    agent = rlgen.agents.SAC("mlp", environment=environment, num_environments=64)
    agent.compile(keras.optimizers.Adam(3e-4))
    agent.fit(epochs=100, steps_per_epoch=1000)
    ```
    """

    def __init__(self, environment, num_workers, resources=None, pipelined=False):
        check_integer("num_workers", num_workers)
        refuse_class(environment)
        known = isinstance(environment, (str, TensorEnvironment))
        if not known and (is_instance(environment) or not callable(environment)):
            raise ValueError(
                "Expected an environment that other processes can make: a Gymnasium "
                "id, a `TensorEnvironment`, or a function that makes a "
                f"`gymnasium.Env`. Received: {environment!r}"
            )
        if resources is not None and not isinstance(resources, dict):
            raise TypeError(
                "Expected `resources` to be a dict of options of an actor of Ray, such "
                f"as {{'num_cpus': 1}}. Received: {resources!r}"
            )
        check_flag("pipelined", pipelined)
        self.environment = environment
        self.num_workers = num_workers
        self.resources = {"num_cpus": 1} if resources is None else dict(resources)
        self.pipelined = pipelined


def local_environment(environment):
    """Returns what a `Remote` environment is in this process, or the environment.

    Args:
        environment: Any environment, or `None`.
    """
    return environment.environment if isinstance(environment, Remote) else environment
