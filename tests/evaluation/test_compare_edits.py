import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import metrics, pictures, rewards
from keras_rlgen.environments import LatentEditing
from keras_rlgen.evaluation import compare_edits
from keras_rlgen.evaluation.latent_search import greedy_search
from keras_rlgen.rl_models import DQNGAN

STEP, NUM_EDITS, NUM_SAMPLES = 0.5, 2, 24


@keras.saving.register_keras_serializable("test_compare_edits")
def rightness(samples, target):
    """The class of a point is whether it is on the right."""
    return tf.where(target == 1, samples[:, 0], -samples[:, 0])


class Side(keras.layers.Layer):
    """A classifier of points."""

    def call(self, samples, training=None):
        return tf.stack([-samples[:, 0], samples[:, 0]], axis=-1)


def on_side(samples, target):
    return (samples[:, 0] > 0.0) == (target == 1)


def make_gan(targets=2, directions="axes", reward=rightness):
    """Returns a model of points, whose Q-network always prefers the first action."""
    keras.utils.set_random_seed(0)
    generator = keras.Sequential(
        [keras.layers.Input((2,)), keras.layers.Dense(2, kernel_initializer="identity")]
    )
    discriminator = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1)])
    gan = DQNGAN(
        generator,
        discriminator,
        keras.Sequential(
            [
                keras.layers.Input((4 + (targets or 0),)),
                keras.layers.Dense(5, kernel_initializer="zeros"),
            ]
        ),
        latent_dim=2,
        directions=directions,
        max_edits=NUM_EDITS,
        step_size=STEP,
        targets=targets,
        seed=0,
    )
    if reward is not None:
        gan.compile(reward=reward)
    return gan


@pytest.fixture(scope="module")
def gan():
    return make_gan()


@pytest.fixture(scope="module")
def held_out():
    random = np.random.default_rng(0)
    return random.normal(size=(NUM_SAMPLES, 2)).astype("float32")


@pytest.fixture(scope="module")
def table(gan, held_out):
    return compare_edits(
        gan, held_out, on_side, classifier=Side(), batch_size=10, seed=3
    )


def test_the_rows(table):
    assert list(table) == [
        *("unedited", "DQN", "random edits", "greedy search"),
        *("best of n (DQN)", "best of n (search)", "gradient ascent"),
    ]
    assert str(table) == pictures.format_table(table)
    assert set(table.target) == {0, 1}
    for name in table:
        assert table.samples[name].shape == (NUM_SAMPLES, 2)
        assert table.class_counts[name].sum() == NUM_SAMPLES


def test_what_each_row_does(table):
    before, target = table.samples["unedited"], table.target
    moves = {name: samples - before for name, samples in table.samples.items()}
    # The policy goes to the right, whatever the target.
    right = np.clip(before + [STEP * NUM_EDITS, 0.0], -3.0, 3.0)
    np.testing.assert_allclose(table.samples["DQN"], right, atol=1e-6)
    sign = np.where(target == 1, 1.0, -1.0)
    towards = np.clip(before[:, 0] + STEP * NUM_EDITS * sign, -3.0, 3.0)
    for name in ("greedy search", "gradient ascent"):
        np.testing.assert_allclose(table.samples[name][:, 0], towards, atol=1e-5)
        np.testing.assert_allclose(moves[name][:, 1], 0.0, atol=1e-5)
    # A random path of two steps of one half, along the axes.
    inside = (np.abs(before) < 2.0).all(axis=1)
    steps = np.round(moves["random edits"][inside] / STEP)
    np.testing.assert_allclose(moves["random edits"][inside], STEP * steps, atol=1e-5)
    assert set(np.abs(steps).sum(axis=1)) == {0.0, 2.0}
    value = {name: x[:, 0] * sign for name, x in table.samples.items()}
    for name in ("best of n (DQN)", "best of n (search)"):
        assert (value[name] >= value["unedited"] - 1e-6).all()


