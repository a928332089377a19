import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents.networks import NormalNetwork
from tests.agents.toys import (
    CONTINUOUS,
    DISCRETE,
    OBSERVATION,
    BoundedTensorSpec,
    mlp,
    observations,
    with_free_scale,
)

UNBOUNDED = BoundedTensorSpec((2,), tf.float32, -np.inf, np.inf)
CENTRE, HALF_RANGE = np.array([0.0, 2.0]), np.array([1.0, 2.0])


def log_normal(x, mean, scale):
    return -0.5 * ((x - mean) / scale) ** 2 - np.log(scale * np.sqrt(2 * np.pi))


def outputs_of(model):
    return np.split(model(observations()).numpy().astype("float64"), 2, axis=-1)


def test_scale_that_depends_on_the_state():
    model = mlp(4)
    means, log_scales = outputs_of(model)
    distribution, _ = NormalNetwork(model, OBSERVATION, CONTINUOUS)(observations())
    actions = distribution.sample(seed=1).numpy()
    x = (actions - CENTRE) / HALF_RANGE
    expected = log_normal(x, means, np.exp(log_scales)) - np.log(HALF_RANGE)
    np.testing.assert_allclose(
        distribution.log_prob(actions), expected.sum(-1), rtol=1e-4
    )
    np.testing.assert_allclose(
        distribution.mode(), CENTRE + HALF_RANGE * means, rtol=1e-5
    )


def test_free_scale():
    model = with_free_scale(mlp(2), initial_scale=0.5)
    model.layers[-1].log_scale.assign(np.log([0.5, 0.1]))
    distribution, _ = NormalNetwork(model, OBSERVATION, CONTINUOUS)(observations())
    scales = np.tile(HALF_RANGE * [0.5, 0.1], (8, 1))
    np.testing.assert_allclose(distribution.stddev(), scales, rtol=1e-5)


def test_squashed():
    model = mlp(4)
    means, log_scales = outputs_of(model)
    network = NormalNetwork(model, OBSERVATION, CONTINUOUS, squash=True)
    distribution, _ = network(observations())
    actions = distribution.sample(seed=1).numpy()
    squashed = (actions - CENTRE) / HALF_RANGE
    assert (np.abs(squashed) < 1).all()
    x = np.arctanh(squashed)
    slope = HALF_RANGE * (1 - np.tanh(x) ** 2)
    expected = log_normal(x, means, np.exp(log_scales)) - np.log(slope)
    np.testing.assert_allclose(
        distribution.log_prob(actions), expected.sum(-1), rtol=1e-3
    )
    modes = CENTRE + HALF_RANGE * np.tanh(means)
    np.testing.assert_allclose(distribution.mode(), modes, rtol=1e-5)
    assert network.copy()(observations())[0].event_shape == (2,)


def test_without_bounds():
    model = mlp(4)
    means, log_scales = outputs_of(model)
    distribution, _ = NormalNetwork(model, OBSERVATION, UNBOUNDED)(observations())
    np.testing.assert_allclose(distribution.mode(), means, rtol=1e-5)
    np.testing.assert_allclose(distribution.stddev(), np.exp(log_scales), rtol=1e-5)


@pytest.mark.parametrize("squash", [False, True])
@pytest.mark.parametrize("dtype", [tf.float32, tf.float64])
@pytest.mark.parametrize("shape", [(), (1,), (2,)])
def test_shapes_and_dtypes(shape, dtype, squash):
    spec = BoundedTensorSpec(shape, dtype, -1.0, 2.0)
    model = mlp(2 * int(np.prod(shape)))
    network = NormalNetwork(model, OBSERVATION, spec, squash=squash)
    distribution, _ = network(observations(time=5))
    assert distribution.batch_shape == (8, 5) and distribution.event_shape == shape
    sample = distribution.sample(seed=0)
    assert sample.dtype == dtype and sample.shape == (8, 5, *shape)
    assert distribution.log_prob(sample).shape == (8, 5)


def test_extreme_scales_are_clipped():
    model = with_free_scale(mlp(2))
    model.layers[-1].log_scale.assign([100.0, -100.0])
    distribution, _ = NormalNetwork(model, OBSERVATION, UNBOUNDED)(observations())
    expected = np.tile(np.exp([2.0, -20.0]), (8, 1))
    np.testing.assert_allclose(distribution.stddev(), expected, rtol=1e-5)


@pytest.mark.parametrize(
    "outputs, spec, squash, message",
    [
        (2, CONTINUOUS, False, r"\(batch, 4\).*\(batch, 2\).*4 units, or 2.*FreeScale"),
        (4, DISCRETE, False, "continuous actions.*Use `CategoricalNetwork`"),
        (4, UNBOUNDED, True, "finite bounds.*pass `squash=False`"),
        (4, BoundedTensorSpec((2, 1), tf.float32, 0, 1), False, "shape .*Flatten"),
        (4, [CONTINUOUS], False, "one `BoundedTensorSpec`"),
    ],
    ids=["outputs", "discrete", "unbounded", "matrix", "nest"],
)
def test_actions_that_do_not_fit(outputs, spec, squash, message):
    with pytest.raises(ValueError, match=f"`NormalNetwork` .*expected .*{message}"):
        NormalNetwork(mlp(outputs), OBSERVATION, spec, squash=squash)
