"""Exports of everything, with what the live models give and wrong inputs."""

import gymnasium
import keras
import numpy as np
import tensorflow as tf

from keras_rlgen import GAN, ReinforceGAN, StochasticGenerator, planning, rewards
from keras_rlgen.agents import DQN, PPO, Planner
from keras_rlgen.distributions import Normal
from keras_rlgen.environments import CartPole, Pendulum
from keras_rlgen.experience import Transition
from keras_rlgen.layers import RandomMask
from keras_rlgen.models import (
    RealNVP,
    RecurrentBackbone,
    SequenceGenerator,
    recurrent_discriminator,
    vector_flow,
)
from keras_rlgen.rl_models import RestoringGAN, SequenceGAN
from tests import networks
from tests.agents.toys import mlp
from tests.restoring import discriminator, generator, images
from tests.world_models.toys import Slide, make_world

LATENTS = np.random.default_rng(0).normal(size=(4, 2)).astype("float32")
LABELS = np.array([0, 2, 1, 1], "int32")


def averaged():
    """Returns a model whose averaged weights differ from the generator's."""
    gan = networks.gan(ema_momentum=0.9)
    gan.compile(keras.optimizers.SGD(0.5), keras.optimizers.SGD(0.5))
    gan.fit(networks.real_samples(), batch_size=4, epochs=1, verbose=0)
    return gan


def policy(distribution, **kwargs):
    generator = StochasticGenerator(networks.generator(6), distribution, seed=0)
    discriminator = networks.discriminator(6)
    return ReinforceGAN(generator, discriminator, 2, seed=0, **kwargs)


MODELS = {
    "images": lambda: GAN(
        networks.image_generator(), networks.image_discriminator(), 2, seed=0
    ),
    "averaged": averaged,
    "conditional": networks.conditional_gan,
    "exploring": lambda: networks.reinforce_gan(distribution="normal"),
    "spread": lambda: policy(Normal(0.3, learned=True)),
    "bernoulli": lambda: policy("bernoulli"),
    "vae": networks.vae,
}
EMITTING = ("spread", "bernoulli")  # Samples, not the mode.
SERVING = sorted(set(MODELS) - {*EMITTING, "vae"})
STEPS = Transition(
    observation=np.float32([[0.1, 0.2, 0.3, 0.4], [0.0, 1.0, 0.0, -1.0]]),
    action=np.int32([0, 1]),
    reward=np.float32([1.0, 0.5]),
    next_observation=np.float32([[0.0, 0.1, 0.0, 0.1], [0.3, 0.0, 0.2, 0.0]]),
    terminated=np.array([False, True]),
)
TOKENS = np.int32([[0, 1, 2, 3], [3, 2, 1, 0]])
DISCRETE = np.arange(4)
CONTINUOUS = np.float32([[1.0, 0.0, 0.5], [0.0, -1.0, 2.0]])


class Corridor(gymnasium.Env):
    """Places from 1 to 4, and steps that are -1 and 0."""

    observation_space = gymnasium.spaces.Discrete(4, start=1)
    action_space = gymnasium.spaces.Discrete(2, start=-1)

    def reset(self, seed=None, options=None):
        return 1, {}

    def step(self, action):
        return 2, 0.0, True, False, {}


def add_families(exports):
    """Adds the `MODELS`, and returns them."""
    models = {name: make() for name, make in MODELS.items()}
    for name, model in models.items():
        model.export(exports.folder / name, verbose=False)
        seven, eight = [np.int32(3), np.int32(7)], [np.int32(3), np.int32(8)]
        expected = model.generate(3, seed=7)
        exports.add(f"{name}_generate", name, "generate", seven, expected)
        exports.add(f"{name}_again", name, "generate", seven, expected)
        exports.add(f"{name}_signature", name, "signature generate", seven, expected)
        exports.add(f"{name}_other", name, "generate", eight)
        many = [np.int32(50), np.int32(7)]
        exports.add(f"{name}_many", name, "generate", many)
        if name != "vae":
            inputs = [LATENTS, LABELS] if name == "conditional" else [LATENTS]
            for batch in 1, 4:
                given = [x[:batch] for x in inputs]
                exports.add(f"{name}_serve_{batch}", name, "serve", given)
    labelled = [LABELS, np.int32(7)]
    exports.add("labelled", "conditional", "generate_conditional", labelled)
    return models


