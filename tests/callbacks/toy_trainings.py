"""Every model and agent, small and compiled, and how the first epochs are trained.

All of them run op by op: graphs take longer to make than these trainings. Some of their
logs do not exist in the first epoch yet.
"""

from typing import Any, NamedTuple

import keras
import numpy as np

from keras_rlgen import credit, models, rl_models
from keras_rlgen.agents import DQN, PPO, CategoricalDQN, DynaQ, Reinforce, Sarsa
from keras_rlgen.agents import ActorCritic as ActorCriticAgent
from keras_rlgen.environments import FixedHorizonCartPole, GridWorld
from keras_rlgen.layers import RandomMask
from tests import networks, restoring
from tests.agents import control, on_policy, values
from tests.models.experience import toys as transitions
from tests.rl_models import autoencoders, policies
from tests.world_models import toys as worlds

EAGER = {"run_eagerly": True}
EPISODE = 7  # steps, of every environment


class Training(NamedTuple):
    """How the first epochs of a toy are trained.

    Attributes:
        model: What is trained.
        fit: Function of `epochs`, `callbacks` and `verbose`.
        late: Names of logs that the first epoch does not have, and a later one has.
        logs: Names of logs that every epoch has.
        has_optimizer: Whether callbacks may change a learning rate.
        resumes: Whether `BackupAndRestore` can resume it.
        trained: The model that callbacks get.
    """

    model: Any
    fit: Any
    late: tuple = ()
    logs: tuple = ()
    has_optimizer: bool = True
    resumes: bool = True
    trained: Any = None


def agent(made, late=("mean_return", "episode_length"), logs=(), steps=4):
    def fit(**kwargs):
        return made.fit(steps_per_epoch=steps, **kwargs)

    return Training(made, fit, late, ("episodes", "environment_steps", *logs))


def value_agent(cls):
    if cls is Sarsa:
        made = values.cart_pole_agent(cls)
        return agent(made, logs=("loss",))
    made = values.cart_pole_agent(cls, warm_up_steps=16)
    return agent(made, late=("mean_return", "loss", "mean_q", "epsilon"))


def policy_agent(cls):
    made = on_policy.cart_pole_agent(cls, steps_per_update=4, compiled=False)
    return agent(on_policy.compile_agent(made), logs=("policy_loss",))


def sac():
    made = control.pendulum_agent(warm_up_steps=16, collect_steps=4)
    return agent(made, late=("mean_return", "critic_loss", "alpha"))


def dyna_q():
    maze = GridWorld(["S.", ".G"])
    made = DynaQ(maze, planning_steps=1, num_runs=2, seed=0)
    made.jit_compile = False
    logs = "episode_length", "mean_return"
    return Training(made, made.fit, logs=logs, has_optimizer=False, resumes=False)


def sampled(made, data, late=(), logs=(), **options):
    """Returns the training of a model on two batches an epoch."""
    made.compile(**{**EAGER, **options})

    def fit(**kwargs):
        given = data if isinstance(data, tuple) else (data,)
        batch_size = len(given[0]) // 2
        return made.fit(*given, batch_size=batch_size, **kwargs)

    return Training(made, fit, late, logs)


def gan():
    made = networks.gan(discriminator_steps=4)
    return sampled(made, networks.real_samples(), ("generator_loss",))


def conditional_gan():
    data = networks.real_samples(), networks.real_labels()
    made = networks.conditional_gan(discriminator_steps=4)
    return sampled(made, data, ("generator_loss",), ("discriminator_loss",))


def reinforce_gan():
    made = networks.reinforce_gan(discriminator_steps=4)
    late = "reward", "generator_loss", "entropy", "advantage_std"
    return sampled(made, networks.real_samples(), late)


def sequence_gan():
    backbone = models.RecurrentBackbone(3, units=4)
    made = rl_models.SequenceGAN(
        models.SequenceGenerator(backbone, 3, seed=0),
        models.recurrent_discriminator(3, 3, 4, 2, per_step=True),
        credit.PerStep(),
        warmup_steps=2,
        seed=0,
    )
    data = np.random.default_rng(0).integers(0, 3, (8, 3)).astype("int32")
    late = "reward", "generator_loss", "entropy"
    return sampled(made, data, late, ("discriminator_loss",))


