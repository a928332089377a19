import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.rl_models import ConditionalDQNGAN
from tests import networks
from tests.networks import assert_same, differ, values

SGD = keras.optimizers.SGD
LABELS = np.arange(60) % 3
# Three clusters in the plane, one of each class.
REAL = np.random.default_rng(0).normal(size=(60, 2)).astype("float32") * 0.1
REAL[:, 0] += LABELS - 1.0


def make(**kwargs):
    q_network = networks.layered(2, 3, seed=30)
    return ConditionalDQNGAN(
        networks.with_labels(2, 2, seed=10),
        networks.with_labels(2, 1, seed=20),
        q_network,
        latent_dim=2,
        num_classes=3,
        **{"seed": 0, "num_environments": 8, "replay_capacity": 2000, **kwargs},
    )


@pytest.fixture(scope="module")
def trained():
    keras.utils.set_random_seed(0)
    gan = make()
    rates = 2e-3, 2e-3, 5e-3
    gan.compile(*map(keras.optimizers.Adam, rates), policy_weight=0.3, q_steps=8)
    gan.agent.warm_up_steps = 32
    gan.fit(REAL, LABELS, batch_size=20, epochs=60, verbose=0)
    return gan


def test_it_learns_to_classify(trained):
    results = trained.evaluate(REAL, LABELS, verbose=0, return_dict=True)
    assert results["accuracy"] > 0.9
    assert results["accuracy"] == np.mean(trained.agent.predict(REAL) == LABELS)
    assert 0.0 <= results["accuracy_generated"] <= 1.0


def test_a_saved_model_continues_exactly(trained, tmp_path):
    trained.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    logs = [
        model.fit(REAL, LABELS, batch_size=30, shuffle=False, verbose=0).history
        for model in (trained, loaded)
    ]
    for name in logs[0]:
        np.testing.assert_allclose(logs[0][name], logs[1][name], rtol=1e-5)
    assert_same(values(trained), values(loaded), rtol=1e-5)
    trained.export(tmp_path / "saved", verbose=False)
    exported = tf.saved_model.load(tmp_path / "saved")
    np.testing.assert_allclose(
        exported.q_values(REAL), trained._q_values(tf.constant(REAL)), atol=1e-6
    )
    assert exported.generate_conditional([0, 1], 0).shape == (2, 2)


def test_the_policy_term_is_of_the_labels():
    gan = make()
    gan.compile(
        SGD(0.0),
        SGD(0.0),
        SGD(0.0),
        policy_weight=0.5,
        policy_cap=1.0,
        run_eagerly=True,
    )
    labels = tf.constant([2, 0, 1])
    samples = tf.constant(REAL[:3])
    values_ = gan.agent.q_network(samples).numpy()
    log_probs = values_ - np.log(np.exp(values_).sum(axis=1, keepdims=True))
    expected = -np.mean(log_probs[np.arange(3), labels])
    loss = gan._policy_loss(None, samples, labels)
    assert float(loss) == pytest.approx(expected, rel=1e-5)


def test_the_classes_of_other_networks_are_left_alone():
    gan = make()
    gan.compile(SGD(0.1), SGD(0.0), SGD(0.0), policy_weight=0.5, run_eagerly=True)
    gan.agent.train_step_counter.assign(1)
    parts = gan.generator, gan.discriminator, gan.agent.q_network
    before = [values(part) for part in parts]
    gan.fit(REAL[:8], LABELS[:8], verbose=0)
    changed = [differ(b, values(p)) for b, p in zip(before, parts, strict=True)]
    assert changed == [True, False, False]


def test_real_images_are_arrays():
    gan = make()
    gan.compile()
    data = tf.data.Dataset.from_tensor_slices((REAL, LABELS)).batch(20)
    with pytest.raises(ValueError, match="Expected arrays of images and of labels"):
        gan.fit(data, verbose=0)
    with pytest.raises(ValueError, match="labels in"):
        gan.fit(REAL, LABELS + 1, verbose=0)
    with pytest.raises(ValueError, match="generated_fraction"):
        make(generated_fraction=1.5)


def test_config_round_trip():
    gan = make(generated_fraction=0.25, gamma=0.5, epsilon=0.2, ema_momentum=0.5)
    again = ConditionalDQNGAN.from_config(gan.get_config())
    for key, value in gan.get_config().items():
        if key not in ("generator", "discriminator", "q_network", "dtype"):
            assert again.get_config()[key] == value, key
