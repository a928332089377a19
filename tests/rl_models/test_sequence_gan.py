import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import credit, rewards
from keras_rlgen.models import (
    PixelCNN,
    Prompts,
    RecurrentBackbone,
    SequenceGenerator,
    recurrent_discriminator,
)
from keras_rlgen.rl_models import SequenceGAN

VOCABULARY, LENGTH = 4, 4
DATA = np.random.default_rng(0).integers(0, VOCABULARY, (64, LENGTH)).astype("int32")
CREDITS = {
    "rollout": lambda: credit.Rollout(3),
    "critic": credit.Critic,
    "per step": credit.PerStep,
}


def make_gan(kind="rollout", end_token=None, **arguments):
    keras.utils.set_random_seed(0)
    assigned = CREDITS[kind]()
    backbone = RecurrentBackbone(VOCABULARY, units=8)
    generator = SequenceGenerator(backbone, LENGTH, end_token=end_token, seed=0)
    discriminator = recurrent_discriminator(
        VOCABULARY, LENGTH, 8, 4, per_step=assigned.needs_step_logits
    )
    return SequenceGAN(generator, discriminator, assigned, seed=0, **arguments)


def optimizers(rate=1e-2):
    return {
        "generator_optimizer": keras.optimizers.Adam(rate),
        "discriminator_optimizer": keras.optimizers.Adam(1e-2),
        "jit_compile": False,
    }


def fit(gan, epochs=1, **arguments):
    return gan.fit(
        DATA, epochs=epochs, batch_size=32, shuffle=False, verbose=0, **arguments
    )


