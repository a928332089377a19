import keras
import pytest

from keras_rlgen.rl_models import DQNGAN
from tests import networks
from tests.networks import real_samples
from tests.rl_models.dqn_gan.test_dqn_gan import make

REAL = real_samples(12)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"gan_steps": 0}, "`gan_steps` >= 1"),
        ({"q_steps": 1.5}, "`q_steps` >= 1"),
        ({"q_warm_up": -1}, "`q_warm_up` >= 0"),
        ({"policy_weight": -1.0}, "`policy_weight` >= 0"),
        ({"policy_temperature": 0.0}, "`policy_temperature` > 0"),
        ({"policy_cap": 1.5}, r"`policy_cap` in \(0, 1\]"),
    ],
)
def test_errors(arguments, message):
    with pytest.raises(ValueError, match=message):
        make().compile(**arguments)


def test_a_discriminator_of_probabilities_is_refused():
    ends = keras.layers.Dense(1, "sigmoid")
    network = keras.Sequential([keras.layers.Input((2,)), ends])
    with pytest.raises(ValueError, match="activation 'sigmoid'"):
        DQNGAN(networks.generator(), network, latent_dim=2)


def test_networks_do_not_share_an_optimizer():
    shared = keras.optimizers.SGD()
    with pytest.raises(ValueError, match="make three"):
        make().compile("sgd", shared, shared)


def test_a_policy_term_without_gradient_is_refused():
    gan = make(observe_samples=False)
    with pytest.raises(ValueError, match="observe the samples"):
        gan.compile(policy_weight=0.1)
    gan.compile()


def test_rounds_after_a_warm_up():
    gan = make(n_step=1)
    gan.compile(gan_steps=2, q_steps=3, q_warm_up=3, steps_per_execution=2)
    gan.agent.warm_up_steps = 4
    per_round = gan.agent.collect_steps * gan.agent.num_environments
    # 3 + 3 batches: rounds after the 4th and the 6th.
    gan.fit(REAL, batch_size=4, epochs=2, verbose=0)
    assert gan.gan_batches.numpy() == 6
    assert gan.agent._vector_steps * gan.agent.num_environments == 2 * per_round
    assert gan.agent.train_step_counter == 6


def test_learning_rates_of_all_three_are_scheduled():
    gan = make()
    optimizers = [keras.optimizers.SGD(rate) for rate in (0.1, 0.2, 0.3)]
    gan.compile(*optimizers)
    gan.optimizer.learning_rate = 0.01
    rates = [float(optimizer.learning_rate) for optimizer in optimizers]
    assert rates == pytest.approx([0.01, 0.02, 0.03])