def restoring_gan():
    made = rl_models.RestoringGAN(
        restoring.generator(),
        restoring.discriminator(),
        2,
        RandomMask("square", 0.75, seed=0),
        discriminator_steps=4,
        seed=0,
    )
    late = "generator_loss", "reward"
    return sampled(made, restoring.images(8), late, reward="boundary_smoothness")


def restoring_vae():
    made = rl_models.RestoringVAE(
        restoring.encoder(),
        restoring.generator(),
        2,
        RandomMask("square", 0.75, seed=0),
        seed=0,
    )
    return sampled(made, restoring.images(8), logs=("loss", "restoration_error"))


def dqn_gan():
    made = rl_models.DQNGAN(
        networks.linear(2, 2, np.eye(2)),
        networks.discriminator(),
        latent_dim=2,
        directions="axes",
        max_edits=3,
        num_environments=2,
        replay_capacity=64,
        seed=0,
    )
    made.agent.warm_up_steps = 6
    late = "q_loss", "episode_return"
    return sampled(made, networks.real_samples(), late, q_warm_up=2, q_steps=1)


def conditional_dqn_gan():
    made = rl_models.ConditionalDQNGAN(
        networks.with_labels(2, 2, seed=10),
        networks.with_labels(2, 1, seed=20),
        networks.layered(2, 3, seed=30),
        latent_dim=2,
        num_classes=3,
        num_environments=2,
        replay_capacity=64,
        seed=0,
    )
    made.agent.warm_up_steps = 6
    data = networks.real_samples(), networks.real_labels()
    return sampled(made, data, ("q_loss",), q_warm_up=2, q_steps=1)


def rl_vae():
    made = autoencoders.rl_vae()
    data = networks.binary_samples(8, size=2)
    return sampled(made, data, logs=("loss",), num_importance_samples=2)


def vae():
    return sampled(networks.vae(), networks.binary_samples(), logs=("loss",))


def categorical_vae():
    made = networks.categorical_vae()
    return sampled(made, networks.binary_samples(), logs=("loss",))


def pixel_cnn():
    backbone = models.GatedPixelCNN(
        (2, 2, 1), 2, filters=2, num_blocks=0, first_kernel_size=3, seed=0
    )
    data = networks.binary_samples(8).reshape(8, 2, 2, 1)
    return sampled(models.PixelCNN(backbone, seed=0), data, logs=("loss",))


def real_nvp():
    made = models.RealNVP(models.vector_flow(2, 2, 4, seed=0), (2,), seed=0)
    return sampled(made, networks.real_samples(), logs=("loss",))


def sequence_generator():
    backbone = models.RecurrentBackbone(3, units=4)
    made = models.SequenceGenerator(backbone, 3, seed=0)
    data = np.random.default_rng(0).integers(0, 3, (8, 3)).astype("int32")
    return sampled(made, data, logs=("loss",))


def reward_tuner():
    made = rl_models.RewardTuner(policies.stochastic_gan(), seed=0)
    made.compile(reward=networks.closeness, num_samples=4, **EAGER)

    def fit(**kwargs):
        return made.fit(steps_per_epoch=2, **kwargs)

    return Training(made, fit, logs=("reward", "reference_kl"))


def world_model():
    made = worlds.make_world()
    made.compile(**EAGER)
    data = worlds.recorded(episodes=4)

    def fit(**kwargs):
        return made.fit(data, steps_per_epoch=2, batch_size=4, window=2, **kwargs)

    return Training(made, fit, logs=("loss",))


def transition_gan():
    made = models.TransitionGAN(specs=transitions.SPECS, seed=0)
    made.compile(**EAGER)
    data = transitions.walks(4)

    def fit(**kwargs):
        return made.fit(data, steps_per_epoch=2, batch_size=8, **kwargs)

    return Training(made, fit, logs=("generator_loss",), trained=made.model)