def test_what_each_column_says(table, held_out):
    before, target = table.samples["unedited"], table.target
    row = table["unedited"]
    sign = np.where(target == 1, 1.0, -1.0)
    assert row["reward"] == pytest.approx(np.mean(sign * before[:, 0]), abs=1e-6)
    assert row["reward_low"] < row["reward"] < row["reward_high"]
    success = np.mean((before[:, 0] > 0.0) == (target == 1))
    assert row["success"] == row["on_target"] == pytest.approx(success)
    right = np.mean(before[:, 0] > 0.0)
    entropy = -right * np.log(right) - (1 - right) * np.log(1 - right)
    assert row["class_entropy"] == pytest.approx(entropy)
    assert (row["precision"], row["recall"]) == metrics.precision_recall(
        held_out, before
    )
    assert row["frechet_distance"] == pytest.approx(
        metrics.frechet_distance(held_out, before)
    )
    assert row["latent_distance"] == 0.0
    assert table["DQN"]["latent_distance"] == pytest.approx(1.0, abs=0.1)
    calls = {name: row["generator_calls"] for name, row in table.items()}
    assert calls == {
        "unedited": 1.0,
        "DQN": 3.0,
        "random edits": 1.0,
        "greedy search": calls["greedy search"],
        "best of n (DQN)": 3.0,
        "best of n (search)": round(calls["greedy search"]),
        "gradient ascent": 5.0,
    }
    assert 8.0 < calls["greedy search"] <= 9.0
    for name in ("unedited", "DQN", "random edits"):
        assert table[name]["reward_calls"] == 0.0
    for name in ("greedy search", "best of n (DQN)", "gradient ascent"):
        assert table[name]["reward_calls"] == calls[name]


def test_the_search_does_not_depend_on_the_batch_size(gan, table, held_out):
    latents = tf.random.stateless_normal((NUM_SAMPLES, 2), [3, 0])
    latents = tf.clip_by_value(latents, -3.0, 3.0)
    whole = greedy_search(gan.editing, latents, tf.constant(table.target))
    np.testing.assert_allclose(
        gan.editing.decoded(whole.latents), table.samples["greedy search"], atol=1e-6
    )


def test_another_reward_without_a_gradient_and_without_targets(held_out):
    gan = make_gan(targets=None, reward=rewards.Shuffled(lambda x: x[:, 0]))

    def wide(samples):
        return tf.round(tf.abs(samples[:, 0]))

    table = compare_edits(gan, held_out, reward=wide, num_samples=12)
    assert "gradient ascent" not in table
    assert table["unedited"].keys().isdisjoint({"success", "on_target"})
    samples = table.samples["DQN"]
    assert len(samples) == 12 and table.target == ()
    expected = np.mean(np.round(np.abs(samples[:, 0])))
    assert table["DQN"]["reward"] == pytest.approx(expected)


def test_what_is_refused(gan, held_out):
    with pytest.raises(TypeError, match="Expected a `DQNGAN`. Received: Sequential"):
        compare_edits(keras.Sequential(), held_out)
    with pytest.raises(ValueError, match="its DQN has not begun"):
        compare_edits(make_gan(directions="principal"), held_out)
    with pytest.raises(ValueError, match="Expected a compiled model, or a `reward`"):
        compare_edits(make_gan(reward=None), held_out)
    with pytest.raises(ValueError, match=r"at least 10 samples.*num_samples=4"):
        compare_edits(gan, held_out, num_samples=4)
    with pytest.raises(ValueError, match=r"of shape \(2,\).*of shape \(24, 1\)"):
        compare_edits(gan, held_out[:, :1])
    with pytest.raises(ValueError, match=r"`success` to return shape.*\(24, 2\)"):
        compare_edits(gan, held_out, lambda samples, target: samples > 0.0)


def test_the_model_is_as_before(gan):
    assert isinstance(gan.editing, LatentEditing)
    assert gan.editing.reward is gan.reward
