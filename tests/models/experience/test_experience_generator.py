import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.experience import ArraySpec, Transition
from keras_rlgen.models import (
    VAE,
    DynamicsNetwork,
    ExperienceGenerator,
    RealNVP,
    VectorCondition,
    vector_flow,
)
from tests.models.experience.toys import (
    SPECS,
    dynamics,
    fitted_dynamics,
    fitted_gan,
    network,
    walks,
)
from tests.networks import dense

layers = keras.layers


def with_condition(inputs, outputs):
    both = [layers.Input((inputs,)), layers.Input((4,))]
    hidden = dense(16, "tanh", seed=1)(layers.Concatenate()(both))
    return keras.Model(both, dense(outputs, seed=2)(hidden))


def vae():
    condition = VectorCondition(4)
    networks = with_condition(4, 2 * 2), with_condition(2, 4)
    return VAE(*networks, 2, "normal", conditions=condition, seed=0)


def flow():
    condition = VectorCondition(4)
    flow = vector_flow(4, condition_dim=4, num_couplings=2, units=16, seed=0)
    return RealNVP(flow, (4,), conditions=condition, seed=0)


def test_it_learns_transitions():
    model, held_out = fitted_dynamics(), walks(20, seed=1)
    scores = model.evaluate(held_out, horizon=3)
    assert scores["error_next_observation"] < 0.1 and scores["error_reward"] == 0.0
    assert scores["error_after_3_steps"] < 0.1
    assert scores["end_auc"] > 0.95 and scores["end_calibration"] < 0.1
    assert scores["error"] == pytest.approx(model.error(held_out))
    transition = held_out.transitions()
    generated = model.generate(transition.observation, transition.action, seed=0)
    np.testing.assert_allclose(
        generated.next_observation, transition.next_observation, atol=0.05
    )
    assert generated.reward.dtype == "float32" and generated.terminated.dtype == bool


def test_ends_are_balanced_in_training_and_rare_in_samples():
    held_out = walks(40, seed=1)
    scores = fitted_dynamics().evaluate(held_out)
    assert abs(scores["end_rate_predicted"] - scores["end_rate"]) < 0.05


@pytest.mark.parametrize("make", [vae, flow])
def test_every_conditional_family_works(make):
    model = ExperienceGenerator(make(), SPECS, noise=0.1, end_fraction=0.0, seed=0)
    model.compile(keras.optimizers.Adam(1e-2), run_eagerly=True)
    history = model.fit(
        walks(4), walks(2, seed=1), epochs=2, steps_per_epoch=1, verbose=0
    ).history
    assert np.isfinite(history["loss"]).all() and len(history["val_error"]) == 2
    generated = model.generate(np.zeros((3, 2)), [0, 1, 1], seed=0)
    assert generated.next_observation.shape == (3, 2)
    # Clipped to the range of the data: the reward is constant.
    np.testing.assert_allclose(generated.reward, 2.0, atol=1e-5)
    with pytest.raises(ValueError, match="needs a compiled model with a discriminator"):
        model.realism(generated)


def test_training_repeats_and_a_seed_gives_the_same_samples():
    models = dynamics(), dynamics()
    for model in models:
        model.compile(run_eagerly=True)
    histories = [
        m.fit(walks(4), steps_per_epoch=2, batch_size=8, verbose=0).history
        for m in models
    ]
    assert histories[0] == histories[1]
    gan, observation = fitted_gan(), np.zeros((8, 2))
    one, other, third = (
        gan.generate(observation, np.ones(8, int), seed=s).next_observation
        for s in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, other)
    assert (one != third).any()
    unseeded = gan.generate(observation, np.ones(8, int)).next_observation
    assert (unseeded != one).any()


def test_a_file_and_a_saved_model(tmp_path):
    model, transition = fitted_gan(), walks(2).transitions()
    given = transition.observation, transition.action
    expected = model.generate(*given, seed=5)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.compiled and loaded.is_fitted.numpy()
    for one, other in zip(loaded.generate(*given, seed=5), expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    loaded.fit(walks(), steps_per_epoch=1, batch_size=16, verbose=0)
    model.export(tmp_path / "saved", verbose=False)
    exported = tf.saved_model.load(str(tmp_path / "saved"))
    fields = exported.generate(*map(tf.constant, given), 5)
    np.testing.assert_allclose(
        fields["next_observation"], expected.next_observation, rtol=1e-5, atol=1e-6
    )


def test_config_of_another_family():
    model = dynamics(noise=0.5, end_fraction=0.1, seed=3, name="other")
    config = keras.saving.serialize_keras_object(model)
    again = keras.saving.deserialize_keras_object(config)
    assert again.get_config() == model.get_config()
    assert again.noise == 0.5 and again.end_fraction == 0.1 and again.compiled


def test_realism_is_a_probability():
    realism = fitted_gan().realism(walks(3).transitions())
    assert realism.dtype == tf.float32
    assert (realism.numpy() >= 0.0).all() and (realism.numpy() <= 1.0).all()


@pytest.mark.parametrize(
    "kwargs, message",
    [
        ({"model": DynamicsNetwork(network(3, 4))}, "VectorCondition\\(4\\)"),
        ({"model": DynamicsNetwork(network(4, 3))}, "vectors of shape \\(4,\\)"),
        ({"given": ()}, "what they follow"),
        ({"end_fraction": 1.0}, "`end_fraction` in"),
        ({"noise": -1.0}, "`noise` >= 0"),
    ],
)
def test_arguments_that_do_not_fit(kwargs, message):
    with pytest.raises(ValueError, match=message):
        ExperienceGenerator(
            **{"model": DynamicsNetwork(network()), "specs": SPECS, **kwargs}
        )


def test_bad_input_leaves_the_model_as_it_was():
    model = dynamics()
    with pytest.raises(TypeError, match="Expected `model` to be a `GenerativeModel`"):
        ExperienceGenerator(network(), SPECS)
    for method in ("evaluate", "export"):
        with pytest.raises(ValueError, match=f"before `{method}\\(\\)`"):
            getattr(model, method)(walks(1))
    with pytest.raises(ValueError, match="before `generate"):
        model.generate(np.zeros((1, 2)), [0])
    with pytest.raises(TypeError, match="`experience` to be an `Experience`"):
        model.fit(np.zeros((3, 4)))
    other = ExperienceGenerator(
        DynamicsNetwork(network(5, 5)), (ArraySpec((3,)), SPECS[1])
    )
    with pytest.raises(ValueError, match=r"Call `compile\(\)`"):
        other.fit(walks(1))
    other.compile()
    with pytest.raises(ValueError, match="Expected `observations` of shape"):
        other.fit(walks(1))
    assert not other.is_fitted.numpy()
    with pytest.raises(ValueError, match=r"Expected `generate\(observation, action\)`"):
        fitted_dynamics().generate(num_samples=3)


def test_a_transition_of_arrays_is_judged_too():
    transition = Transition(*walks(2).transitions())
    assert len(fitted_gan().realism(transition)) == len(transition.reward)
