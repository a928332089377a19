import doctest

import keras
import pytest

from keras_rlgen import losses
from keras_rlgen.models.gan import default_loss
from tests import networks


def test_example():
    extra = {"keras": keras}
    assert doctest.testmod(default_loss, extraglobs=extra).failed == 0


@pytest.mark.parametrize("make", [networks.gan, networks.conditional_gan])
def test_the_penalty_grows_with_the_sample(make):
    gan = make()
    gan.compile(run_eagerly=True)
    assert type(gan.adversarial_loss) is losses.NonSaturating
    assert type(gan.adversarial_loss.penalty) is losses.R1Penalty
    assert gan.adversarial_loss.penalty.weight == pytest.approx(0.005 * 2)
    # An explicit name has no penalty.
    gan.compile(loss="non_saturating", run_eagerly=True)
    assert gan.adversarial_loss.penalty is None


def test_a_discriminator_that_normalises_batches_has_none():
    loss = default_loss.default_loss(networks.stateful_discriminator(), (2,))
    assert loss.penalty is None
