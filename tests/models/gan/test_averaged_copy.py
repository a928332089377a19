import keras
import numpy as np
import pytest

from keras_rlgen.models import GAN
from keras_rlgen.models.gan.averaged_copy import averaged_copy
from tests import networks
from tests.networks import assert_same, values


def test_a_copy_has_the_weights_and_none_in_common():
    network = networks.stateful_generator()
    copied = averaged_copy(network, lambda x: x(network.inputs[0]))
    assert_same(values(copied), values(network))
    assert not {id(v) for v in copied.weights} & {id(v) for v in network.weights}


class Wrapped(keras.Model):
    """A network without a `get_config`."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def call(self, inputs, training=None):
        return self.network(inputs, training=training)


def test_a_network_that_cannot_be_copied_has_no_average():
    generator = Wrapped(networks.generator())
    generator(np.zeros((1, 2)))
    with pytest.raises(ValueError, match="of type Wrapped cannot be copied.*None"):
        averaged_copy(generator, lambda x: x(np.zeros((1, 2))))
    with pytest.warns(UserWarning, match="cannot be copied.*There is no average now"):
        gan = GAN(generator, networks.discriminator(), 2)
    assert gan.average_generator is None and gan.ema_momentum is None
    assert gan.generate(2).shape == (2, 2)
