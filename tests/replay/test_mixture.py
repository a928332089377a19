import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.experience import Experience
from keras_rlgen.replay import Mixture

SEED = tf.constant([1, 2])


@keras.saving.register_keras_serializable("tests")
class Filled:
    """A source whose frames all hold one number."""

    def __init__(self, value):
        self.value = value

    def sample(self, num_batches, batch_size, run_length, seed):
        shape = num_batches, batch_size, run_length
        return {
            "x": tf.fill((*shape, 3), self.value),
            "y": tf.fill(shape, tf.cast(self.value, tf.int64)),
            "seed": tf.broadcast_to(seed, (*shape, 2)),
        }

    def get_config(self):
        return {"value": self.value}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def sample(mixture, steps=0, sizes=(2, 8, 3)):
    return mixture.sample(Filled(0.0).sample, *sizes, SEED, tf.convert_to_tensor(steps))


@pytest.mark.parametrize("ratio, count", [(0.0, 0), (0.25, 2), (0.6, 5), (1.0, 8)])
def test_a_fixed_part_of_each_batch_is_from_the_source(ratio, count):
    frames = sample(Mixture(Filled(1.0), ratio))
    assert frames["x"].shape == (2, 8, 3, 3) and frames["y"].dtype == tf.int64
    of_source = frames["y"].numpy().all(axis=2).sum(axis=1)
    np.testing.assert_array_equal(of_source, [count, count])
    np.testing.assert_array_equal(frames["x"][..., 0], frames["y"])


def test_the_agents_own_are_sampled_as_without_a_source():
    frames = sample(Mixture(Filled(1.0), 0.5))
    own = frames["y"].numpy() == 0
    assert (frames["seed"].numpy()[own] == SEED.numpy()).all()
    assert (frames["seed"].numpy()[~own] != SEED.numpy()).any()


@pytest.mark.parametrize("jit_compile", [False, True])
def test_a_ratio_that_follows_a_schedule(jit_compile):
    schedule = keras.optimizers.schedules.PolynomialDecay(1.0, 100, 0.0)
    mixture = Mixture(Filled(1.0), schedule)
    function = tf.function(
        lambda steps: sample(mixture, steps, (4, 500, 2))["x"], jit_compile=jit_compile
    )
    for steps, expected in (0, 1.0), (25, 0.75), (100, 0.0):
        x = function(tf.constant(steps)).numpy()
        # A sequence is of one source as a whole.
        assert (x == x[:, :, :1, :1]).all()
        deviation = np.sqrt(expected * (1.0 - expected) / 2000)
        assert abs(x.mean() - expected) <= 5 * deviation


def test_config_round_trip():
    schedule = keras.optimizers.schedules.PolynomialDecay(1.0, 7, 0.5)
    for ratio in (0.25, schedule):
        mixture = Mixture(Filled(2.0), ratio)
        config = keras.saving.serialize_keras_object(mixture)
        again = keras.saving.deserialize_keras_object(config)
        assert again.source.value == 2.0
        assert again.get_config() == mixture.get_config()


@pytest.mark.parametrize("ratio", [-0.1, 1.5])
def test_a_ratio_out_of_range(ratio):
    with pytest.raises(ValueError, match=r"`ratio` in \[0, 1\]. Received"):
        Mixture(Filled(0.0), ratio)


def test_a_source_that_cannot_be_sampled():
    with pytest.raises(TypeError, match="have a method `sample"):
        Mixture([1, 2], 0.5)
    with pytest.raises(TypeError, match="the class `Experience`"):
        Mixture(Experience)
