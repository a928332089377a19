import functools

import gymnasium
import numpy as np
import pytest
import tensorflow as tf
from gymnasium.envs.classic_control.cartpole import CartPoleVectorEnv
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv
from gymnasium.wrappers import FrameStackObservation, GrayscaleObservation

from keras_rlgen.environments import (
    CheckedVectorEnvironment,
    GymnasiumEnvironment,
    Pendulum,
    make_vector_environment,
)
from keras_rlgen.environments.cart_pole import move_cart_pole
from tests.environments.numbered import (
    Numbered,
    NumberedEnv,
    check_next_step_stream,
)

OWN = functools.partial(GymnasiumEnvironment, Numbered(), autoreset_mode="NextStep")


@pytest.fixture(scope="module")
def register():
    """`gymnasium.register`, undone afterwards."""
    names = []

    def register(name, *args, **kwargs):
        gymnasium.register(name, *args, **kwargs)
        names.append(name)

    yield register
    for name in names:
        del gymnasium.registry[name]


@pytest.fixture(scope="module", autouse=True)
def numbered_id(register):
    register(
        "Numbered-v0", NumberedEnv, vector_entry_point=lambda num_envs: OWN(num_envs)
    )


def stream(environments, steps, seed=0):
    """All observations, rewards, terminations and truncations of some steps."""
    observations = [environments.reset(seed=seed)[0]]
    environments.action_space.seed(seed)
    actions = [environments.action_space.sample() for _ in range(steps)]
    results = [environments.step(action)[:4] for action in actions]
    seen, *rest = map(np.stack, zip(*results, strict=True))
    return np.concatenate([observations, seen]), *rest, np.stack(actions)


@pytest.mark.parametrize(
    ("environment", "vectorization"),
    [
        ("Numbered-v0", "sync"),
        ("Numbered-v0", "async"),
        ("Numbered-v0", "vector_entry_point"),
        (NumberedEnv, "sync"),
        (NumberedEnv, "async"),
        (Numbered(), "auto"),
    ],
)
def test_no_transition_joins_two_episodes(environment, vectorization):
    environments = make_vector_environment(environment, 4, vectorization)
    *rows, _ = stream(environments, 120)
    check_next_step_stream(*rows)
    environments.close()


def test_cart_poles_of_gymnasium_join_none():
    environments = make_vector_environment("CartPole-v1", 4, "vector_entry_point")
    seen, rewards, terminated, truncated, actions = stream(environments, 150)
    ended = terminated | truncated
    began = np.concatenate([np.zeros_like(ended[:1]), ended[:-1]])
    assert began.sum() > 10
    moved = move_cart_pole(
        tf.reshape(seen[:-1], (-1, 4)), tf.constant(actions.ravel(), tf.int32)
    )
    same = np.isclose(tf.reshape(moved, seen[1:].shape), seen[1:], atol=1e-4)
    np.testing.assert_array_equal(same.all(axis=-1), ~began)
    np.testing.assert_array_equal(rewards, ~began)


@pytest.mark.parametrize("vectorization", ["sync", "vector_entry_point"])
def test_truncation_is_not_termination(vectorization):
    environments = make_vector_environment("CartPole-v1", 1, vectorization)
    environments.unwrapped.max_episode_steps = 5
    if vectorization == "sync":
        limit = functools.partial(gymnasium.wrappers.TimeLimit, max_episode_steps=5)
        environments = make_vector_environment("CartPole-v1", 1, wrappers=[limit])
    environments.reset(seed=0)
    ends = [environments.step(np.array([i % 2]))[2:4] for i in range(6)]
    terminated, truncated = np.array(ends)[..., 0].T
    assert not terminated.any()
    np.testing.assert_array_equal(truncated, [False] * 4 + [True, False])


@pytest.mark.parametrize(
    ("arguments", "kind", "count"),
    [
        (("CartPole-v1",), SyncVectorEnv, 1),
        (("CartPole-v1", 4), CartPoleVectorEnv, 4),
        (("CartPole-v1", 1, "vector_entry_point"), CartPoleVectorEnv, 1),
        (("CartPole-v1", 4, "sync"), SyncVectorEnv, 4),
        (("CartPole-v1", 2, "async"), AsyncVectorEnv, 2),
        (("Acrobot-v1", 2), SyncVectorEnv, 2),
        ((gymnasium.spec("Acrobot-v1"), 2), SyncVectorEnv, 2),
        ((lambda: gymnasium.make("Acrobot-v1"), 2), SyncVectorEnv, 2),
        ((NumberedEnv, 2, "async"), AsyncVectorEnv, 2),
        ((NumberedEnv(),), SyncVectorEnv, 1),
        ((Pendulum(), 3), GymnasiumEnvironment, 3),
        ((Pendulum(),), GymnasiumEnvironment, 1),
    ],
)
def test_what_is_accepted(arguments, kind, count):
    environments = make_vector_environment(*arguments)
    assert type(environments.unwrapped) is kind
    assert isinstance(environments, CheckedVectorEnvironment)
    assert environments.num_envs == count
    assert environments.metadata["autoreset_mode"] == AutoresetMode.NEXT_STEP
    observations, _ = environments.reset(seed=0)
    assert observations in environments.observation_space
    assert len(observations) == count
    environments.close()


def test_an_entry_point_with_other_spaces_is_left(register):
    pendulums = functools.partial(
        GymnasiumEnvironment, Pendulum(), autoreset_mode="NextStep"
    )
    register(
        "Odd-v0", NumberedEnv, vector_entry_point=lambda num_envs: pendulums(num_envs)
    )
    for count in (1, 4):
        environments = make_vector_environment("Odd-v0", count)
        assert environments.single_observation_space.shape == (2,)
    environments = make_vector_environment("Odd-v0", 4, "vector_entry_point")
    assert environments.single_observation_space.shape == (3,)


