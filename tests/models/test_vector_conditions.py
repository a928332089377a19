"""Every family may be conditioned on vectors of floats."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.distributions import Normal
from keras_rlgen.layers import MaskedConvolution
from keras_rlgen.models import (
    GAN,
    VAE,
    CategoricalVAE,
    ConditionalGAN,
    PixelCNN,
    RealNVP,
    StochasticGenerator,
    VectorCondition,
    image_flow,
    vector_flow,
)
from keras_rlgen.rl_models import RLVAE, ReinforceGAN, RewardTuner
from tests import networks
from tests.networks import assert_same, values

layers = keras.layers
VECTORS = np.random.default_rng(0).uniform(-1.0, 1.0, (24, 3)).astype("float32")


def joint(inputs, outputs, seed=0, dim=3):
    """Returns a network of `[values, vectors]`."""
    shape = inputs if isinstance(inputs, tuple) else (inputs,)
    given, condition = layers.Input(shape), layers.Input((dim,))
    joined = layers.Concatenate()([layers.Flatten()(given), condition])
    hidden = networks.dense(16, "tanh", seed=seed)(joined)
    return keras.Model(
        [given, condition], networks.dense(outputs, seed=seed + 1)(hidden)
    )


def causal_network():
    """Returns an autoregressive network whose features the vectors shift."""
    images, condition = layers.Input((2, 2, 1)), layers.Input((3,))
    glorot = keras.initializers.GlorotUniform(0)
    features = MaskedConvolution(4, 3, "horizontal", "A", 1, glorot)(images)
    shift = layers.Reshape((1, 1, 4))(networks.dense(4, seed=1)(condition))
    features = layers.ReLU()(layers.Add()([features, shift]))
    logits = MaskedConvolution(2, 1, "horizontal", "B", 1, glorot)(features)
    return keras.Model([images, condition], layers.Reshape((2, 2, 1, 2))(logits))


def vae(**kwargs):
    distribution = Normal(0.5, learned=True)
    given = {"conditions": VectorCondition(3), "seed": 0, **kwargs}
    return VAE(joint(2, 4), joint(2, 2, 3), 2, distribution, **given)


def categorical_vae():
    networks_of = joint(2, 6), joint((2, 3), 2, 3)
    conditions = VectorCondition(3)
    return CategoricalVAE(*networks_of, 2, 3, "normal", conditions=conditions, seed=0)


def rl_vae():
    conditions = VectorCondition(3)
    networks_of = joint(2, 4), joint(2, 2, 3)
    return RLVAE(*networks_of, 2, "normal", conditions=conditions, seed=0)


def conditional_gan(**kwargs):
    given = {"conditions": VectorCondition(3), "seed": 0, **kwargs}
    return ConditionalGAN(joint(2, 2), joint(2, 1, 3), 2, **given)


def pixel_cnn():
    return PixelCNN(causal_network(), conditions=VectorCondition(3), seed=0)


def real_nvp():
    flow = vector_flow(2, 2, 4, condition_dim=3, seed=0)
    return RealNVP(flow, (2,), conditions=VectorCondition(3), seed=0)


def flow_of_images():
    flow = image_flow((2, 2, 1), 1, 2, 4, condition_dim=3, seed=0)
    return RealNVP(flow, (2, 2, 1), 2, conditions=VectorCondition(3), seed=0)


FAMILIES = [
    vae,
    categorical_vae,
    rl_vae,
    conditional_gan,
    pixel_cnn,
    real_nvp,
    flow_of_images,
]


def data(model):
    """Returns samples that depend on the vectors."""
    if model.sample_shape == (2,):
        return VECTORS[:, :2] + VECTORS[:, 2:]
    return np.float32(VECTORS[:, :1] > 0.0)[:, None, None].repeat(2, 1).repeat(2, 2)


@pytest.fixture(scope="module", params=FAMILIES, ids=lambda make: make.__name__)
def trained(request):
    model = request.param()
    arguments = {} if request.param is conditional_gan else {"optimizer": "adam"}
    model.compile(run_eagerly=True, **arguments)
    model.fit(data(model), VECTORS, batch_size=12, epochs=2, verbose=0)
    return model


def test_samples_follow_the_condition(trained):
    samples = trained.generate(24, VECTORS, seed=0)
    np.testing.assert_array_equal(trained.generate(24, VECTORS, seed=0), samples)
    assert samples.shape == (24, *trained.sample_shape)
    others = [trained.generate(24, 9.0 * s * VECTORS, seed=0) for s in (1.0, -1.0)]
    assert (others[0] != others[1]).any()
    results = trained.evaluate(data(trained), VECTORS, verbose=0, return_dict=True)
    assert np.isfinite(list(results.values())).all()


def test_densities_follow_the_condition(trained):
    if trained.likelihood is None:
        pytest.skip("The family has no likelihood.")
    log_probs = trained.log_prob(data(trained), VECTORS, seed=0)
    assert log_probs.shape == (24,)
    others = trained.log_prob(data(trained), 9.0 * VECTORS, seed=0)
    assert not np.allclose(log_probs, others)
    _, of_draw = trained.sample_with_log_prob(24, VECTORS, seed=0)
    assert of_draw.shape == (24,)


def test_the_condition_is_asked_for(trained):
    with pytest.raises(ValueError, match=r"conditioned on vectors of 3 values"):
        trained.generate(2)
    with pytest.raises(ValueError, match=r"of shape \(2, 3\).*Received: \(2, 2\)"):
        trained.generate(2, np.zeros((2, 2)))
    with pytest.raises(ValueError, match="is conditional. Give each sample its"):
        trained.fit(data(trained), verbose=0)
    broken = VECTORS.copy()
    broken[3, 1] = np.nan
    with pytest.raises(ValueError, match="Expected finite vectors"):
        trained.fit(data(trained), broken, verbose=0)


def test_files_and_configurations(trained, tmp_path):
    config = trained.get_config()
    copy = type(trained).from_config(config)
    assert copy.conditions.dim == 3 and copy.get_config().keys() == config.keys()
    assert config["num_classes"] is None
    trained.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    for model in (trained, loaded):
        model.fit(data(model), VECTORS, shuffle=False, verbose=0)
    assert_same(values(loaded), values(trained), rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(
        *(model.generate(24, VECTORS, seed=1) for model in (loaded, trained))
    )


@pytest.mark.parametrize("make", [vae, conditional_gan, real_nvp])
def test_an_exported_model_takes_vectors(make, tmp_path):
    model = make()
    model.export(tmp_path / "exported", verbose=False)
    exported = tf.saved_model.load(str(tmp_path / "exported"))
    assert not hasattr(exported, "generate")
    samples = exported.generate_conditional(tf.constant(VECTORS), 5)
    expected = model.generate(24, VECTORS, seed=5)
    np.testing.assert_allclose(samples, expected, rtol=1e-4, atol=1e-5)
    (spec,) = (
        spec
        for name, spec in exported.signatures["generate_conditional"]
        .structured_input_signature[1]
        .items()
        if name == "condition"
    )
    assert spec.shape == (None, 3) and spec.dtype == tf.float32


# A toy: y ~ N(2 c, 0.1)


def test_the_mean_of_a_vae_follows_conditions_it_has_not_seen():
    random = np.random.default_rng(0)
    seen = random.uniform(-1.0, 1.0, (600, 1)).astype("float32")
    y = 2.0 * seen + 0.1 * random.normal(size=seen.shape).astype("float32")
    model = VAE(
        joint(1, 2, dim=1),
        joint(1, 1, 3, dim=1),
        latent_dim=1,
        distribution=Normal(0.5, learned=True),
        emit="sample",
        conditions=VectorCondition(1),
        seed=0,
    )
    model.compile(keras.optimizers.Adam(0.02), jit_compile=False)
    model.fit(y, seen, batch_size=50, epochs=40, verbose=0)
    for condition in (-0.85, -0.31, 0.05, 0.62):
        drawn = model.generate(1000, np.full((1000, 1), condition), seed=0)
        assert drawn.mean() == pytest.approx(2.0 * condition, abs=0.1)
        assert 0.07 < drawn.std() < 0.15


def test_the_density_of_a_flow_follows_the_condition():
    random = np.random.default_rng(0)
    seen = random.uniform(-1.0, 1.0, (600, 1)).astype("float32")
    y = seen * [2.0, -1.0] + 0.1 * random.normal(size=(600, 2))
    flow = vector_flow(2, 4, 16, seed=0, condition_dim=1)
    model = RealNVP(flow, (2,), conditions=VectorCondition(1), seed=0)
    model.compile(keras.optimizers.Adam(0.01), jit_compile=False)
    model.fit(y.astype("float32"), seen, batch_size=100, epochs=40, verbose=0)
    for condition in (-0.85, 0.05, 0.62):
        drawn = model.generate(1000, np.full((1000, 1), condition), seed=0)
        expected = condition * np.array([2.0, -1.0])
        np.testing.assert_allclose(drawn.mean(axis=0), expected, atol=0.1)
    entropy = np.log(2.0 * np.pi * np.e * 0.01)
    assert entropy - 0.2 < model.evaluate(y, seen, verbose=0)[0] < entropy + 0.3


# Tuning


def first(samples):
    return samples[:, 0]


def test_a_conditional_model_is_tuned_for_given_vectors():
    tuner = RewardTuner(vae(), seed=0)
    tuner.compile(
        keras.optimizers.Adam(0.05),
        reward=first,
        kl_weight=0.0,
        num_samples=16,
        group_size=4,
        run_eagerly=True,
    )
    with pytest.raises(ValueError, match=r"`RewardTuner` `fit\(conditions=vectors\)`"):
        tuner.fit(steps_per_epoch=1, verbose=0)
    arguments = {"conditions": VECTORS, "steps_per_epoch": 15, "verbose": 0}
    history = tuner.fit(epochs=2, **arguments).history
    assert history["reward"][1] > history["reward"][0]
    results = tuner.evaluate(data(tuner), VECTORS, verbose=0, return_dict=True)
    assert np.isfinite(list(results.values())).all()


# What is refused


@pytest.mark.parametrize(
    "make, message",
    [
        (
            lambda: VAE(
                networks.layered(2, 4, 0),
                joint(2, 2),
                2,
                "normal",
                conditions=VectorCondition(3),
            ),
            r"its encoder has to take `\[samples, condition\]`",
        ),
        (
            lambda: vae(conditions=VectorCondition(2)),
            "its encoder has to take",
        ),
        (lambda: vae(num_classes=3), "`num_classes` or `conditions`, not both"),
        (lambda: conditional_gan(num_classes=3), ", not both"),
        (lambda: conditional_gan(conditions=None), "Received neither"),
        (lambda: conditional_gan(conditions=VectorCondition(4)), "its generator has"),
        (
            lambda: ConditionalGAN(
                joint(2, 2),
                networks.discriminator(),
                2,
                conditions=VectorCondition(3),
            ),
            r"its discriminator has to take `\[samples, condition\]`",
        ),
        (
            lambda: GAN(
                networks.generator(),
                networks.discriminator(),
                2,
                conditions=VectorCondition(3),
            ),
            "`GAN` take no condition.*Use `ConditionalGAN`",
        ),
        (
            lambda: ReinforceGAN(
                networks.generator(),
                networks.discriminator(),
                2,
                conditions=VectorCondition(3),
            ),
            "`ReinforceGAN` take no condition",
        ),
        (
            lambda: PixelCNN(causal_network(), conditions=VectorCondition(2)),
            r"its network has to take `\[images, condition\]`",
        ),
        (
            lambda: RealNVP(vector_flow(2), (2,), conditions=VectorCondition(3)),
            "The flow takes none. Received: conditions=VectorCondition",
        ),
        (
            lambda: RealNVP(vector_flow(2, condition_dim=3), (2,)),
            "The flow takes a condition. Received: num_classes=None",
        ),
        (
            lambda: RealNVP(
                vector_flow(2, condition_dim=3), (2,), conditions=VectorCondition(2)
            ),
            r"with a condition of shape \('batch', 2\)",
        ),
        (
            lambda: vector_flow(2, num_classes=3, condition_dim=3),
            "`num_classes` or `condition_dim`, not both",
        ),
    ],
)
def test_a_condition_is_never_ignored(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_conditional_gan_may_be_a_policy():
    generator = StochasticGenerator(joint(2, 2), Normal(0.2), seed=0)
    gan = ConditionalGAN(
        generator, joint(2, 1, 3), 2, conditions=VectorCondition(3), seed=0
    )
    _, log_probs = gan.sample_with_log_prob(24, VECTORS)
    assert log_probs.shape == (24,)
