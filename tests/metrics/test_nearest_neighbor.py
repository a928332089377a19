import numpy as np
import pytest

from keras_rlgen import metrics


def slow_nearest_neighbor_test(train, held_out, generated, seed):
    """The statistics of Meehan et al. and of Alaa et al., pair by pair."""

    def nearest(x, others):
        distances = [np.linalg.norm(x - other) for other in others]
        return min(distances), int(np.argmin(distances))

    generated_distances = [nearest(x, train)[0] for x in generated]
    held_out_distances = [nearest(x, train)[0] for x in held_out]
    pairs = len(generated) * len(held_out)
    wins = sum(
        (b > a) + 0.5 * (b == a)
        for a in generated_distances
        for b in held_out_distances
    )
    deviation = np.sqrt(pairs * (len(generated) + len(held_out) + 1) / 12.0)
    authentic = []
    for x in generated:
        distance, row = nearest(x, train)
        authentic.append(
            distance > nearest(train[row], np.delete(train, row, axis=0))[0]
        )
    random = np.random.default_rng(seed)
    count = min(len(train), len(held_out))
    some_train = train[random.permutation(len(train))[:count]]
    some_held_out = held_out[random.permutation(len(held_out))[:count]]
    nearer = [
        nearest(x, some_train)[0] < nearest(x, some_held_out)[0] for x in generated
    ]
    return {
        "copying_probability": wins / pairs,
        "copying_z": (wins - pairs / 2.0) / deviation,
        "authenticity": np.mean(authentic),
        "nearer_to_train": np.mean(nearer),
        "train_distance": np.mean(generated_distances),
        "train_distance_held_out": np.mean(held_out_distances),
    }


@pytest.mark.parametrize("size", [2, 20])
def test_values_are_those_of_brute_force(size):
    random = np.random.default_rng(size)
    train = random.normal(size=(40, size))
    held_out = random.normal(size=(25, size))
    generated = train[:30] + random.normal(0.0, 0.2, size=(30, size))
    values = metrics.nearest_neighbor_test(train, held_out, generated, seed=3)
    expected = slow_nearest_neighbor_test(train, held_out, generated, seed=3)
    assert values == pytest.approx(expected)
    assert values["copying_probability"] > 0.5


def test_new_samples_copies_and_outliers():
    random = np.random.default_rng(0)
    train, held_out, new = random.normal(size=(3, 500, 2))
    new = metrics.nearest_neighbor_test(train, held_out, new)
    assert abs(new["copying_z"]) < 3.0
    assert 0.3 < new["authenticity"] < 0.6
    assert new["nearer_to_train"] == pytest.approx(0.5, abs=0.1)
    near = train + random.normal(0.0, 1e-3, size=train.shape)
    copies = metrics.nearest_neighbor_test(train, held_out, near)
    assert copies["copying_z"] > 10.0 and copies["authenticity"] < 0.1
    assert copies["nearer_to_train"] > 0.9
    outliers = metrics.nearest_neighbor_test(train, held_out, train + 50.0)
    assert outliers["copying_probability"] == 0.0 and outliers["authenticity"] == 1.0


def test_neighbors_come_nearest_first():
    distances, rows = metrics.nearest_neighbors(
        [[0.2], [2.9]], [[0.0], [1.0], [3.0]], count=2
    )
    assert rows.tolist() == [[0, 1], [2, 1]]
    np.testing.assert_allclose(distances, [[0.2, 0.8], [0.1, 1.9]])


def test_errors_name_the_set():
    with pytest.raises(ValueError, match="2 train and 2 held_out samples"):
        metrics.nearest_neighbor_test(np.zeros((5, 1)), [[0.0]], np.zeros((5, 1)))
    with pytest.raises(ValueError, match="finite `generated_features`"):
        metrics.nearest_neighbor_test(
            np.zeros((5, 1)), np.zeros((5, 1)), np.full((5, 1), np.nan)
        )
    with pytest.raises(ValueError, match=r"`count` in \[1, 2\].*Received: count=3"):
        metrics.nearest_neighbors([[0.0]], [[0.0], [1.0]], count=3)
