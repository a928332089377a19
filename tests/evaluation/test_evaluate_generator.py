import json
import math

import numpy as np
import pytest

from keras_rlgen import metrics
from keras_rlgen.evaluation import evaluate_generator


class Gaussian:
    """A model of normal samples around a mean, or around one a class."""

    name = "gaussian"
    likelihood = "exact"
    has_condition = False

    def __init__(self, sample_shape=(2,), mean=0.0):
        self.sample_shape = sample_shape
        self.mean = mean
        self.calls = []

    def means(self, count, condition):
        return np.full((count, *self.sample_shape), self.mean)

    def generate(self, num_samples, condition=None, seed=None):
        self.calls.append((num_samples, seed))
        means = self.means(num_samples, condition)
        return np.random.default_rng(seed).normal(means).astype("float32")

    def log_prob(self, samples, condition=None, seed=None):
        offsets = samples - self.means(len(samples), condition)
        axes = tuple(range(1, samples.ndim))
        size = math.prod(self.sample_shape)
        squares = np.sum(np.square(offsets), axis=axes)
        return -0.5 * squares - 0.5 * size * np.log(2 * np.pi)


class ClassGaussian(Gaussian):
    has_condition = True
    likelihood = "lower_bound"

    def means(self, count, condition):
        means = 5.0 * np.asarray(condition).reshape(-1, *[1] * len(self.sample_shape))
        return np.broadcast_to(means, (count, *self.sample_shape))


def normal(count, seed, shape=(2,), mean=0.0):
    random = np.random.default_rng(seed)
    return random.normal(mean, size=(count, *shape)).astype("float32")


def test_scores_are_those_of_the_functions():
    model = Gaussian(mean=0.5)
    train, held_out = normal(60, 0), normal(25, 1)
    table = evaluate_generator(model, train, held_out, batch_size=10, seed=3)
    assert [count for count, _ in model.calls] == [10, 10, 5]
    assert len({seed for _, seed in model.calls}) == 3
    generated = np.concatenate([model.generate(c, seed=s) for c, s in model.calls[:3]])
    assert table["frechet_distance"] == metrics.frechet_distance(held_out, generated)
    assert table["kernel_distance"] == metrics.kernel_distance(held_out, generated)
    assert (table["precision"], table["recall"]) == metrics.precision_recall(
        held_out, generated
    )
    assert (table["density"], table["coverage"]) == metrics.density_coverage(
        held_out, generated
    )
    accuracy, _ = metrics.classifier_two_sample_test(held_out, generated, seed=3)
    assert table["two_sample_accuracy"] == accuracy
    copies = metrics.nearest_neighbor_test(train, held_out, generated, seed=3)
    assert table["copying_z"] == copies["copying_z"]
    nll = -float(np.mean(model.log_prob(held_out)))
    assert table["negative_log_likelihood"] == pytest.approx(nll, rel=1e-6)
    assert table["bits_per_dimension"] == pytest.approx(nll / 2 / math.log(2), rel=1e-6)
    assert "synthetic_accuracy" not in table


def test_real_samples_set_the_mark_that_a_bad_model_misses():
    train, held_out = normal(300, 0), normal(150, 1)
    good = evaluate_generator(Gaussian(), train, held_out)
    bad = evaluate_generator(Gaussian(mean=3.0), train, held_out)
    assert good.real == bad.real
    assert good["frechet_distance"] < 0.3 > good.real["frechet_distance"]
    assert bad["frechet_distance"] > 10.0
    assert good["two_sample_p_value"] > 0.01 > bad["two_sample_p_value"]
    assert abs(good["copying_z"]) < 3.0 and bad["copying_z"] < -3.0


def test_labels_add_training_on_synthetic_samples(tmp_path):
    labels = np.arange(40) % 2
    shape = (4, 4, 1)
    train, held_out = (
        normal(40, seed, shape, 5.0 * labels[:, None, None, None]) for seed in (0, 1)
    )
    table = evaluate_generator(
        ClassGaussian(shape),
        train,
        held_out,
        conditions=(labels, labels),
        directory=tmp_path / "page",
    )
    assert table["synthetic_accuracy"] == table.real["synthetic_accuracy"] == 1.0
    assert "negative_log_likelihood_bound" in table
    scores = json.loads((tmp_path / "page" / "scores.json").read_text())
    assert scores == {"generated": table, "real": table.real}
    page = (tmp_path / "page" / "index.html").read_text("utf-8")
    assert "ClassGaussian &#x27;gaussian&#x27;" in page
    assert page.count("data:image/png") == 4


@pytest.mark.parametrize(("shape", "pictures"), [((2,), 1), ((5,), 0)])
def test_points_are_drawn_and_other_vectors_are_not(shape, pictures, tmp_path):
    model = Gaussian(shape)
    evaluate_generator(
        model, normal(20, 0, shape), normal(10, 1, shape), None, "identity", tmp_path
    )
    page = (tmp_path / "index.html").read_text("utf-8")
    assert page.count("data:image/png") == pictures


def test_no_more_samples_than_wanted_are_looked_at():
    model = Gaussian()
    table = evaluate_generator(model, normal(40, 0), normal(40, 1), max_samples=15)
    assert [count for count, _ in model.calls] == [15]
    assert table == evaluate_generator(
        Gaussian(), normal(40, 0)[:15], normal(40, 1)[:15]
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"held_out": normal(9, 1)}, "at least 10 samples in `held_out`.*Received: 9"),
        ({"train": normal(20, 0, (3,))}, r"`train` of shape \(num_samples, 2\)"),
        ({"train": np.full((20, 2), np.nan)}, "finite values in `train`.*40 values"),
        ({"conditions": ([0], [1])}, "takes no condition: leave out"),
        ({"model": ClassGaussian()}, r"needs `conditions=\(of_train, of_held_out\)`"),
        ({"model": ClassGaussian(), "conditions": np.zeros(20)}, "to be a pair"),
        (
            {"model": ClassGaussian(), "conditions": (np.zeros(20), np.zeros(3))},
            "20 for `train` and 20 for `held_out`. Received: 20 and 3",
        ),
        ({"model": Gaussian(mean=np.nan)}, "The model's samples are not finite"),
    ],
)
def test_what_cannot_be_compared_is_refused(change, message):
    given = {"model": Gaussian(), "train": normal(20, 0), "held_out": normal(20, 1)}
    with pytest.raises(ValueError, match=message):
        evaluate_generator(**{**given, **change})


def test_what_cannot_generate_is_refused():
    with pytest.raises(TypeError, match="Received: 3 of type int"):
        evaluate_generator(3, normal(20, 0), normal(20, 1))


def test_classes_ranges_and_folders(tmp_path):
    random = np.random.default_rng(0)
    samples = random.uniform(size=(40, 2)).astype("float32")
    with pytest.raises(TypeError, match="Received: <class.*Gaussian"):
        evaluate_generator(Gaussian, samples, samples)
    model = Gaussian()
    model.value_range = 0.0, 1.0
    with pytest.raises(ValueError, match=r"`held_out` in the range.*\[0, 1\]. Rec"):
        evaluate_generator(model, samples, 9.0 * samples)
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="Expected a folder to write to"):
        evaluate_generator(model, samples, samples, directory=tmp_path / "file")