def add_generators(exports, models):
    folder = exports.folder
    gan, vae = models["conditional"], models["vae"]
    samples, labels = gan.generate(3, seed=0), np.int32([0, 2, 1])
    logits = gan.judge_each(samples, labels)
    exports.add(
        "discriminator", "conditional", "discriminate", [samples, labels], logits
    )
    nan = np.full_like(samples, np.nan)
    wide, wrong = np.zeros((3, 9), "float32"), "not compatible with expected shape"
    exports.add(
        "nan", "conditional", "discriminate", [nan, labels], error="finite numbers"
    )
    exports.add(
        "width", "conditional", "discriminate", [wide, labels], error="Can not cast"
    )
    wrong_dtype = [samples.astype("float64"), labels]
    exports.add(
        "dtype", "conditional", "discriminate", wrong_dtype, error="Can not cast"
    )
    exports.add(
        "rank", "conditional", "discriminate", [samples[0], labels], error="cast"
    )
    served = "signature discriminate"
    exports.add("served width", "conditional", served, [labels, wide], error=wrong)
    no_class = np.int32([0, 3, 1])
    exports.add(
        "label", "conditional", "discriminate", [samples, no_class], error="from 0 to"
    )
    none = [np.int32(0), np.int32(0)]
    exports.add(
        "count", "conditional", "generate", none, error="`num_samples` from 1 to"
    )

    digits = vae.generate(3, seed=0)
    exports.add("encoder", "vae", "encode", [digits], vae.encode(digits))
    exports.add("encoder nan", "vae", "encode", [digits * np.nan], error="finite")

    flow = RealNVP(vector_flow(2, 2, 4, seed=0), (2,), seed=0)
    flow.export(folder / "flow", verbose=False)
    points = np.float32([[0.1, 0.2], [-1.0, 0.5]])
    exports.add("flow", "flow", "log_prob", [points], flow.log_prob(points))

    writer = SequenceGenerator(RecurrentBackbone(4, units=4), 4, seed=0)
    sequences = SequenceGAN(writer, recurrent_discriminator(4, 4, 4, 4), seed=0)
    sequences.export(folder / "sequences", verbose=False)
    likelihood = writer.log_prob(TOKENS)
    exports.add("sequences", "sequences", "log_prob", [TOKENS], likelihood)
    logits = sequences.judge_each(TOKENS)
    exports.add("judged sequences", "sequences", "discriminate", [TOKENS], logits)
    unknown = [TOKENS + 1]
    exports.add("token", "sequences", "log_prob", unknown, error="from 0 to 3")

    mask = RandomMask("square", 0.75, seed=0)
    restorer = RestoringGAN(generator(), discriminator(), 2, mask, seed=0)
    restorer.export(folder / "restorer", verbose=False)
    degraded = restorer.degrade(images(2))
    restored = restorer.restore(degraded, seed=3)
    exports.add("restorer", "restorer", "restore", [degraded, np.int32(3)], restored)


def add_rewards(exports):
    folder = exports.folder
    gan = networks.reinforce_gan()
    gan.compile(reward=rewards.Discriminator("score") - 0.5 * rewards.Constant())
    gan.reward.export(folder / "composed", gan, verbose=False)
    samples = gan.generate(3, seed=0)
    scores = gan.reward(samples)
    exports.add("composed", "composed", "reward", [samples], scores)
    exports.add("served reward", "composed", "signature reward", [samples], scores)
    nan = samples * np.nan
    exports.add("reward nan", "composed", "reward", [nan], error="finite numbers")
    classifier = networks.linear(2, 3, np.float32([[1, 0, 2], [0, 1, -1]]))
    reward = rewards.ClassifierConfidence(classifier, label="condition")
    points, labels = np.float32([[0.1, 0.2], [-1.0, 0.5]]), np.int32([0, 2])
    reward.export(folder / "classifier", points, labels, verbose=False)
    scores = reward(points, labels)
    exports.add("classifier", "classifier", "reward", [points, labels], scores)
    reward = rewards.Realism(RealNVP(vector_flow(2, 2, 4, seed=0), (2,), seed=0))
    reward.export(folder / "likelihood", points, verbose=False)
    exports.add("likelihood", "likelihood", "reward", [points], reward(points))
    target = rewards.DistanceToTarget([0.0] * 4)
    reward = rewards.State(target) + rewards.Environment()
    agent = PPO(mlp(2, 4), mlp(1, 4), environment=CartPole(), seed=0)
    reward.export(folder / "steps", agent, verbose=False)
    exports.add("steps", "steps", "reward", list(STEPS), reward(STEPS))


def add_policies(exports):
    folder = exports.folder
    agents = {
        "discrete": (DQN(mlp(2, 4), environment=Corridor, seed=0), DISCRETE + 1),
        "continuous": (
            PPO(mlp(2, 3), mlp(1, 3), environment=Pendulum(), seed=0),
            CONTINUOUS,
        ),
    }
    for name, (agent, observations) in agents.items():
        agent.export(folder / name)
        actions = agent.predict(observations)
        exports.add(name, name, "act", [observations], actions)
        plain = observations.astype("int32") if name == "discrete" else observations
        exports.add(f"served {name}", name, "signature act", [plain], actions)
    actions = exports.expected["discrete"]
    one_hot = np.eye(4, dtype="float32")
    exports.add("one hot", "discrete", "act", [one_hot], actions)
    outside, nan = DISCRETE, CONTINUOUS * np.nan
    exports.add(
        "no place", "discrete", "act", [outside], error="in Discrete(4, start=1)"
    )
    exports.add("nan observed", "continuous", "act", [nan], error="finite numbers")
    narrow = CONTINUOUS[:, :2]
    exports.add("narrow", "continuous", "act", [narrow], error="matching concrete")

    search = planning.CrossEntropy(2, population=8, iterations=1, elites=2)
    planners = {
        "true": (Planner(Pendulum(), search, seed=0), CONTINUOUS[:1]),
        "learned": (
            Planner(make_world(), planning.GumbelSearch(4), environment=Slide()),
            np.float32([[0.5, -0.2]]),
        ),
    }
    for name, (planner, observation) in planners.items():
        planner.export(folder / name)
        memory = tf.nest.flatten(planner.policy.get_initial_state(1))
        given = [observation, *(x.numpy() for x in memory)]
        plan = planner.predict(observation)
        exports.add(f"{name} planner", name, "signature act", given, plan)
