import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.models import LikelihoodModel
from tests.networks import assert_same, real_samples, values

REAL = real_samples(6)


@keras.saving.register_keras_serializable("test_likelihood_model")
class Location(LikelihoodModel):
    """Unit normal noise around two weights; its loss can be done by hand."""

    likelihood = "exact"
    sample_shape = (2,)
    term_names = ("loss", "distance")
    evaluation_names = ("loss", "largest")

    def __init__(self, seed=0, **kwargs):
        super().__init__(seed=seed, **kwargs)
        self.location = self.add_weight(shape=(2,), initializer="zeros", name="place")
        self.count = self.add_weight(
            shape=(), initializer="zeros", trainable=False, name="count"
        )
        self.built = True

    def loss_terms(self, samples, condition, key, training):
        squares = tf.reduce_sum(tf.square(samples - self.location), axis=-1)
        noise = 1e-3 * tf.random.stateless_normal((), key)
        loss = 0.5 * tf.reduce_mean(squares) + noise * self.location[0]
        return {"loss": loss, "distance": tf.reduce_mean(tf.sqrt(squares))}

    def evaluation_terms(self, samples, condition, key):
        terms = self.loss_terms(samples, condition, key, training=False)
        return {"loss": terms["loss"], "largest": tf.reduce_mean(samples[:, 0])}

    def after_update(self):
        self.count.assign_add(1.0)

    def sample(self, count, key, condition=None, temperature=1.0):
        noise = tf.random.stateless_normal((count, 2), key)
        return self.location + temperature * noise

    def log_density(self, samples, condition, key):
        squares = tf.reduce_sum(tf.square(samples - self.location), axis=-1)
        return -0.5 * squares - np.log(2.0 * np.pi)

    def get_config(self):
        return {"seed": self.seed, "name": self.name}


def compiled(**kwargs):
    model = Location()
    optimizer = keras.optimizers.SGD(0.1, momentum=0.5)
    model.compile(**{"optimizer": optimizer, "run_eagerly": True, **kwargs})
    return model


def fit(model, real=REAL, **kwargs):
    arguments = {"batch_size": 4, "shuffle": False, "verbose": 0, **kwargs}
    return model.fit(real, **arguments).history


def test_a_step_descends_the_loss():
    model = compiled(optimizer=keras.optimizers.SGD(0.1))
    history = fit(model)
    expected, losses = np.zeros(2), []
    for batch in (REAL[:4], REAL[4:]):
        losses += [0.5 * ((batch - expected) ** 2).sum(-1)]
        expected = expected - 0.1 * (expected - batch.mean(0))
    np.testing.assert_allclose(model.location, expected, atol=1e-3)
    assert set(history) == {"loss", "distance"} and float(model.count) == 2.0
    # The last batch is smaller and counts for less.
    assert history["loss"][0] == pytest.approx(
        np.mean(np.concatenate(losses)), abs=0.01
    )


def test_evaluation_has_its_own_terms_and_metrics():
    model = compiled(metrics=["frechet_distance"])
    results = model.evaluate(REAL, batch_size=4, verbose=0, return_dict=True)
    assert set(results) == {"loss", "largest", "frechet_distance"}
    assert results["largest"] == pytest.approx(REAL[:, 0].mean(), rel=1e-5)
    assert {m.name for m in model.metrics} == {*results, "distance"}


def test_ways_to_run_agree():
    expected = compiled()
    history = fit(expected)
    for how in ({}, {"steps_per_execution": 2}, {"jit_compile": False}):
        model = compiled(run_eagerly=False, **how)
        again = fit(model)
        # XLA draws other numbers, and its noise is small.
        assert_same(values(model), values(expected), atol=2e-3)
        assert again.keys() == history.keys()


def test_training_goes_on_from_a_file_as_if_never_stopped(tmp_path):
    model = compiled()
    fit(model)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert fit(loaded) == fit(model)
    assert_same(values(loaded, loaded.optimizer), values(model, model.optimizer))
    np.testing.assert_array_equal(loaded.generate(2), model.generate(2))


def test_looking_in_between_does_not_change_training():
    quiet, watched = compiled(), compiled(metrics=["frechet_distance"])
    watched.generate(3)
    watched.evaluate(REAL, verbose=0)
    watched.log_prob(REAL)
    fit(quiet)
    fit(watched)
    assert_same(values(quiet), values(watched))


def test_a_loss_that_is_not_finite_leaves_the_weights():
    model = compiled(optimizer=keras.optimizers.SGD(1e30))
    with pytest.raises(FloatingPointError, match="is not finite"):
        fit(model, epochs=5)
    assert np.isfinite(np.concatenate(values(model), None)).all()


def test_log_prob_checks_samples():
    model = Location()
    expected = -0.5 * (REAL**2).sum(-1) - np.log(2.0 * np.pi)
    np.testing.assert_allclose(model.log_prob(REAL), expected, rtol=1e-5)
    compiled_log_prob = tf.function(model.log_prob)(tf.constant(REAL))
    np.testing.assert_allclose(compiled_log_prob, expected, rtol=1e-5)
    with pytest.raises(ValueError, match=r"shape \(batch, 2\).*Received: \(1, 3\)"):
        model.log_prob(np.zeros((1, 3), "float32"))
    with pytest.raises(ValueError, match="NaN or infinity"):
        model.log_prob(np.full((1, 2), np.nan))


def test_an_unknown_name_is_named():
    with pytest.raises(ValueError, match="Unknown metric: 'inception'"):
        Location().compile(metrics=["inception"])
    with pytest.raises(ValueError, match=r"Call `compile\(\)` before `fit"):
        Location().fit(REAL)
