import keras
import pytest

from keras_rlgen import metrics


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("classifier_two_sample_test", metrics.ClassifierTwoSampleTest),
        ("density_coverage", metrics.DensityCoverage),
        ("frechet_distance", metrics.FrechetDistance),
        ("kernel_distance", metrics.KernelDistance),
        ("precision_recall", metrics.PrecisionRecall),
    ],
)
def test_names(name, kind):
    metric = metrics.get(name)
    assert type(metric) is kind
    assert metric.name == name


def test_an_instance_is_returned_as_it_is():
    metric = metrics.ModeCoverage([[0.0]], scale=1.0)
    assert metrics.get(metric) is metric
    mean = keras.metrics.Mean()
    assert metrics.get(mean) is mean


def test_configuration():
    metric = metrics.PrecisionRecall(neighbors=7, name="fidelity")
    restored = metrics.get(keras.saving.serialize_keras_object(metric))
    assert restored.get_config() == metric.get_config()


def test_an_unknown_name_lists_the_valid_ones():
    with pytest.raises(
        ValueError,
        match=r"'fid'. Expected one of \['classifier_two_sample_test', "
        r"'density_coverage', 'frechet_distance', 'kernel_distance', "
        r"'precision_recall'\], or an instance of a metric",
    ):
        metrics.get("fid")


@pytest.mark.parametrize(
    "identifier",
    [None, 3, keras.saving.serialize_keras_object(keras.layers.Dense(2))],
)
def test_other_objects_are_refused(identifier):
    with pytest.raises(TypeError, match="an instance of a metric"):
        metrics.get(identifier)
