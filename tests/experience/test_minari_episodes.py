import builtins

import numpy as np
import pytest
from gymnasium import spaces

from keras_rlgen.experience import Experience
from tests.experience.test_experience import assert_equal

minari = pytest.importorskip("minari", reason="Minari is missing: extra `experience`")

from minari.data_collector import EpisodeBuffer  # noqa: E402

LENGTHS = [4, 2, 3]
pytestmark = [
    pytest.mark.filterwarnings("ignore:`eval_env` is set to None"),
    pytest.mark.filterwarnings("ignore:env_spec is None"),
]
BOX = spaces.Box(-10.0, 10.0, (3,), np.float64)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path))
    return tmp_path


def make_data_set(observation_space=BOX, action_space=None, make=None, **changes):
    """Makes a data set, and returns it and what each episode holds."""
    random = np.random.default_rng(0)
    make = make or (lambda steps: random.normal(size=(steps, 3)))
    episodes = [
        {
            "observations": make(steps + 1),
            "actions": random.integers(0, 2, steps),
            "rewards": random.normal(size=steps),
            "terminations": np.arange(steps) == (steps - 1 if steps != 2 else -1),
            "truncations": np.arange(steps) == (steps - 1 if steps == 2 else -1),
            **changes,
        }
        for steps in LENGTHS
    ]
    data_set = minari.create_dataset_from_buffers(
        "room/test-v0",
        [EpisodeBuffer(id=i, **episode) for i, episode in enumerate(episodes)],
        observation_space=observation_space,
        action_space=action_space or spaces.Discrete(2),
        description="A test.",
        author="Nobody",
        author_email="nobody",
        code_permalink="none",
        algorithm_name="none",
    )
    return data_set, episodes


def test_steps_rewards_and_ends():
    data_set, episodes = make_data_set()
    experience = Experience.from_minari(data_set)
    np.testing.assert_array_equal(experience.lengths, LENGTHS)
    np.testing.assert_array_equal(experience.terminated, [True, False, True])
    for name in ("observations", "actions", "rewards"):
        expected = np.concatenate([episode[name] for episode in episodes])
        np.testing.assert_allclose(getattr(experience, name), expected, rtol=1e-6)
    assert experience.observations.dtype == "float32"


def test_names_and_folders(folder):
    data_set, _ = make_data_set()
    expected = Experience.from_minari(data_set)._columns()
    path = folder / "room" / "test-v0"
    for source in ("room/test-v0", path, str(path), path / "data"):
        assert_equal(Experience.from_minari(source)._columns(), expected)


def test_dicts_and_tuples():
    space = spaces.Dict(
        {"a": BOX, "b": spaces.Tuple((spaces.Discrete(5), spaces.Box(0, 1, (2, 2))))}
    )

    def make(steps):
        return {
            "a": np.ones((steps, 3)),
            "b": (np.arange(steps), np.zeros((steps, 2, 2), "float32")),
        }

    experience = Experience.from_minari(make_data_set(space, make=make)[0])
    counts = np.concatenate([np.arange(steps + 1) for steps in LENGTHS])
    np.testing.assert_array_equal(experience.observations["b"][0], counts)
    assert experience.observations["b"][1].shape == (len(counts), 2, 2)
    assert experience.observations["a"].shape == (len(counts), 3)


def test_filtered_data_sets():
    data_set, _ = make_data_set()
    chosen = data_set.filter_episodes(lambda episode: len(episode) > 2)
    np.testing.assert_array_equal(Experience.from_minari(chosen).lengths, [4, 3])


def test_texts_are_refused():
    space = spaces.Dict({"a": BOX, "mission": spaces.Text(9)})

    def make(steps):
        return {"a": np.ones((steps, 3)), "mission": ["go"] * steps}

    with pytest.raises(ValueError, match=r"\['mission'\]` to be an array of numbers"):
        Experience.from_minari(make_data_set(space, make=make)[0])


def test_nothing_is_downloaded(monkeypatch):
    from minari.storage import hosting

    monkeypatch.setattr(hosting, "download_dataset", lambda *args: pytest.fail())
    with pytest.raises(ValueError, match="minari download D4RL/door/human-v2"):
        Experience.from_minari("D4RL/door/human-v2")


@pytest.mark.parametrize("name", ["no name", "cartpole"])
def test_names_that_are_none(name):
    with pytest.raises(ValueError, match=name):
        Experience.from_minari(name)


def test_other_folders_and_other_objects(folder):
    with pytest.raises(ValueError, match="that Minari can read"):
        Experience.from_minari(folder)
    with pytest.raises(TypeError, match="Received: 3 of type int"):
        Experience.from_minari(3)


def test_damaged_files(folder):
    make_data_set()
    path = folder / "room" / "test-v0" / "data" / "main_data.hdf5"
    content = path.read_bytes()
    for damaged in (content[:1000], b"", content[: len(content) // 2]):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match="room/test-v0"):
            Experience.from_minari("room/test-v0")
    (path.parent / "metadata.json").write_text("{")
    with pytest.raises(ValueError, match="room/test-v0"):
        Experience.from_minari("room/test-v0")


def test_the_error_names_the_extra(monkeypatch):
    real_import = builtins.__import__

    def without_minari(name, *args, **kwargs):
        if name.split(".")[0] == "minari":
            raise ImportError(name)
        return real_import(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_minari)
    with pytest.raises(ImportError, match=r"\[experience\]"):
        Experience.from_minari("room/test-v0")
