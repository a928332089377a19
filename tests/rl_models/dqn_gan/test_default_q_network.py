from keras_rlgen.environments import CartPole
from keras_rlgen.rl_models.dqn_gan.default_q_network import default_q_network
from tests.networks import assert_same, differ, values


def test_shapes_and_seed():
    networks = [default_q_network(CartPole(), seed) for seed in (0, 0, 1, None)]
    assert networks[0].input_shape == (None, 4)
    assert networks[0].output_shape == (None, 2)
    assert_same(values(networks[0]), values(networks[1]))
    assert differ(values(networks[0]), values(networks[2]))
    assert differ(values(networks[2]), values(networks[3]))
