import numpy as np
import pytest
import tensorflow as tf

import keras_rlgen as rlgen
from keras_rlgen import models, music, rewards
from keras_rlgen.experience import Transition
from keras_rlgen.music.rewards.music_reward import by_key, checked_key, fraction
from tests.music.pieces import CHORDS, QUARTERS, chords, melody


def test_samples_of_another_encoding_are_refused():
    reward = music.InKey(QUARTERS)
    with pytest.raises(ValueError, match="The tokens are of another encoding"):
        reward(chords((72, 67, 64, 48)))
    with pytest.raises(ValueError, match="from 0 to 38. Received: from 0 to 39"):
        reward(np.array([[0, 39]]))
    with pytest.raises(TypeError, match="expected integer tokens"):
        reward(tf.zeros((2, 4)))
    with pytest.raises((TypeError, ValueError)):
        reward(Transition(*[tf.zeros((2, 4))] * 5))


def test_generators_of_another_vocabulary_are_refused():
    backbone = models.RecurrentBackbone(32, units=4)
    generator = models.SequenceGenerator(backbone, length=4)
    rule = music.InKey(QUARTERS)
    tuner = rlgen.RewardTuner(generator)
    for reward in (rule, 0.5 * rule + 1.0, rewards.Shuffled(rule, seed=0)):
        with pytest.raises(ValueError, match=r"from 0 to 38. Received.*\(0, 31\)"):
            tuner.compile(reward=reward, kl_weight=1.0)
    discriminator = models.recurrent_discriminator(32, 4, 4, 4)
    with pytest.raises(ValueError, match="from 0 to 38"):
        rlgen.SequenceGAN(generator, discriminator).compile(reward=rule)
    music.InKey(music.MelodyEncoding()).check_generator(generator)


def test_what_a_reward_needs():
    with pytest.raises(TypeError, match="expected an encoding, such as"):
        music.InKey("C major")
    with pytest.raises(ValueError, match="needs 2 voices"):
        music.Consonance(QUARTERS)
    with pytest.raises(ValueError, match="needs voices"):
        music.VoiceLeading(music.PianoRollEncoding())
    with pytest.raises(ValueError, match="a voice from 0 to 3. Received: 4"):
        music.LeapsResolved(CHORDS, voice=4)


def test_rewards_add_up():
    reward = music.InKey(QUARTERS) + 0.5 * music.EndsOnTonic(QUARTERS)
    value, terms = reward.terms(melody(60, 61, 62, 60))
    assert value.numpy().tolist() == [1.25]
    assert list(terms) == ["in_key", "ends_on_tonic"]
    shuffled = rewards.Shuffled(reward, seed=0)
    assert shuffled(melody(60, 61, 62, 60)).numpy().tolist() == [1.25]


def test_tables_of_keys():
    table = np.arange(24) * 10
    grid = QUARTERS.grid(
        np.concatenate([melody(60, 64, 67, 60), melody(57, 60, 64, 57)])
    )
    assert by_key("estimated", grid, table).numpy().tolist() == [0, 210]
    assert by_key(3, grid, table).numpy().tolist() == [30]
    assert checked_key("A minor") == 21 and checked_key("estimated") == "estimated"
    with pytest.raises(ValueError, match="a table of 24 keys"):
        by_key(3, grid, table[:3])


def test_fractions_of_nothing():
    nothing = tf.zeros((2, 3), tf.bool)
    assert fraction(nothing, nothing, default=0.5).numpy().tolist() == [0.5, 0.5]
