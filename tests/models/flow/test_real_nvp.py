import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.layers import FlowLayer
from keras_rlgen.models import RealNVP, image_flow, vector_flow
from tests import flow_checks

ALPHA = 0.1


@pytest.fixture(scope="module")
def images():
    """Returns a model of images of two pixels and three levels."""
    flow = image_flow((1, 2, 1), num_scales=1, num_couplings=2, filters=3, seed=0)
    flow_checks.randomize(flow, (1, 2, 1))
    return RealNVP(
        flow, (1, 2, 1), num_levels=3, value_range=(-1.0, 1.0), alpha=ALPHA, seed=0
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A model of points on an arc, the points, and the model from its file."""
    random = np.random.default_rng(0)
    angles = random.uniform(0.0, np.pi, 1000)
    points = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    points = (points + 0.1 * random.normal(size=points.shape)).astype("float32")
    model = RealNVP(vector_flow(2, 4, 16, seed=0), (2,), seed=0)
    model.compile(keras.optimizers.Adam(0.01), metrics=["frechet_distance"])
    model.fit(points, batch_size=100, epochs=15, verbose=0)
    path = tmp_path_factory.mktemp("real_nvp") / "model.keras"
    model.save(path)
    return model, points, keras.saving.load_model(path)


def test_the_density_integrates_to_one(trained):
    model, _, _ = trained
    assert model.likelihood == "exact" and model.value_range is None
    axis = np.linspace(-3.0, 3.0, 150)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    density = np.exp(model.log_prob(grid.astype("float32")))
    np.testing.assert_allclose(density.sum() * (axis[1] - axis[0]) ** 2, 1.0, atol=0.01)


def test_it_learns(trained):
    model, points, _ = trained
    results = model.evaluate(points, return_dict=True, verbose=0)
    # That of a normal distribution of the points' moments.
    covariance = np.cov(points.T, bias=True)
    gaussian = 0.5 * np.linalg.slogdet(2.0 * np.pi * np.e * covariance)[1]
    assert results["loss"] < gaussian - 0.5
    assert results["frechet_distance"] < 0.05
    np.testing.assert_allclose(
        results["bits_per_dimension"], results["loss"] / 2.0 / np.log(2.0), rtol=1e-5
    )
    log_probs = model.log_prob(points)
    np.testing.assert_allclose(-np.mean(log_probs), results["loss"], rtol=1e-4)


def test_samples_have_the_density_they_are_said_to_have(trained):
    model, _, _ = trained
    samples, log_probs = model.sample_with_log_prob(2000, seed=0)
    np.testing.assert_allclose(log_probs, model.log_prob(samples), atol=1e-3)
    # E[1 / p] over a box is the box's volume.
    inside = np.all(np.abs(samples - [0.0, 1.0]) < 0.15, axis=-1)
    assert inside.sum() > 50
    volume = np.mean(np.where(inside, np.exp(-log_probs), 0.0))
    np.testing.assert_allclose(volume, 0.3**2, rtol=0.35)


def test_temperature_scales_the_latents(trained):
    model, _, _ = trained
    spreads = [
        np.std(model.encode(model.generate(2000, seed=0, temperature=t)))
        for t in (0.5, 1.0)
    ]
    np.testing.assert_allclose(spreads, [0.5, 1.0], rtol=0.05)


def test_a_loaded_model_is_the_same_and_trains_on(trained):
    model, points, loaded = trained
    np.testing.assert_array_equal(loaded.generate(3, seed=1), model.generate(3, seed=1))
    for m in (model, loaded):
        m.fit(points, batch_size=500, epochs=1, shuffle=False, verbose=0)
    np.testing.assert_allclose(
        loaded.log_prob(points[:5]), model.log_prob(points[:5]), rtol=1e-4, atol=1e-4
    )
    configs = loaded.get_config(), model.get_config()
    flows = [config.pop("flow")["config"] for config in configs]
    assert configs[0] == configs[1] and len(flows[0]["layers"]) == 8


def test_act_norms_start_from_the_data():
    model = RealNVP(vector_flow(2, 2, 4, seed=0), (2,), seed=0)
    model.compile(keras.optimizers.SGD(0.0))
    points = np.random.default_rng(0).normal(5.0, 3.0, (64, 2)).astype("float32")
    model.fit(tf.data.Dataset.from_tensor_slices(points).batch(64), verbose=0)
    latents = model.encode(points).numpy()
    np.testing.assert_allclose(latents.mean(axis=0), 0.0, atol=1e-4)
    np.testing.assert_allclose(latents.std(axis=0), 1.0, atol=1e-4)
    model.fit(100.0 * points, verbose=0)
    np.testing.assert_array_equal(model.encode(points), latents)


def test_levels_and_back(images):
    levels = np.array(list(itertools.product((-1.0, 0.0, 1.0), repeat=2)), "float32")
    levels = levels.reshape(9, 1, 2, 1)
    np.testing.assert_allclose(images.decode(images.encode(levels)), levels, atol=1e-6)
    assert set(np.unique(images.generate(200, seed=0))) == {-1.0, 0.0, 1.0}


def test_log_prob_of_images_is_the_bound(images):
    assert images.likelihood == "lower_bound" and images.value_range == (-1.0, 1.0)
    samples = np.array([[[[0.0], [1.0]]]], "float32")
    log_probs = np.array([images.log_prob(samples, seed=s)[0] for s in range(3)])
    for seed, log_prob in enumerate(log_probs):
        key = tf.constant([seed, 0])
        noise = tf.random.stateless_uniform((1, 1, 2, 1), key).numpy()
        shares = (samples + 1.0 + noise) / 3.0
        shares = ALPHA + (1.0 - 2.0 * ALPHA) * shares
        latents, log_det = images.flow.forward_and_log_det(
            tf.constant(np.log(shares / (1.0 - shares)), tf.float32)
        )
        log_normal = -0.5 * (np.sum(np.square(latents)) + 2.0 * np.log(2.0 * np.pi))
        slopes = (1.0 - 2.0 * ALPHA) / 3.0 / (shares * (1.0 - shares))
        expected = log_normal + log_det[0] + np.log(slopes).sum()
        np.testing.assert_allclose(log_prob, expected, rtol=1e-4)
    assert np.ptp(log_probs) > 1e-4


def test_the_bound_is_below_the_probability(images):
    levels = np.array(list(itertools.product((-1.0, 0.0, 1.0), repeat=2)), "float32")
    levels = levels.reshape(9, 1, 2, 1)
    repeated = np.repeat(levels, 400, axis=0)
    log_probs = images.log_prob(repeated, seed=0).numpy().reshape(9, 400)
    bound, log_prob = log_probs.mean(axis=1), np.log(np.exp(log_probs).mean(axis=1))
    samples = images.generate(20000, seed=0)
    counts = np.array(
        [(samples == level).all(axis=(1, 2, 3)).sum() for level in levels]
    )
    # Levels at the ends are more frequent: they take what is beyond them.
    middle = (levels == 0.0).all(axis=(1, 2, 3))
    assert middle.sum() == 1
    np.testing.assert_allclose(
        np.exp(log_prob[middle]), counts[middle] / 20000, rtol=0.15
    )
    assert (np.log(counts / 20000) > bound - 0.1).all()


def test_the_act_is_what_the_flow_made(images):
    draw = images.draw(4, tf.constant([1, 2]))
    with tf.GradientTape() as tape:
        log_probs = images.draw_log_prob(draw)
    gradients = tape.gradient(log_probs, images.policy_variables)
    assert log_probs.shape == (4,) and all(g is not None for g in gradients)
    shares = tf.sigmoid(draw.latents).numpy()
    levels = np.floor((shares - ALPHA) / (1.0 - 2.0 * ALPHA) * 3.0).clip(0, 2)
    np.testing.assert_allclose(draw.samples, levels - 1.0, atol=1e-6)


def test_export(images, tmp_path):
    images.export(tmp_path / "saved_model", verbose=False)
    served = tf.saved_model.load(str(tmp_path / "saved_model"))
    samples = served.generate(3, 7)
    np.testing.assert_allclose(samples, images.generate(3, seed=7), atol=1e-6)
    np.testing.assert_allclose(
        served.log_prob(samples, 5), images.log_prob(samples, seed=5), rtol=1e-4
    )
    np.testing.assert_allclose(
        served.decode(served.encode(samples)), samples, atol=1e-5
    )


@pytest.fixture(scope="module")
def conditional(tmp_path_factory):
    """A model of three classes of points, the data, and the model from its file."""
    random = np.random.default_rng(0)
    labels = np.arange(900) % 3
    centres = np.array([[-3.0, 0.0], [0.0, 3.0], [3.0, 0.0]])
    points = centres[labels] + 0.5 * random.normal(size=(900, 2))
    flow = vector_flow(2, 4, 16, num_classes=3, seed=0)
    model = RealNVP(flow, (2,), num_classes=3, seed=0)
    model.compile(keras.optimizers.Adam(0.01))
    data = points.astype("float32"), labels
    model.fit(*data, batch_size=100, epochs=20, shuffle=False, verbose=0)
    path = tmp_path_factory.mktemp("conditional") / "model.keras"
    model.save(path)
    return model, data, keras.saving.load_model(path)


def test_a_conditional_model_learns_each_class(conditional):
    model, (points, labels), _ = conditional
    # Of 0.5 in each direction, in nats.
    entropy = 2.0 * (np.log(0.5) + 0.5 * np.log(2.0 * np.pi * np.e))
    loss = model.evaluate(points, labels, return_dict=True, verbose=0)["loss"]
    assert entropy - 0.1 < loss < entropy + 0.15
    # Wrong labels are far off.
    assert np.mean(model.log_prob(points, (labels + 1) % 3)) < -loss - 3.0
    for label, centre in enumerate([[-3.0, 0.0], [0.0, 3.0], [3.0, 0.0]]):
        samples = model.generate(300, condition=np.full(300, label), seed=0)
        np.testing.assert_allclose(np.median(samples, axis=0), centre, atol=0.25)
    # Without a condition, classes are drawn.
    mixed = model.generate(600, seed=0)
    assert 150 < (mixed[:, 1] > 1.5).sum() < 250


def test_latents_of_a_conditional_model_and_back(conditional):
    model, (points, labels), _ = conditional
    latents = model.encode(points, labels)
    np.testing.assert_allclose(model.decode(latents, labels), points, atol=1e-4)
    np.testing.assert_allclose(model([points, labels]), latents, atol=1e-6)
    assert np.abs(np.mean(latents, axis=0)).max() < 0.2


def test_a_draw_has_its_condition(conditional):
    model, _, _ = conditional
    draw = model.draw(50, tf.constant([1, 2]))
    assert sorted(set(draw.condition.numpy())) == [0, 1, 2]
    log_probs = model.draw_log_prob(draw)
    np.testing.assert_allclose(
        log_probs, model.log_prob(draw.samples, draw.condition), atol=1e-4
    )
    samples, log_probs = model.sample_with_log_prob(5, condition=[2] * 5, seed=0)
    np.testing.assert_allclose(
        log_probs, model.log_prob(samples, [2] * 5), rtol=1e-4, atol=1e-4
    )


def test_a_conditional_model_from_its_file_and_exported(conditional, tmp_path):
    model, _, loaded = conditional
    labels = np.array([2, 0, 1], "int32")
    samples = model.generate(3, condition=labels, seed=1)
    np.testing.assert_array_equal(loaded.generate(3, labels, seed=1), samples)
    assert loaded.num_classes == 3
    model.export(tmp_path / "saved_model", verbose=False)
    served = tf.saved_model.load(str(tmp_path / "saved_model"))
    np.testing.assert_allclose(
        served.generate_conditional(labels, 1), samples, atol=1e-5
    )
    np.testing.assert_allclose(
        served.log_prob(samples, labels), model.log_prob(samples, labels), rtol=1e-4
    )
    latents = served.encode(samples, labels)
    np.testing.assert_allclose(served.decode(latents, labels), samples, atol=1e-4)


def test_a_conditional_model_of_images():
    flow = image_flow((2, 2, 1), 1, 2, filters=2, num_classes=2, seed=0)
    model = RealNVP(flow, (2, 2, 1), num_levels=3, num_classes=2, seed=0)
    model.compile(keras.optimizers.Adam(0.01))
    images = np.random.default_rng(0).integers(0, 3, (8, 2, 2, 1)) / np.float32(2)
    labels = np.arange(8)[:, np.newaxis] % 2
    data = tf.data.Dataset.from_tensor_slices((images, labels)).batch(4)
    model.fit(data, verbose=0)
    assert model.sample_with_log_prob(4)[1].shape == (4,)
    assert np.isfinite(model.log_prob(images, labels[:, 0])).all()


class Halving(FlowLayer):
    def _forward(self, samples, condition):
        return samples[:, ::2], tf.zeros(len(samples))


def flow():
    return vector_flow(2, 2, 4)


@pytest.mark.parametrize(
    "make, error, message",
    [
        (lambda: RealNVP(keras.layers.Dense(2), (2,)), TypeError, "FlowLayer.*Dense"),
        (lambda: RealNVP(flow(), (3,)), ValueError, r"does not accept .*\(batch, 3\)"),
        (lambda: RealNVP(Halving(), (4,)), ValueError, r"keeps the shape.*\(1, 2\)"),
        (lambda: RealNVP(flow(), (2,), num_levels=1), ValueError, "integer > 1"),
        (lambda: RealNVP(flow(), (2,), alpha=0.5), ValueError, "`alpha` in"),
        (lambda: RealNVP(flow(), (2,), value_range=(1, 1)), ValueError, "low < high"),
        (
            lambda: RealNVP(flow(), (2,), num_classes=3),
            ValueError,
            "takes none. Received: num_classes=3. Pass it to both or to neither",
        ),
        (
            lambda: RealNVP(vector_flow(2, num_classes=3), (2,)),
            ValueError,
            "takes a condition. Received: num_classes=None. Pass it to both",
        ),
        (
            lambda: RealNVP(vector_flow(2, num_classes=3), (2,), num_classes=4),
            ValueError,
            "does not accept",
        ),
    ],
)
def test_parts_that_do_not_fit(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda m: m.log_prob(np.full((1, 1, 2, 1), 2.0, "float32")), "range"),
        (lambda m: m.initialize(np.full((1, 1, 2, 1), np.nan, "float32")), "finite"),
        (lambda m: m.generate(2, temperature=-1.0), "above zero"),
        (lambda m: m.fit(np.zeros((4, 1, 2, 1))), "compile"),
    ],
)
def test_bad_input(images, call, message):
    with pytest.raises(ValueError, match=message):
        call(images)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda m, x: m.fit(x), "is conditional. Give each sample"),
        (lambda m, x: m.log_prob(x), "is conditional. Give each sample"),
        (lambda m, x: m.initialize(x), "is conditional. Give each sample"),
        (lambda m, x: m.generate(2, condition=[0, 3]), "from 0 to 3"),
        (lambda m, x: m.log_prob(x, [0]), r"of shape \(5,\), .* Received: \(1,\)"),
        (lambda m, x: m.encode(x), "is conditional. Give each sample"),
    ],
)
def test_bad_conditions(conditional, call, message):
    model, (points, _), _ = conditional
    with pytest.raises(ValueError, match=message):
        call(model, points[:5])
