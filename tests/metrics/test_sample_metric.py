import subprocess
import sys
import textwrap
import zipfile

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import datasets, metrics


@keras.saving.register_keras_serializable("keras_rlgen_tests")
class MeanDistance(metrics.SampleMetric):
    """Gives away what has been collected."""

    def compute(self, real, generated):
        self.seen = real, generated
        return np.linalg.norm(real.mean(axis=0) - generated.mean(axis=0))


@keras.saving.register_keras_serializable("keras_rlgen_tests")
class Shifter(keras.Model):
    """Adds one to its input, and is evaluated by all the metrics."""

    def __init__(self, features="identity", **kwargs):
        super().__init__(**kwargs)
        self.shift = keras.layers.Dense(2, kernel_initializer="identity")
        self.distance = metrics.FrechetDistance(features)
        self.fidelity = metrics.PrecisionRecall()
        self.coverage = metrics.ModeCoverage(datasets.ring_centers(), scale=0.05)

    def build(self, input_shape):
        self.shift.build(input_shape)
        for metric in (self.distance, self.fidelity, self.coverage):
            metric.build(input_shape[1:])
        self.built = True

    @property
    def metrics(self):
        return [self.distance, self.fidelity, self.coverage]

    def call(self, inputs):
        return self.shift(inputs) + 1.0

    def test_step(self, data):
        for metric in self.metrics:
            metric.update_state(data, self(data))
        return self.get_metrics_result()


def batches(seed=0, sizes=(5, 3, 6)):
    random = np.random.default_rng(seed)
    return [random.normal(size=(size, 4)).astype("float32") for size in sizes]


def updated(metric, update):
    pairs = list(zip(batches(0), batches(1, sizes=(2, 7, 4)), strict=True))
    for real, generated in pairs:
        update(real, generated)
    metric.result()
    np.testing.assert_array_equal(metric.seen[0], np.concatenate(batches(0)))
    np.testing.assert_array_equal(
        metric.seen[1], np.concatenate(batches(1, sizes=(2, 7, 4)))
    )


@pytest.mark.parametrize("build", [False, True])
@pytest.mark.parametrize("jit_compile", [None, False, True])
def test_batches_are_collected_in_order(build, jit_compile):
    metric = MeanDistance(max_samples=20)
    if build:
        metric.build((4,))
    update = metric.update_state
    if jit_compile is not None:
        update = tf.function(
            update, jit_compile=jit_compile, reduce_retracing=not jit_compile
        )
    updated(metric, update)
    assert len(metric.variables) == 4


def test_samples_beyond_the_buffer_are_ignored():
    metric = MeanDistance(max_samples=7)
    update = tf.function(metric.update_state, jit_compile=True)
    expected = np.concatenate(batches(0))[:7]
    for batch in batches(0) * 2:
        update(batch, batch)
    metric.result()
    np.testing.assert_array_equal(metric.seen[0], expected)
    np.testing.assert_array_equal(metric.seen[1], expected)


def test_first_update_in_a_graph_creates_variables_outside():
    metric = metrics.FrechetDistance("digits", max_samples=50)
    images = datasets.digits()[1][0][:40]

    @tf.function
    def step(samples):
        metric.update_state(samples, samples)
        return metric.result()

    assert np.isnan(step(images))
    assert metric.built and metric.feature_size == 64
    assert float(metric.result()) == pytest.approx(0.0, abs=1e-4)
    step(images)
    eager = metrics.FrechetDistance("digits", max_samples=50)
    eager.update_state(images, -images)
    assert float(eager.result()) > 1.0


def test_reset_state_forgets():
    metric = MeanDistance()
    metric.reset_state()
    metric.update_state(np.zeros((3, 2)), np.ones((3, 2)))
    assert float(metric.result()) == pytest.approx(np.sqrt(2.0))
    metric.reset_state()
    assert np.isnan(metric.result())
    metric.update_state(np.zeros((2, 2)), np.full((2, 2), 3.0))
    assert float(metric.result()) == pytest.approx(3.0 * np.sqrt(2.0))


def test_result_is_nan_without_enough_samples():
    metric = MeanDistance()
    assert np.isnan(metric.result())
    metric.update_state(np.zeros((1, 2)), np.ones((5, 2)))
    assert np.isnan(metric.result())
    assert metric.result().dtype == "float32"


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_result_is_nan_for_a_diverged_generator(value):
    metric = metrics.PrecisionRecall()
    generated = np.zeros((5, 2))
    generated[2, 1] = value
    metric.update_state(np.zeros((5, 2)), generated)
    assert all(np.isnan(result) for result in metric.result().values())


def test_integer_samples_are_collected():
    metric = MeanDistance()
    metric.update_state(np.zeros((2, 3), "int32"), np.ones((2, 3), "int32"))
    assert float(metric.result()) == pytest.approx(np.sqrt(3.0))


def test_build_passes_the_data_type_to_the_extractor():
    metric = MeanDistance(features=lambda tokens: tf.one_hot(tokens, 5))
    metric.build((3,), "int32")
    assert metric.feature_size == 15


def test_building_again_is_checked():
    metric = MeanDistance()
    metric.build((2, 3))
    metric.build((6,))
    assert len(metric.variables) == 4
    with pytest.raises(ValueError, match="built for 6 features .* samples with 7"):
        metric.build((7,))
    with pytest.raises(ValueError, match="built for 6 features .* samples with 5"):
        metric.update_state(np.zeros((2, 6)), np.zeros((2, 5)))


