import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.models import ExperienceEnsemble
from tests.models.experience.toys import (
    dynamics,
    ensemble,
    fitted_ensemble,
    fitted_gan,
    network,
    walks,
)

KEY = tf.constant([0, 1])


def given(experience):
    step = experience.transitions()
    return tf.constant(step.observation), tf.constant(step.action)


def test_members_learn_with_weights_of_their_own():
    model, held_out = fitted_ensemble(), walks(20, seed=1)
    assert model.evaluate(held_out, horizon=3)["error_next_observation"] < 0.15
    kernels = [m.model.network.layers[0].kernel.numpy() for m in model.members]
    assert np.abs(kernels[0] - kernels[1]).mean() > 0.05
    assert [m.seed for m in model.members][0] == 0 != model.members[1].seed


def test_a_row_is_generated_by_the_member_of_its_position_or_the_chosen_one():
    model = fitted_ensemble()
    observation, action = given(walks(2, seed=1))
    count = len(action)
    one, other = (m.sample(observation, action, KEY) for m in model.members)
    first = model.sample(observation, action, KEY).next_observation
    half = count // 2
    np.testing.assert_allclose(first[:half], one.next_observation[:half], atol=1e-6)
    np.testing.assert_allclose(first[half:], other.next_observation[half:], atol=1e-6)
    member = tf.range(count) % 2
    chosen = model.sample(observation, action, KEY, member=member).next_observation
    expected = tf.where(
        member[:, None] == 0, one.next_observation, other.next_observation
    )
    np.testing.assert_allclose(chosen, expected, atol=1e-6)


def test_disagreement_is_the_deviation_of_the_members():
    model = fitted_ensemble()
    observation, action = given(walks(20, seed=1))
    values = model.disagreement(observation, action, KEY)
    steps = [
        model.codec.encode(m.sample(observation, action, KEY))[1][:, :2].numpy()
        for m in model.members
    ]
    expected = np.sqrt(np.var(steps, axis=0).mean(axis=1))
    np.testing.assert_allclose(values, expected, rtol=1e-4, atol=1e-6)
    # Changes are clipped to the range of the data: members differ less than they would.
    far = model.disagreement(observation + 20.0, action, KEY)
    assert np.mean(far) > 2.0 * np.mean(values)


def test_bootstrap_trains_each_member_on_episodes_of_its_own():
    model = ensemble(bootstrap=True)
    model.compile(run_eagerly=True)
    history = model.fit(
        walks(6), walks(2, seed=1), epochs=2, steps_per_epoch=1, verbose=0
    )
    assert history.epoch == [0, 1] and len(history.history["val_error"]) == 2
    means = [m.codec.weights[0].numpy() for m in model.members]
    assert np.abs(means[0] - means[1]).max() > 0.0
    fixed = ensemble()
    fixed.compile(run_eagerly=True)
    fixed.fit(walks(6), steps_per_epoch=1, verbose=0)
    means = [m.codec.weights[0].numpy() for m in fixed.members]
    np.testing.assert_array_equal(*means)


def test_a_file_and_a_saved_model(tmp_path):
    model, step = fitted_ensemble(), walks(2).transitions()
    expected = model.generate(step.observation, step.action, seed=5).next_observation
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.compiled and loaded.is_fitted.numpy()
    again = loaded.generate(step.observation, step.action, seed=5).next_observation
    np.testing.assert_allclose(again, expected, rtol=1e-5, atol=1e-6)
    assert len(loaded.training_variables) == len(model.training_variables)
    model.export(tmp_path / "saved", verbose=False)
    exported = tf.saved_model.load(str(tmp_path / "saved"))
    fields = exported.generate(*given(walks(2)), 5)
    np.testing.assert_allclose(
        fields["next_observation"], expected, rtol=1e-5, atol=1e-6
    )


def test_config_and_members_of_a_gan():
    gan = fitted_gan()
    model = ExperienceEnsemble(gan, size=3, bootstrap=True, seed=4, name="gans")
    model.compile(run_eagerly=True)
    again = ExperienceEnsemble.from_config(model.get_config())
    assert again.size == 3 and again.bootstrap and again.seed == 4
    assert again.name == "gans"
    optimizers = {id(m.model.optimizer) for m in model.members}
    assert len(optimizers) == 3
    model.check_realism()
    assert model.loss_names == gan.loss_names


def test_what_is_refused():
    with pytest.raises(TypeError, match="to be an `ExperienceGenerator`"):
        ExperienceEnsemble(network())
    with pytest.raises(ValueError, match="`size` to be an integer >= 2"):
        ExperienceEnsemble(dynamics(), size=1)
    untrained = ensemble()
    with pytest.raises(ValueError, match="Call `fit"):
        untrained.generate(np.zeros((1, 2)), [0])
    with pytest.raises(TypeError, match="`experience` to be an `Experience`"):
        untrained.fit(np.zeros((4, 2)))