@pytest.mark.parametrize("kind", CREDITS)
def test_it_goes_on_from_a_file_as_if_it_had_not_been_saved(kind, tmp_path):
    gan = make_gan(kind, end_token=0)
    gan.compile(**optimizers(), likelihood_weight=0.1)
    history = fit(gan, validation_data=(DATA,)).history
    for name in "reward", "entropy", "discriminator_accuracy_real", "val_nll":
        assert np.isfinite(history[name]).all()
    gan.save(tmp_path / "gan.keras")
    loaded = keras.models.load_model(tmp_path / "gan.keras")
    for model in gan, loaded:
        fit(model)
    for one, other in zip(gan.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_the_reward_is_learned():
    def ones(tokens):
        return tf.reduce_mean(tf.cast(tokens == 1, tf.float32), axis=1)

    gan = make_gan()
    gan.compile(**optimizers(3e-2), reward=ones)
    history = fit(gan, epochs=15).history
    assert history["reward"][-1] > 0.8 > 0.4 > history["reward"][0]
    assert np.mean(gan.generate(50, seed=0) == 1) > 0.8
    assert history["reward"] == history["reward_ones"]


def test_a_constant_reward_changes_nothing_with_a_baseline():
    gan = make_gan()
    gan.compile(**optimizers(), reward="constant")
    before = gan.generator.get_weights()
    fit(gan)
    for old, new in zip(before, gan.generator.get_weights(), strict=True):
        np.testing.assert_allclose(old, new, atol=1e-6)


def test_the_schedule_of_updates():
    gan = make_gan(discriminator_steps=2, warmup_steps=3)
    gan.compile(**optimizers())
    fit(gan, epochs=4)  # Eight updates: the generator's after five and seven.
    assert int(gan.discriminator_optimizer.iterations) == 8
    assert int(gan.generator_optimizer.iterations) == 2


def test_the_rollout_policy_follows_slowly():
    gan = make_gan()
    gan.compile(**optimizers())
    before = gan.rollout_generator.backbone.get_weights()
    fit(gan, steps_per_epoch=1)
    new = gan.generator.backbone.get_weights()
    for old, now, follower in zip(
        before, new, gan.rollout_generator.backbone.get_weights(), strict=True
    ):
        np.testing.assert_allclose(follower, 0.8 * old + 0.2 * now, atol=1e-6)
    assert make_gan("critic").rollout_generator is None


def test_a_reference_gives_the_two_sided_figure():
    gan = make_gan()
    reference = make_gan().generator
    gan.compile(**optimizers(), reference=reference)
    logs = gan.evaluate(DATA, return_dict=True, verbose=0)
    total = logs["nll"] + logs["reference_nll"]
    assert logs["two_sided_nll"] == pytest.approx(total, rel=1e-6)
    assert logs["nll"] == pytest.approx(
        -np.mean(gan.generator.step_log_probs(DATA)), rel=1e-5
    )
    assert "advantage_std" not in logs


def test_padding_of_real_sequences_is_that_of_generated_ones():
    gan = make_gan(end_token=0)
    tokens = tf.constant([[1, 0, 3, 2], [1, 2, 3, 1]])
    np.testing.assert_array_equal(
        gan.judge.without_padding(tokens), [[1, 0, 0, 0], [1, 2, 3, 1]]
    )


def test_logits_of_steps_are_averaged_over_valid_ones():
    gan = make_gan("per step", end_token=0)
    tokens = tf.constant([[1, 0, 0, 0], [1, 2, 3, 1]])
    logits = gan.discriminator(tokens).numpy()
    expected = [logits[0, :2].mean(), logits[1].mean()]
    np.testing.assert_allclose(gan.judge_each(tokens), expected, rtol=1e-5)
    flat = [*logits[0, :2], *logits[1]]
    np.testing.assert_allclose(gan.judge.flat(tokens, False), flat, rtol=1e-5)


def test_parts_that_do_not_fit():
    gan = make_gan()
    generator, discriminator = gan.generator, gan.discriminator
    with pytest.raises(TypeError, match="to be a `SequenceGenerator`"):
        SequenceGAN(PixelCNN, discriminator)
    with pytest.raises(ValueError, match="Unknown credit: 'rollouts'"):
        SequenceGAN(generator, discriminator, credit="rollouts")
    with pytest.raises(TypeError, match="a `Credit`"):
        SequenceGAN(generator, discriminator, credit=3)
    with pytest.raises(ValueError, match="does not take tokens.*from 0 to 3"):
        SequenceGAN(generator, recurrent_discriminator(VOCABULARY - 1, LENGTH))
    with pytest.raises(ValueError, match="needs a discriminator with a logit for each"):
        SequenceGAN(generator, discriminator, credit.PerStep())
    with pytest.raises(ValueError, match="`warmup_steps` to be an integer >= 0"):
        SequenceGAN(generator, discriminator, warmup_steps=-1)
    with pytest.raises(ValueError, match="does not take tokens of shape"):
        SequenceGAN(generator, recurrent_discriminator(VOCABULARY, LENGTH + 1))
    wide = keras.Sequential([keras.Input((LENGTH,)), keras.layers.Dense(7)])
    with pytest.raises(ValueError, match=r"one for each step.*\('batch', 7\)"):
        SequenceGAN(generator, wide)
    certain = keras.Sequential([discriminator, keras.layers.Activation("sigmoid")])
    with pytest.raises(ValueError, match="returns logits.*'sigmoid'"):
        SequenceGAN(generator, certain)
    prompted = SequenceGenerator(
        RecurrentBackbone(VOCABULARY, 4), LENGTH, conditions=Prompts(1, VOCABULARY)
    )
    with pytest.raises(ValueError, match="Expected a generator without prompts"):
        SequenceGAN(prompted, discriminator)


def test_compile_arguments_out_of_range():
    gan = make_gan()
    with pytest.raises(ValueError, match="`likelihood_weight` of zero or above"):
        gan.compile(likelihood_weight=-1.0)
    with pytest.raises(ValueError, match="takes no gradient penalty"):
        gan.compile(loss="wasserstein")
    with pytest.raises(ValueError, match="a reference of sequences of shape"):
        gan.compile(reference=SequenceGenerator(RecurrentBackbone(9, 4), LENGTH))
    with pytest.raises(TypeError, match="to be a `SequenceGenerator`"):
        gan.compile(reference="prior.keras")
    with pytest.raises(ValueError, match="expected to return shape"):
        gan.compile(reward=lambda tokens: tf.zeros_like(tokens))
    with pytest.raises(ValueError, match="Call `compile"):
        make_gan().fit(DATA)


def test_rewards_add_up():
    gan = make_gan()
    reward = rewards.Discriminator("score") - 0.5 * rewards.Constant(1.0)
    gan.compile(**optimizers(), reward=reward)
    history = fit(gan).history
    total = history["reward_discriminator"][0] - 0.5 * history["reward_constant"][0]
    assert history["reward"][0] == pytest.approx(total, abs=1e-5)