@pytest.mark.parametrize("max_samples", [1, 0, 2.5])
def test_wrong_max_samples_are_refused(max_samples):
    with pytest.raises(ValueError, match="`max_samples` must be an integer"):
        metrics.FrechetDistance(max_samples=max_samples)


def test_compute_must_be_overridden():
    metric = metrics.SampleMetric()
    metric.update_state(np.zeros((2, 2)), np.zeros((2, 2)))
    with pytest.raises(NotImplementedError, match="SampleMetric must override"):
        metric.result()


def test_the_default_name_is_that_of_the_class():
    assert [MeanDistance().name for _ in range(2)] == ["mean_distance"] * 2


def test_config_round_trip_of_a_subclass():
    metric = MeanDistance("digits", max_samples=9, name="offset", dtype="float64")
    config = keras.saving.serialize_keras_object(metric)
    restored = keras.saving.deserialize_keras_object(config)
    assert restored.get_config() == metric.get_config()
    assert restored.get_config() == {
        "features": "digits",
        "max_samples": 9,
        "name": "offset",
        "dtype": "float64",
    }


def test_an_unregistered_function_cannot_be_saved():
    metric = MeanDistance(features=lambda samples: samples)
    with pytest.raises(ValueError, match="register_keras_serializable"):
        metric.get_config()


@pytest.mark.parametrize("options", [{}, {"jit_compile": True}, {"run_eagerly": True}])
def test_evaluate_reports_all_samples(options):
    model = Shifter()
    model.build((None, 2))
    model.compile(**options)
    data = datasets.gaussian_ring(90, scale=0.05, seed=0)
    for _ in range(2):
        logs = model.evaluate(data, batch_size=40, verbose=0, return_dict=True)
        assert set(logs) == {
            "frechet_distance",
            "precision",
            "recall",
            "modes",
            "high_quality_fraction",
            "reverse_kl",
        }
        assert logs["frechet_distance"] == pytest.approx(2.0, rel=1e-4)
        precision, recall = metrics.precision_recall(data, data + 1.0)
        assert logs["precision"] == pytest.approx(precision)
        assert logs["recall"] == pytest.approx(recall)
        expected = metrics.mode_coverage(data + 1.0, datasets.ring_centers(), 0.05)
        assert logs["reverse_kl"] == pytest.approx(expected["reverse_kl"], rel=1e-5)


@pytest.mark.parametrize("features", ["identity", "digits"])
def test_buffers_and_named_extractors_are_not_saved(features, tmp_path):
    inputs = keras.Input((8, 8, 1))
    model = keras.Model(inputs, keras.layers.Flatten()(inputs))
    model.distance = metrics.FrechetDistance(features)
    images = datasets.digits()[1][0]
    model.distance.update_state(images, images)
    model.save(tmp_path / "model.keras")
    model.save_weights(tmp_path / "model.weights.h5")
    assert (tmp_path / "model.keras").stat().st_size < 20_000
    assert (tmp_path / "model.weights.h5").stat().st_size < 20_000
    model.load_weights(tmp_path / "model.weights.h5")
    assert model.distance.built


def test_a_model_given_as_features_is_saved_with_its_weights(tmp_path):
    features = keras.Sequential([keras.Input((2,)), keras.layers.Dense(5)])
    model = SavedShifter(features)
    model.build((None, 2))
    assert len(model.weights) == 2
    model.save(tmp_path / "model.keras")
    with zipfile.ZipFile(tmp_path / "model.keras") as archive:
        assert sum(entry.file_size for entry in archive.infolist()) < 100_000
    restored = keras.saving.load_model(tmp_path / "model.keras")
    data = datasets.gaussian_ring(90, scale=0.05, seed=0)
    for owner in (model, restored):
        owner.distance.update_state(data, data + 1.0)
    assert float(restored.distance.result()) == pytest.approx(
        float(model.distance.result()), rel=1e-5
    )


@keras.saving.register_keras_serializable("keras_rlgen_tests")
class SavedShifter(Shifter):
    def get_config(self):
        return {**super().get_config(), "distance": self.distance.get_config()}

    @classmethod
    def from_config(cls, config):
        distance = config.pop("distance")
        return cls(distance["features"], **config)


def test_weights_of_another_extractor_are_refused():
    metric = MeanDistance(keras.Sequential([keras.Input((2,)), keras.layers.Dense(5)]))
    with pytest.raises(ValueError, match="expected 2 weights .* Received: 0"):
        metric.load_own_variables({})


def test_replicas_collect_apart_and_are_compared_together():
    program = """
        import numpy as np
        import tensorflow as tf

        cpu = tf.config.list_physical_devices("CPU")[0]
        two = [tf.config.LogicalDeviceConfiguration()] * 2
        tf.config.set_logical_device_configuration(cpu, two)

        from keras_rlgen import metrics

        samples = np.random.default_rng(0).normal(size=(40, 3)).astype("float32")
        strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
        with strategy.scope():
            metric = metrics.FrechetDistance()
            metric.build((3,))

        @tf.function
        def step(batch):
            strategy.run(lambda x: metric.update_state(x, 2.0 * x), args=(batch,))

        data = tf.data.Dataset.from_tensor_slices(samples).batch(10)
        for batch in strategy.experimental_distribute_dataset(data):
            step(batch)
        expected = metrics.frechet_distance(samples, 2.0 * samples)
        np.testing.assert_allclose(metric.result(), expected, rtol=1e-5)
        metric.reset_state()
        assert np.isnan(metric.result())
    """
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
