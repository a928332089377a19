import gymnasium
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.utils.env_checker import data_equivalence
from gymnasium.vector.utils import batch_space

from keras_rlgen.environments.gymnasium.observations import observation_conversion

SPACES = {
    "float32": spaces.Box(-1.0, np.inf, (3,)),
    "float64": spaces.Box(-1.0, 1.0, (2, 2), np.float64),
    "image": spaces.Box(0, 255, (4, 4, 3), np.uint8),
    "bool": spaces.Box(0, 1, (2, 3), bool),
    "integers": spaces.Box(-5, 5, (2,), np.int64),
    "scalar": spaces.Box(-1.0, 1.0, ()),
    "discrete": spaces.Discrete(5),
    "discrete_from_3": spaces.Discrete(4, start=3),
    "discrete_from_minus_2": spaces.Discrete(4, start=-2),
    "multi_discrete": spaces.MultiDiscrete([3, 1, 4], start=[0, -1, 2]),
    "multi_discrete_table": spaces.MultiDiscrete([[2, 3], [4, 5]]),
    "multi_binary": spaces.MultiBinary(6),
    "multi_binary_table": spaces.MultiBinary([2, 3]),
    "dict": spaces.Dict(
        {
            "view": spaces.Box(0, 255, (2, 2, 1), np.uint8),
            "direction": spaces.Discrete(4),
            "inner": spaces.Dict({"speed": spaces.Box(-1.0, 1.0, (2,), np.float64)}),
        }
    ),
    "tuple": spaces.Tuple([spaces.Discrete(3), spaces.Box(-1.0, 1.0, (2,))]),
}


def encode(space, value):
    """One observation as a network takes it, slowly."""
    if isinstance(space, spaces.Dict):
        return {key: encode(space[key], value[key]) for key in space}
    if isinstance(space, spaces.Tuple):
        return tuple(encode(s, v) for s, v in zip(space, value, strict=True))
    if isinstance(space, spaces.Discrete):
        return np.array([i + space.start == value for i in range(space.n)], np.float32)
    if isinstance(space, spaces.MultiDiscrete):
        parts = zip(space.nvec.flat, space.start.flat, value.flat, strict=True)
        rows = [encode(spaces.Discrete(n, start=s), v) for n, s, v in parts]
        return np.concatenate(rows)
    is_byte = space.dtype in (np.uint8, np.bool_)
    return np.asarray(value, np.uint8 if is_byte else np.float32)


def check_equal(left, right):
    assert data_equivalence(left, right, exact=True)


@pytest.mark.parametrize("name", SPACES)
def test_a_batch_is_converted_as_each_observation_is(name):
    space = SPACES[name]
    space.seed(0)
    samples = [space.sample() for _ in range(5)]
    batch = gymnasium.vector.utils.create_empty_array(space, 5)
    batch = gymnasium.vector.utils.concatenate(space, samples, batch)
    assert batch in batch_space(space, 5)

    conversion = observation_conversion(space, 5)
    converted = conversion(batch)
    expected = gymnasium.vector.utils.concatenate(
        conversion.space,
        [encode(space, sample) for sample in samples],
        gymnasium.vector.utils.create_empty_array(conversion.space, 5),
    )
    check_equal(converted, expected)
    assert converted in batch_space(conversion.space, 5)
    # What is converted converts to itself.
    again = observation_conversion(conversion.space, 5)
    assert again.space == conversion.space
    check_equal(again(converted), expected)


def test_what_is_float32_is_not_copied():
    batch = np.zeros((2, 3), np.float32)
    assert observation_conversion(SPACES["float32"], 2)(batch) is batch


def test_bounds_beyond_float32_are_infinite():
    largest = np.finfo(np.float64).max
    space = spaces.Box(-largest, largest, (2,), np.float64)
    converted = observation_conversion(space, 1).space
    assert converted == spaces.Box(-np.inf, np.inf, (2,))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("discrete", 5),
        ("discrete", -1),
        ("discrete_from_3", 2),
        ("discrete_from_minus_2", 2),
        ("multi_discrete", [0, 0, 3]),
    ],
)
def test_numbers_that_a_discrete_space_has_not(name, value):
    space = SPACES[name]
    good, bad = np.asarray(space.sample()), np.asarray(value)
    with pytest.raises(ValueError, match="Expected observation in (Multi)?Discrete"):
        observation_conversion(space, 2)(np.stack([good, bad]))


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e300])
def test_numbers_that_are_not_finite(bad):
    conversion = observation_conversion(SPACES["dict"], 2)
    batch = batch_space(SPACES["dict"], 2).sample()
    batch["inner"]["speed"][1, 0] = bad
    with pytest.raises(ValueError, match=r"\['inner'\]\['speed'\] .* rows \[1\]"):
        conversion(batch)


@pytest.mark.parametrize(
    ("name", "batch", "message"),
    [
        ("float32", np.zeros((2, 4)), r"of shape \(2, 3\).*Received: shape \(2, 4\)"),
        ("float32", np.zeros((3, 3)), r"of shape \(2, 3\)"),
        ("image", np.zeros((2, 4, 4, 3)), "dtype uint8.*Received.*dtype float64"),
        ("discrete", np.zeros(2), "dtype int64.*Received.*dtype float64"),
        ("dict", {"view": 0}, r"the keys \['direction', 'inner', 'view'\]"),
        ("tuple", (np.zeros(2, int),), "of 2 parts. Received: 1"),
    ],
)
def test_arrays_that_do_not_fit(name, batch, message):
    with pytest.raises(ValueError, match=message):
        observation_conversion(SPACES[name], 2)(batch)


def test_spaces_of_another_kind():
    space = spaces.Dict({"words": spaces.Text(5), "image": SPACES["image"]})
    with pytest.raises(
        ValueError, match=r"observation\['words'\] .*Received: Text"
    ) as e:
        observation_conversion(space, 2)
    e.match(r"FilterObservation\(environment, \['image'\]\)")


def test_an_empty_observation():
    with pytest.raises(ValueError, match="of at least one number"):
        observation_conversion(spaces.Box(-1.0, 1.0, (0,)), 1)
