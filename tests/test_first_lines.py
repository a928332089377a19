"""What users of Keras type first, of every model: it works, or says what to do."""

import keras
import numpy as np
import pytest

from keras_rlgen import models, rl_models
from keras_rlgen.agents import DynaQ
from keras_rlgen.environments import GridWorld
from tests import networks
from tests.agents import values
from tests.agents.values import cart_pole_agent
from tests.world_models.toys import make_world

Adam = keras.optimizers.Adam


def sequence_gan():
    backbone = models.RecurrentBackbone(3, units=4)
    generator = models.SequenceGenerator(backbone, 3, seed=0)
    discriminator = models.recurrent_discriminator(3, 3, 4, 2)
    return rl_models.SequenceGAN(generator, discriminator, seed=0)


def dqn_gan():
    return rl_models.DQNGAN(
        networks.linear(2, 2, np.eye(2)),
        networks.discriminator(),
        latent_dim=2,
        num_environments=2,
        replay_capacity=64,
        seed=0,
    )


ADVERSARIAL = {
    "GAN": networks.gan,
    "ConditionalGAN": networks.conditional_gan,
    "ReinforceGAN": networks.reinforce_gan,
    "SequenceGAN": sequence_gan,
    "DQNGAN": dqn_gan,
}


class TestOneOptimizer:
    @pytest.mark.parametrize("name", ADVERSARIAL)
    def test_each_network_has_a_copy(self, name):
        model = ADVERSARIAL[name]()
        model.compile(optimizer=Adam(0.25, beta_1=0.5))
        optimizers = model.optimizer.members
        assert len({id(x) for x in optimizers}) == len(optimizers) >= 2
        assert [float(x.beta_1) for x in optimizers] == [0.5] * len(optimizers)
        assert set(model.optimizer.learning_rates.values()) == {0.25}

    def test_by_place(self):
        model = networks.gan()
        model.compile("sgd")
        kinds = [type(x) for x in model.optimizer.members]
        assert kinds == [keras.optimizers.SGD] * 2
        model.compile(Adam(0.25))
        assert float(model.discriminator_optimizer.learning_rate) == 0.25

    def test_nothing_given_is_adam(self):
        model = networks.gan()
        model.compile()
        assert [type(x) for x in model.optimizer.members] == [Adam] * 2

    def test_one_and_one_for_a_network(self):
        with pytest.raises(ValueError, match="`optimizer` and `generator_optimizer`"):
            networks.gan().compile(generator_optimizer="adam", optimizer="adam")

    def test_a_gan_of_transitions(self):
        from tests.models.experience.toys import SPECS

        model = models.TransitionGAN(specs=SPECS)
        model.compile(optimizer=Adam(0.25))
        assert set(model.model.optimizer.learning_rates.values()) == {0.25}


class TestCompile:
    @pytest.mark.parametrize(
        ("make", "arguments", "message"),
        [
            (networks.vae, {"loss": "mse"}, "`VAE.compile` takes no `loss`.*'normal'"),
            (networks.gan, {"weighted_metrics": []}, "`GAN.compile` takes no"),
            (networks.gan, {"learning_rate": 1e-3}, "takes no `learning_rate`"),
            (
                lambda: cart_pole_agent(values.DQN, compiled=False),
                {"metrics": ["accuracy"]},
                "`DQN.compile` takes no `metrics`.*`evaluate` measures",
            ),
            (
                lambda: cart_pole_agent(values.DQN, compiled=False),
                {"loss": "mse"},
                r"`DQN.compile` takes no `loss`.*DQN\(loss='huber'\)",
            ),
            (make_world, {"loss": "mse"}, "`WorldModel.compile` takes no `loss`"),
        ],
    )
    def test_the_class_and_the_remedy(self, make, arguments, message):
        with pytest.raises(TypeError, match=message):
            make().compile("adam", **arguments)

    def test_a_table_has_nothing_to_compile(self):
        with pytest.raises(TypeError, match="nothing to compile.*learning_rate"):
            DynaQ(GridWorld(["S.", ".G"])).compile("adam")


class TestFit:
    def test_samples_for_an_agent(self):
        agent = cart_pole_agent(values.DQN)
        with pytest.raises(TypeError, match="first argument of `DQN.fit`"):
            agent.fit(np.zeros((8, 4)))
        with pytest.raises(TypeError, match="`DQN.fit` takes no `validation_data`"):
            agent.fit(epochs=1, validation_data=np.zeros((8, 4)))
        with pytest.raises(TypeError, match="Pass `total_steps`"):
            agent.fit(total_timesteps=1000)
        with pytest.raises(TypeError, match="`DynaQ.fit` takes no `steps_per_epoch`"):
            DynaQ(GridWorld(["S.", ".G"])).fit(steps_per_epoch=3)

    def test_steps_in_place_of_epochs(self):
        agent = cart_pole_agent(values.DQN)
        history = agent.fit(total_steps=30, steps_per_epoch=4, verbose=0).history
        # Three environments; whole rounds of four steps; resets do not count.
        assert len(history["environment_steps"]) == 3
        assert 24 <= history["environment_steps"][-1] <= 36
