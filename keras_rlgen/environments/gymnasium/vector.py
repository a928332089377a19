"""Makes vector environments for agents from ids, functions and environments."""

import difflib
import functools
import importlib

from keras_rlgen.arguments import is_integer
from keras_rlgen.environments.environment_kinds import refuse_class
from keras_rlgen.environments.gymnasium.checked import (
    NEXT_STEP,
    CheckedVectorEnvironment,
)
from keras_rlgen.environments.gymnasium.checked_observation import CheckedObservation
from keras_rlgen.environments.gymnasium.environment import GymnasiumEnvironment
from keras_rlgen.environments.gymnasium.envpool_environment import (
    EnvPoolEnvironment,
    is_envpool,
)
from keras_rlgen.environments.gymnasium.import_gymnasium import gymnasium
from keras_rlgen.environments.tensor_environment import TensorEnvironment

_FEWEST_FOR_ENTRY_POINT = 4

VECTORIZATIONS = ("auto", "sync", "async", "vector_entry_point")

_REGISTERED_BY = {
    "ALE": ("ale-py", "import ale_py"),
    "BabyAI": ("minigrid", "import minigrid"),
    "MinAtar": ("minatar", "import minatar.gym; minatar.gym.register_envs()"),
    "MiniGrid": ("minigrid", "import minigrid"),
}


def make_vector_environment(
    environment, num_environments=None, vectorization="auto", wrappers=(), seed=None
):
    """Makes a vector environment in the form that agents expect.

    Args:
        environment: One of

            - a Gymnasium id or `EnvSpec`: `"CartPole-v1"`, or with the module that
              registers it, `"minigrid:MiniGrid-Empty-5x5-v0"`;
            - a function without arguments that returns a new `gymnasium.Env`;
            - a `gymnasium.Env`, as a single environment;
            - a `gymnasium.vector.VectorEnv` in `AutoresetMode.NEXT_STEP`;
            - a pool of EnvPool, `envpool.make(id, env_type="gymnasium", num_envs=8)`;
            - a `TensorEnvironment`.
        num_environments: Integer >= 1. Defaults to that of a `VectorEnv`, else to 1.
        vectorization: How an id or a function becomes several environments.

            - `"sync"`: one after the other.
            - `"async"`: each in its own process, worthwhile where a step takes a
              millisecond or more. If one dies, the next `reset` restarts all.
            - `"vector_entry_point"`: the vectorised form of the id.
            - `"auto"`: the vectorised form where it exists and has the spaces of a
              single environment, without wrappers and for at least 4 environments,
              since fewer are faster one by one; else `"sync"`.
        wrappers: Functions from a `gymnasium.Env` to a wrapped one, such as
            Gymnasium's own for images. They are applied in this order to each
            environment.
        seed: Integer >= 0. It seeds a first reset and the action space; the next
            `reset()` continues from its random state.

    Returns:
        `CheckedVectorEnvironment`, a `gymnasium.vector.VectorEnv` in
        `AutoresetMode.NEXT_STEP`.

    Raises:
        TypeError: If `environment` is none of these.
        ValueError: If the id is unknown (it names similar ones), arguments exclude each
            other, or a space cannot be converted.
        ImportError: On import, if Gymnasium is not installed.

    Example:

    ```python
    from gymnasium.wrappers import FrameStackObservation

    environments = make_vector_environment("CartPole-v1", num_environments=8, seed=0)
    observations, _ = environments.reset()  # float32 (8, 4)
    stacked = make_vector_environment(
        "CartPole-v1", wrappers=[lambda e: FrameStackObservation(e, stack_size=3)]
    )
    observations, _ = stacked.reset()  # float32 (1, 3, 4)
    ```
    """
    if vectorization not in VECTORIZATIONS:
        raise ValueError(
            f"Argument `vectorization` must be one of {VECTORIZATIONS}. "
            f"Received: vectorization={vectorization!r}"
        )
    count = 1 if num_environments is None else num_environments
    if not is_integer(count) or count < 1:
        raise ValueError(
            "Argument `num_environments` must be an integer of at least 1. "
            f"Received: num_environments={num_environments!r}"
        )
    if not isinstance(wrappers, (list, tuple)) or not all(map(callable, wrappers)):
        raise TypeError(
            "Expected `wrappers` to be a list of functions of an environment. "
            f"Received: {wrappers!r}"
        )
    make = functools.partial(_vector, environment, count, vectorization, list(wrappers))
    vector = make()
    if num_environments not in (None, vector.num_envs):
        raise ValueError(
            f"Expected {num_environments} environments, the argument "
            f"`num_environments`. Received {vector.num_envs}: {vector}. Leave the "
            "argument out, or make as many; of a single `gymnasium.Env`, give a "
            "function that makes it."
        )
    if not isinstance(vector, CheckedVectorEnvironment):
        remake = make if vectorization == "async" else None
        vector = CheckedVectorEnvironment(vector, remake)
    if seed is not None:
        vector.reset(seed=seed)
        vector.action_space.seed(seed)
    return vector


