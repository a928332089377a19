import sys

import gymnasium
import numpy as np
import pytest
from gymnasium.utils import env_checker

from keras_rlgen import environments
from keras_rlgen.environments import CartPole, GridWorld, GymnasiumEnvironment, Pendulum
from tests.environments.numbered import Decaying


@pytest.fixture(scope="module")
def cart_poles():
    return GymnasiumEnvironment(CartPole(max_episode_steps=15), num_envs=4)


@pytest.fixture(scope="module")
def pendulums():
    return GymnasiumEnvironment(Pendulum(), num_envs=2)


def gymnasiums(name, num_envs, **options):
    return gymnasium.make_vec(
        name,
        num_envs=num_envs,
        vectorization_mode="sync",
        vector_kwargs={"autoreset_mode": gymnasium.vector.AutoresetMode.SAME_STEP},
        **options,
    )


def run(vector, steps, seed=0):
    """What a reset and some steps return."""
    vector.action_space.seed(seed)
    returned = [vector.reset(seed=seed)]
    returned += [vector.step(vector.action_space.sample()) for _ in range(steps)]
    return returned


def test_checks_of_gymnasium(cart_poles):
    env_checker.check_reset_seed_determinism(cart_poles)
    env_checker.check_reset_options(cart_poles)
    env_checker.check_reset_return_type(cart_poles)


@pytest.mark.parametrize(
    ("ours", "name"), [("cart_poles", "CartPole-v1"), ("pendulums", "Pendulum-v1")]
)
def test_spaces_are_gymnasiums(ours, name, request):
    ours = request.getfixturevalue(ours)
    theirs = gymnasiums(name, ours.num_envs)
    for space in (
        "single_observation_space",
        "single_action_space",
        "observation_space",
        "action_space",
    ):
        assert getattr(ours, space) == getattr(theirs, space)
    assert isinstance(ours, gymnasium.vector.VectorEnv)
    assert ours.metadata["autoreset_mode"] == theirs.metadata["autoreset_mode"]


def test_steps_keep_to_the_spaces(cart_poles):
    (observations, infos), *steps = run(cart_poles, 40)
    assert observations in cart_poles.observation_space and infos == {}
    ends = 0
    for observations, rewards, terminated, truncated, infos in steps:
        assert observations in cart_poles.observation_space
        assert rewards.shape == (4,) and rewards.dtype == np.float32
        assert terminated.shape == truncated.shape == (4,)
        assert terminated.dtype == truncated.dtype == bool
        ended = terminated | truncated
        assert ("final_obs" in infos) == ended.any()
        if ended.any():
            np.testing.assert_array_equal(infos["_final_obs"], ended)
            for row in np.flatnonzero(ended):
                # The old episode's last, far from where a new one begins.
                final = infos["final_obs"][row]
                assert final in cart_poles.single_observation_space
                assert np.abs(observations[row]).max() <= 0.05
                assert np.abs(final).max() > 0.05
            ends += ended.sum()
    assert ends > 8


def test_infos_are_those_of_gymnasium(cart_poles):
    theirs = gymnasiums("CartPole-v1", 4, max_episode_steps=15)
    for vector in (cart_poles, theirs):
        infos = [step[4] for step in run(vector, 30)[1:] if step[4]]
        for info in infos:
            assert set(info) == {
                "final_obs",
                "_final_obs",
                "final_info",
                "_final_info",
            }
            assert info["final_obs"].dtype == object
            np.testing.assert_array_equal(info["_final_info"], info["_final_obs"])


def test_the_seed_decides(cart_poles):
    first, again, other = (run(cart_poles, 20, seed) for seed in (1, 1, 2))
    assert env_checker.data_equivalence(first, again, exact=True)
    assert not env_checker.data_equivalence(first, other)
    # Without a seed, the episodes go on differently.
    assert not np.array_equal(cart_poles.reset()[0], cart_poles.reset()[0])


def test_what_is_returned_is_the_callers(cart_poles):
    observations, _ = cart_poles.reset(seed=0)
    kept = observations.copy()
    actions = np.ones(4, int)
    expected = cart_poles.step(actions)[0]
    observations, _ = cart_poles.reset(seed=0)
    np.testing.assert_array_equal(observations, kept)
    observations[:] = 1.0
    np.testing.assert_array_equal(cart_poles.step(actions)[0], expected)