def test_an_id_without_single_environments(register):
    register("Joint-v0", vector_entry_point=lambda num_envs: OWN(num_envs))
    environments = make_vector_environment("Joint-v0")
    assert type(environments.unwrapped) is GymnasiumEnvironment


def test_an_id_may_name_its_module(monkeypatch, tmp_path):
    program = (
        "import gymnasium\n"
        "from tests.environments.numbered import NumberedEnv\n"
        "gymnasium.register('ModuleNumbered-v0', NumberedEnv)\n"
    )
    (tmp_path / "registers_numbered.py").write_text(program)
    monkeypatch.syspath_prepend(tmp_path)
    environments = make_vector_environment("registers_numbered:ModuleNumbered-v0", 2)
    assert environments.reset()[0].shape == (2, 2)


def test_vector_environments_are_accepted():
    given = gymnasium.make_vec("CartPole-v1", num_envs=5)
    environments = make_vector_environment(given)
    assert environments.unwrapped is given and environments.num_envs == 5
    assert make_vector_environment(environments, 5) is environments


def test_the_seed_decides():
    first, again, other = (
        make_vector_environment("Acrobot-v1", 2, seed=seed) for seed in (1, 1, 2)
    )
    rows = [
        (e.reset()[0], e.action_space.sample(), e.step(e.action_space.sample())[0])
        for e in (first, again, other)
    ]
    for ours, same in zip(*rows[:2], strict=True):
        np.testing.assert_array_equal(ours, same)
    assert not np.array_equal(rows[0][0], rows[2][0])
    # Its environments are not copies of one another.
    assert not np.array_equal(*rows[0][0])


class Screen(gymnasium.Env):
    observation_space = gymnasium.spaces.Box(0, 255, (20, 30, 3), np.uint8)
    action_space = gymnasium.spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.brightness = 0
        return np.zeros((20, 30, 3), np.uint8), {}

    def step(self, action):
        self.brightness += 1
        return np.full((20, 30, 3), self.brightness, np.uint8), 0.0, False, False, {}


@pytest.mark.parametrize("vectorization", ["sync", "async"])
def test_wrappers_for_images(vectorization):
    environments = make_vector_environment(
        Screen,
        num_environments=2,
        vectorization=vectorization,
        wrappers=[
            GrayscaleObservation,
            functools.partial(FrameStackObservation, stack_size=3),
        ],
    )
    assert environments.single_observation_space.shape == (3, 20, 30)
    environments.reset()
    for _ in range(4):
        observations = environments.step(np.zeros(2, int))[0]
    assert observations.dtype == np.uint8
    np.testing.assert_array_equal(observations[:, :, 5, 5], [[2, 3, 4]] * 2)
    environments.close()


@pytest.mark.parametrize(
    ("name", "hints"),
    [
        ("CartPole-v7", ["CartPole-v1"]),
        ("cartpole-v1", ["CartPole-v1"]),
        ("Pendlum-v1", ["Pendulum-v1"]),
        ("ALE/Nothing-v5", ["pip install ale-py", "import ale_py"]),
        ("MiniGrid-Nothing-v0", ["pip install minigrid"]),
        ("MinAtar/Nothing-v1", ["pip install minatar", "register_envs()"]),
        ("Xyzzyq", ["pprint_registry"]),
        ("no_such_package:Thing-v0", ["no_such_package"]),
    ],
)
def test_unknown_ids(name, hints):
    with pytest.raises(ValueError, match=f"Received: '{name}'") as error:
        make_vector_environment(name)
    assert all(hint in str(error.value) for hint in hints)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"environment": "CartPole-v1", "vectorization": "threads"}, "must be one of"),
        (
            {"environment": NumberedEnv(), "num_environments": 2},
            "function that makes it",
        ),
        ({"environment": "CartPole-v1", "num_environments": 0}, "at least 1"),
        ({"environment": Pendulum(), "wrappers": [lambda e: e]}, "no `wrappers`"),
        ({"environment": Pendulum(), "vectorization": "async"}, "no `vectorization`"),
        (
            {"environment": NumberedEnv, "vectorization": "vector_entry_point"},
            "Expected a Gymnasium id",
        ),
        (
            {"environment": "Acrobot-v1", "vectorization": "vector_entry_point"},
            "Acrobot-v1 has none",
        ),
        (
            {
                "environment": "CartPole-v1",
                "vectorization": "vector_entry_point",
                "wrappers": [lambda e: e],
            },
            "there are wrappers",
        ),
    ],
)
def test_arguments_that_do_not_fit(arguments, message):
    with pytest.raises(ValueError, match=message):
        make_vector_environment(**arguments)


def test_another_number_of_environments():
    given = gymnasium.make_vec("CartPole-v1", num_envs=5)
    with pytest.raises(ValueError, match="Expected 3 environments.*Received 5"):
        make_vector_environment(given, num_environments=3)


@pytest.mark.parametrize("thing", [None, 3, tf.constant(1.0)])
def test_things_that_are_no_environments(thing):
    with pytest.raises(TypeError, match="Expected a Gymnasium id.*Received"):
        make_vector_environment(thing)


def test_a_function_that_makes_no_environment():
    with pytest.raises(TypeError, match="return a new `gymnasium.Env`. Received: 'no'"):
        make_vector_environment(lambda: "no")
