import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import rewards
from keras_rlgen.layers.random_mask import RandomMask
from keras_rlgen.rl_models import RestoringVAE, RewardTuner
from tests import networks, restoring
from tests.networks import assert_same, closeness, differ, values
from tests.rl_models.autoencoders import rl_vae
from tests.rl_models.policies import Die, stochastic_gan


def first(samples):
    return samples[:, 0]


def tuner(generator, reward=first, **arguments):
    """Returns a compiled `RewardTuner`, which is a generator with a reference."""
    model = RewardTuner(generator, seed=0)
    model.compile(reward=reward, run_eagerly=True, **arguments)
    return model


@pytest.fixture(scope="module")
def tuned_gan():
    model = tuner(stochastic_gan(), closeness, optimizer="sgd")
    model.fit(epochs=1, steps_per_epoch=3, verbose=0)
    return model


def test_the_reference_stays(tuned_gan):
    assert_same(values(tuned_gan.reference), values(stochastic_gan()))
    assert not tuned_gan.reference.trainable_variables
    assert differ(values(tuned_gan.generator), values(stochastic_gan()))
    judge = values(tuned_gan.generator.discriminator)
    assert_same(judge, values(networks.discriminator()))


@pytest.mark.parametrize("make", [networks.reinforce_gan, rl_vae])
def test_a_model_compiled_with_what_has_weights(make):
    """Rewards and baselines add weights that the reference goes without."""
    model = make()
    judge = networks.discriminator()
    reward = rewards.Discriminator("logit", discriminator=judge)
    model.compile(reward=reward, baseline="critic")
    state = model.weights
    reference = tuner(model).reference
    assert len(state) > len(reference.weights)
    log_probs = [
        m.draw_log_prob(model.draw(4, tf.constant([0, 1]))) for m in (model, reference)
    ]
    np.testing.assert_array_equal(*log_probs)
    assert_same(values(reference), [w.numpy() for w in state[: len(reference.weights)]])


def test_the_log_ratio_is_that_of_the_draw_by_both():
    die = Die()
    model = tuner(die)
    die.logits.assign([[0.6, -0.8, 0.1]])
    draw = die.draw(5, tf.constant([0, 1]))
    log_probs = die.draw_log_prob(draw)
    ratio = model.log_ratio(draw, log_probs)
    # The reference is a fair die.
    np.testing.assert_allclose(ratio, log_probs + np.log(3.0), rtol=1e-5)


def test_a_generator_that_is_not_compiled_is_judged_by_reward_alone():
    model = tuner(Die(), metrics=["frechet_distance"])
    results = model.evaluate(np.eye(3), batch_size=3, verbose=0, return_dict=True)
    keys = {"reward", "reward_first", "reference_kl", "frechet_distance"}
    assert set(results) == keys and np.isfinite(list(results.values())).all()


def test_evaluation_leaves_the_training_of_a_restorer_alone():
    """Its masks for evaluation come from another stream than those of training."""
    vae = RestoringVAE(
        restoring.encoder(), restoring.generator(), 2, RandomMask("square"), seed=0
    )
    vae.compile(run_eagerly=True)
    model = tuner(vae, lambda images: tf.reduce_mean(images, axis=(1, 2, 3)))
    images = restoring.images(6)
    streams = vae.corruption.variables, vae.evaluation_corruption.variables
    before = [[v.numpy() for v in stream] for stream in streams]
    assert before[0]
    first = model.evaluate(images, verbose=0, return_dict=True)
    after = [[v.numpy() for v in stream] for stream in streams]
    np.testing.assert_array_equal(after[0], before[0])
    assert differ(after[1], before[1])
    assert np.isfinite(list(first.values())).all()


def test_it_exports_its_generator(tuned_gan, tmp_path):
    tuned_gan.export(tmp_path / "exported", verbose=False)
    exported = tf.saved_model.load(str(tmp_path / "exported"))
    np.testing.assert_allclose(
        exported.generate(3, 0), tuned_gan.generate(3, seed=0), rtol=1e-5, atol=1e-6
    )


def test_a_deterministic_generator_is_refused():
    with pytest.raises(ValueError, match="StochasticGenerator"):
        RewardTuner(networks.gan())


def test_only_generative_models_are_tuned():
    with pytest.raises(TypeError, match="to be a `GenerativeModel`"):
        RewardTuner(networks.generator())


def test_a_frozen_generator_is_refused():
    die = Die()
    die.trainable = False
    with pytest.raises(ValueError, match="Nothing of `Die` can be tuned"):
        RewardTuner(die)