def test_wrappers_of_gymnasium_count_episodes():
    maze = GridWorld(["SG"], max_episode_steps=3)
    vector = gymnasium.wrappers.vector.RecordEpisodeStatistics(
        GymnasiumEnvironment(maze, num_envs=2)
    )
    vector.reset(seed=0)
    # The first goes to the goal at once; the second stays for three steps, each time.
    for _ in range(6):
        vector.step(np.array([1, 3]))
    assert sorted(vector.length_queue) == [1] * 6 + [3] * 2
    assert sorted(vector.return_queue) == [-3.0] * 2 + [-1.0] * 6


def test_continuous_actions_are_cast(pendulums):
    pendulums.reset(seed=0)
    beyond = pendulums.step(np.full((2, 1), 9.0))
    pendulums.reset(seed=0)
    bound = pendulums.step(np.full((2, 1), 2.0, "float32"))
    np.testing.assert_array_equal(beyond[0], bound[0])


@pytest.mark.parametrize(
    "actions",
    [[0, 1, 2, 0], [0, 1], [0.0, 1.0, 1.0, 0.0], [[0], [1], [1], [0]], [0, -1, 0, 0]],
)
def test_discrete_actions_that_do_not_fit(cart_poles, actions):
    cart_poles.reset(seed=0)
    with pytest.raises(ValueError, match=r"Expected actions in MultiDiscrete") as error:
        cart_poles.step(actions)
    error.match(r"Received: shape")


@pytest.mark.parametrize("actions", [[0.0, 1.0], [[np.nan], [0.0]], [[0.0, 1.0]]])
def test_continuous_actions_that_do_not_fit(pendulums, actions):
    pendulums.reset(seed=0)
    with pytest.raises(ValueError, match="Expected actions in Box"):
        pendulums.step(actions)


def test_a_step_before_the_reset():
    with pytest.raises(ValueError, match="`reset` to be called before"):
        GymnasiumEnvironment(CartPole()).step([0])


def test_episodes_begin_in_the_next_step():
    vector = GymnasiumEnvironment(CartPole(max_episode_steps=2), 3, "NextStep")
    theirs = gymnasium.make_vec("CartPole-v1", num_envs=3)
    assert vector.metadata["autoreset_mode"] == theirs.metadata["autoreset_mode"]
    (_, _), *steps = run(vector, 5)
    truncated = np.stack([step[3] for step in steps])
    rewards = np.stack([step[1] for step in steps])
    expected = np.array([False, True, False, False, True])[:, np.newaxis]
    np.testing.assert_array_equal(truncated, np.repeat(expected, 3, axis=1))
    np.testing.assert_array_equal(rewards[:, 0], [1.0, 1.0, 0.0, 1.0, 1.0])
    assert all(step[4] == {} for step in steps)
    # A reset in between forgets the end.
    vector.reset(seed=0)
    np.testing.assert_array_equal(vector.step(np.ones(3, int))[1], np.ones(3))


@pytest.mark.parametrize("mode", ["Disabled", gymnasium.vector.AutoresetMode.DISABLED])
def test_other_modes(mode):
    with pytest.raises(ValueError, match="`autoreset_mode` must be one of"):
        GymnasiumEnvironment(CartPole(), autoreset_mode=mode)


def test_options_are_refused(cart_poles):
    with pytest.raises(ValueError, match="takes no options. Received: {'low': 0.0}"):
        cart_poles.reset(options={"low": 0.0})


@pytest.mark.parametrize("name", environments._GYMNASIUM_MODULES)
def test_without_gymnasium(name, monkeypatch):
    for module in [m for m in sys.modules if "keras_rlgen.environments.gymnasium" in m]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "gymnasium", None)
    with pytest.raises(ImportError, match=r'pip install ".*\[agents\]"'):
        getattr(environments, name)
    assert name in dir(environments)


def test_other_names_are_unknown():
    with pytest.raises(AttributeError, match="has no attribute 'Taxi'"):
        _ = environments.Taxi


@pytest.mark.parametrize("mode", ["SameStep", "NextStep"])
def test_a_discount_of_0_is_a_termination(mode):
    vector = GymnasiumEnvironment(Decaying(), num_envs=2, autoreset_mode=mode)
    vector.reset(seed=0)
    ends = [vector.step(np.zeros(2, int))[2].tolist() for _ in range(3)]
    assert ends == [[False, False], [False, False], [True, True]]
