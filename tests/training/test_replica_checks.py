"""What is refused under a strategy; `test_replicas.py` trains under real ones."""

import types

import keras
import pytest
import tensorflow as tf

from keras_rlgen import agents, rewards
from keras_rlgen.models import GAN, VAE
from keras_rlgen.rl_models import DQNGAN, ConditionalDQNGAN, ReinforceGAN, RewardTuner
from keras_rlgen.training.replica_checks import check_strategy
from keras_rlgen.world_models import WorldModel
from tests.networks import gan


class Mirrored(tf.distribute.MirroredStrategy):
    """In the place of one with two devices."""

    num_replicas_in_sync = 2

    def __init__(self):
        pass


class Servers(tf.distribute.ParameterServerStrategy):
    num_replicas_in_sync = 1

    def __init__(self):
        pass


class OtherKind:
    num_replicas_in_sync = 2


def refusal(cls, strategy=None, parts=None, jit_compile="auto"):
    """Returns the error for a model of a class under a strategy of two replicas."""

    class Model(types.SimpleNamespace):
        one_replica_because = cls.one_replica_because

    Model.__name__ = cls.__name__
    model = Model(distribute_strategy=strategy or Mirrored(), variables=[])
    with pytest.raises(ValueError) as raised:
        check_strategy(model, parts or {}, jit_compile)
    return str(raised.value)


@pytest.mark.parametrize("cls", [DQNGAN, ConditionalDQNGAN])
def test_a_gan_with_an_agent(cls):
    assert refusal(cls) == (
        f"`{cls.__name__}` trains on one replica: its agent acts in one process and "
        "fills one replay buffer. Use one device; or train a `GAN` on several, and a "
        "DQN in its latent space on one. Received: Mirrored with 2 replicas."
    )


@pytest.mark.parametrize("name", ["DQN", "PPO", "SAC", "Reinforce", "Sarsa"])
def test_agents(name):
    message = refusal(getattr(agents, name))
    assert f"`{name}` trains on one replica: it acts in environments of" in message
    assert "AsyncVectorEnv" in message


def test_world_models():
    message = refusal(WorldModel)
    assert "`WorldModel` trains on one replica: it learns from sequences" in message
    assert "Use one device." in message


@pytest.mark.parametrize("cls", [GAN, VAE, ReinforceGAN, RewardTuner])
def test_generative_models_are_refused_for_other_reasons_alone(cls):
    assert cls.one_replica_because is None
    message = refusal(cls, OtherKind())
    assert "MirroredStrategy" in message and "OtherKind with 2 replicas" in message
    assert "jit_compile=True" in refusal(cls, jit_compile=True)
    reward = rewards.DiversityFilter(rewards.Contrast(), radius=1.0)
    assert "a memory of its own" in refusal(cls, parts={"reward": reward})
    assert "`compile` was called outside" in refusal(cls)


def test_parameter_servers():
    message = refusal(GAN, Servers())
    assert "MultiWorkerMirroredStrategy" in message
    assert "Received: Servers with 1 replicas." in message


def test_keras_distribution(monkeypatch):
    monkeypatch.setattr(keras.distribution, "distribution", OtherKind)
    with pytest.raises(ValueError, match=r"set_distribution\(None\)") as raised:
        gan().compile()
    assert "no effect with TensorFlow" in str(raised.value)
    assert "Received: OtherKind" in str(raised.value)