def ensemble():
    made = models.ExperienceEnsemble(transitions.dynamics(), size=2, seed=0)
    made.compile(**EAGER)
    data = transitions.walks(4)

    def fit(**kwargs):
        return made.fit(data, steps_per_epoch=2, batch_size=8, **kwargs)

    trained = made.members[-1].model
    return Training(made, fit, logs=("loss",), resumes=False, trained=trained)


def joint_control():
    acting = values.cart_pole_agent(DQN, compiled=False, warm_up_steps=16)
    model = models.TransitionGAN(specs=acting.specs, seed=0)
    made = rl_models.JointControl(acting, model)
    made.compile(model_options=EAGER, refit_every=20, refit_steps=1, **EAGER)

    def fit(**kwargs):
        return made.fit(steps_per_epoch=4, **kwargs)

    late = "mean_return", "loss", "model_generator_loss"
    return Training(made, fit, late, trained=acting)


def adversarial_imitation():
    from keras_rlgen import Experience

    acting = values.cart_pole_agent(
        DQN,
        environment=FixedHorizonCartPole(EPISODE),
        compiled=False,
        warm_up_steps=16,
    )
    experts = Experience(
        observations=np.random.default_rng(0).normal(size=(16, 4)),
        actions=np.ones(14, "int32"),
        rewards=np.zeros(14),
        lengths=[7, 7],
        terminated=[False, False],
    )
    made = rl_models.AdversarialImitation(
        acting, experts, updates=1, batch_size=4, seed=0
    )
    made.compile(**EAGER)

    def fit(**kwargs):
        return made.fit(steps_per_epoch=4, **kwargs)

    late = "mean_return", "loss", "reward", "imitation_accuracy_expert"
    return Training(made, fit, late, trained=acting)


def model_based_agent():
    from tests.rl_models.test_model_based_agent import make_agent

    acting, world = make_agent(worlds.Slide(6)), worlds.make_world(horizon=6)
    made = rl_models.ModelBasedAgent(world, acting, num_environments=2)
    sizes = {"real_steps": 8, "imagined_steps": 32, "model_steps": 1}
    made.compile(**sizes, batch_size=4, window=2, **EAGER)
    world.compile(made.world.optimizer, **EAGER)
    return Training(made, made.fit, ("mean_return",), ("model_loss",))


TRAININGS = {
    **{f"{cls.__name__}": (value_agent, cls) for cls in (DQN, CategoricalDQN, Sarsa)},
    **{
        f"{cls.__name__}": (policy_agent, cls)
        for cls in (PPO, ActorCriticAgent, Reinforce)
    },
    "SAC": (sac,),
    "DynaQ": (dyna_q,),
    "GAN": (gan,),
    "ConditionalGAN": (conditional_gan,),
    "ReinforceGAN": (reinforce_gan,),
    "SequenceGAN": (sequence_gan,),
    "RestoringGAN": (restoring_gan,),
    "RestoringVAE": (restoring_vae,),
    "DQNGAN": (dqn_gan,),
    "ConditionalDQNGAN": (conditional_dqn_gan,),
    "RLVAE": (rl_vae,),
    "VAE": (vae,),
    "CategoricalVAE": (categorical_vae,),
    "PixelCNN": (pixel_cnn,),
    "RealNVP": (real_nvp,),
    "SequenceGenerator": (sequence_generator,),
    "RewardTuner": (reward_tuner,),
    "WorldModel": (world_model,),
    "TransitionGAN": (transition_gan,),
    "ExperienceEnsemble": (ensemble,),
    "JointControl": (joint_control,),
    "AdversarialImitation": (adversarial_imitation,),
    "ModelBasedAgent": (model_based_agent,),
}


def training(name):
    """Returns the `Training` of a class, by its name."""
    make, *arguments = TRAININGS[name]
    keras.utils.set_random_seed(0)
    return make(*arguments)