def _vector(environment, count, vectorization, wrappers):
    refuse_class(environment)
    if is_envpool(environment):
        environment = EnvPoolEnvironment(environment)
    if isinstance(environment, (gymnasium.vector.VectorEnv, TensorEnvironment)):
        if wrappers or vectorization != "auto":
            raise ValueError(
                "Expected no `wrappers` and no `vectorization` with environments that "
                f"are stepped together already. Received: {environment}. Wrap them in "
                "one of `gymnasium.wrappers.vector`."
            )
        if isinstance(environment, TensorEnvironment):
            return GymnasiumEnvironment(environment, count, autoreset_mode=NEXT_STEP)
        return environment
    if isinstance(environment, (str, gymnasium.envs.registration.EnvSpec)):
        return _from_id(environment, count, vectorization, wrappers)
    if isinstance(environment, gymnasium.Env):
        return _from_functions([lambda: environment], vectorization, wrappers)
    if callable(environment):
        return _from_functions([environment] * count, vectorization, wrappers)
    raise TypeError(
        "Expected a Gymnasium id, a `gymnasium.Env`, a function that makes one, a "
        "`gymnasium.vector.VectorEnv`, a pool of EnvPool or a `TensorEnvironment`. "
        f"Received: {environment!r} of type {type(environment).__name__}"
    )


def _from_id(name, count, vectorization, wrappers):
    spec = _known_spec(name) if isinstance(name, str) else name
    has_own = spec.vector_entry_point is not None
    wrapped = bool(wrappers or spec.additional_wrappers)
    make = functools.partial(gymnasium.make_vec, name, num_envs=count)
    if vectorization == "vector_entry_point":
        if wrapped or not has_own:
            reason = "there are wrappers" if has_own else f"{spec.id} has none"
            raise ValueError(
                "Expected a Gymnasium id with a vector entry point and no `wrappers` "
                "with `vectorization='vector_entry_point'`. "
                f'Received: {reason}. Use "sync" or "async".'
            )
        return make(vectorization_mode=vectorization)
    only_own = spec.entry_point is None
    own_pays = has_own and not wrapped and count >= _FEWEST_FOR_ENTRY_POINT
    if vectorization == "auto" and (only_own or own_pays):
        vector = make(vectorization_mode="vector_entry_point")
        if only_own or _is_alike(vector, name):
            return vector
        vector.close()
    return make(
        vectorization_mode="async" if vectorization == "async" else "sync",
        wrappers=[*wrappers, CheckedObservation],
    )


def _is_alike(vector, name):
    """Returns whether spaces and resets are those of a single environment."""
    single = gymnasium.make(name)
    alike = (
        vector.single_observation_space == single.observation_space
        and vector.single_action_space == single.action_space
        and vector.metadata.get("autoreset_mode") == NEXT_STEP
    )
    single.close()
    return alike


def _from_functions(functions, vectorization, wrappers):
    if vectorization == "vector_entry_point":
        raise ValueError(
            "Expected a Gymnasium id with `vectorization='vector_entry_point'`. "
            'Received an environment or a function. Use "sync" or "async".'
        )

    def wrapped(function):
        def make():
            environment = function()
            if not isinstance(environment, gymnasium.Env):
                raise TypeError(
                    "Expected the function to return a new `gymnasium.Env`. "
                    f"Received: {environment!r} of type {type(environment).__name__}"
                )
            for wrapper in wrappers:
                environment = wrapper(environment)
            return CheckedObservation(environment)

        return make

    kinds = {
        "auto": gymnasium.vector.SyncVectorEnv,
        "sync": gymnasium.vector.SyncVectorEnv,
        "async": gymnasium.vector.AsyncVectorEnv,
    }
    return kinds[vectorization]([wrapped(function) for function in functions])


def _known_spec(name):
    *module, plain_name = name.rsplit(":", 1)
    try:
        if module:
            importlib.import_module(*module)
        return gymnasium.spec(plain_name)
    except (gymnasium.error.Error, ModuleNotFoundError) as error:
        raise ValueError(
            f"Unknown environment id. Received: {name!r}. {_hints(name)} ({error})"
        ) from error


def _hints(name):
    name = name.rsplit(":", 1)[-1]
    by_lower = {known.lower(): known for known in gymnasium.registry}
    close = difflib.get_close_matches(name.lower(), by_lower, n=3)
    hints = (
        [f"Close ones are: {', '.join(by_lower[c] for c in close)}."] if close else []
    )
    for prefix, (package, register) in _REGISTERED_BY.items():
        if name.lower().startswith(prefix.lower()):
            hints.append(f"Install it, `pip install {package}`, then `{register}`.")
            return " ".join(hints)
    hints.append(
        "Import the package that registers it first; `gymnasium.pprint_registry()` "
        "lists what is known."
    )
    return " ".join(hints)
