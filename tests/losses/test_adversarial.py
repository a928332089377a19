import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.losses import adversarial

LOGITS = np.linspace(-6.0, 6.0, 13)
# The discriminator's output, as the papers on cross-entropy games have it.
D = 1.0 / (1.0 + np.exp(-LOGITS))

# Each loss in float64, in the words of its paper.
REFERENCES = {
    "cross_entropy_real_loss": -np.log(D),
    "cross_entropy_generated_loss": -np.log(1.0 - D),
    "non_saturating_generator_loss": -np.log(D),
    "minimax_generator_loss": np.log(1.0 - D),
    "least_squares_real_loss": (LOGITS - 1.0) ** 2 / 2.0,
    "least_squares_generated_loss": LOGITS**2 / 2.0,
    "least_squares_generator_loss": (LOGITS - 1.0) ** 2 / 2.0,
    "hinge_real_loss": -np.minimum(0.0, -1.0 + LOGITS),
    "hinge_generated_loss": -np.minimum(0.0, -1.0 - LOGITS),
    "wasserstein_real_loss": -LOGITS,
    "wasserstein_generated_loss": LOGITS,
    "wasserstein_generator_loss": -LOGITS,
}


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("column", [False, True])
def test_losses_follow_their_papers(column, jit_compile):
    logits = tf.constant(LOGITS[:, np.newaxis] if column else LOGITS, tf.float32)

    @tf.function(jit_compile=jit_compile)
    def losses(logits):
        return {name: getattr(adversarial, name)(logits) for name in REFERENCES}

    for name, loss in losses(logits).items():
        assert loss.shape == (13,) and loss.dtype == tf.float32
        np.testing.assert_allclose(loss, REFERENCES[name], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", sorted(REFERENCES))
def test_losses_are_finite_on_extreme_logits(name):
    logits = tf.constant([-1e4, 1e4])
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = getattr(adversarial, name)(logits)
    assert np.isfinite(loss).all()
    assert np.isfinite(tape.gradient(loss, logits)).all()


def test_only_the_non_saturating_generator_learns_from_a_sure_discriminator():
    logits = tf.constant([-10.0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(logits)
        non_saturating = adversarial.non_saturating_generator_loss(logits)
        minimax = adversarial.minimax_generator_loss(logits)
    # d/dlogit -log D = D - 1, and d/dlogit log(1 - D) = -D.
    share = 1.0 / (1.0 + np.exp(10.0))
    assert float(tape.gradient(non_saturating, logits)[0]) == pytest.approx(share - 1.0)
    assert float(tape.gradient(minimax, logits)[0]) == pytest.approx(-share, rel=1e-4)


def test_flat_logits_are_float32():
    logits = adversarial.flatten_logits(tf.constant([[1.0], [-2.0]], tf.float16))
    assert logits.dtype == tf.float32
    np.testing.assert_array_equal(logits, [1.0, -2.0])


@pytest.mark.parametrize("shape", [(4, 2), (4, 3, 3, 1), ()])
def test_logits_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError) as error:
        adversarial.flatten_logits(tf.zeros(shape))
    assert "Expected discriminator logits of shape (batch,) or (batch, 1)" in str(
        error.value
    )
    assert f"Received: {shape}" in str(error.value)
    assert "Dense(1)" in str(error.value)
