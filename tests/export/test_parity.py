"""Everything that is exported acts with TensorFlow alone as the live model does."""

import json
import subprocess
import sys

import gymnasium
import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import planning, rewards
from keras_rlgen.agents import DQN, PPO, SAC, Planner
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

ALONE = """
import json
import sys

for name in (
    "keras", "keras_rlgen", "tensorflow_probability", "tf_agents", "tf_keras"
):
    sys.modules[name] = None

import numpy as np
import tensorflow as tf

folder = sys.argv[1]
inputs = np.load(f"{folder}/inputs.npz")
results, errors, loaded = {}, {}, {}
for key, (model, endpoint, names) in json.load(open(f"{folder}/calls.json")).items():
    if model not in loaded:
        loaded[model] = tf.saved_model.load(f"{folder}/{model}")
    given = [tf.constant(inputs[name]) for name in names]
    try:
        if endpoint.startswith("signature "):
            signature = loaded[model].signatures[endpoint.split()[1]]
            keywords = sorted(signature.structured_input_signature[1])
            outputs = signature(**dict(zip(keywords, given)))
            outputs = outputs.get("action", next(iter(outputs.values())))
        else:
            outputs = getattr(loaded[model], endpoint)(*given)
        results[key] = outputs[0] if isinstance(outputs, tuple) else outputs
    except Exception as error:
        errors[key] = f"{type(error).__name__}: {error}"
np.savez(f"{folder}/results.npz", **results)
json.dump(errors, open(f"{folder}/errors.json", "w"))
"""

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


class Exports:
    """Calls of exported models, what the live ones give, and wrong calls."""

    def __init__(self, folder):
        self.folder, self.calls, self.inputs = folder, {}, {}
        self.expected, self.wrong = {}, {}

    def add(self, key, model, endpoint, inputs, expected=None, error=None):
        names = [f"{key}:{i}" for i in range(len(inputs))]
        self.inputs.update(zip(names, inputs, strict=True))
        self.calls[key] = model, endpoint, names
        if error is None:
            self.expected[key] = np.asarray(expected)
        else:
            self.wrong[key] = error

    def run(self):
        np.savez(self.folder / "inputs.npz", **self.inputs)
        (self.folder / "calls.json").write_text(json.dumps(self.calls))
        process = subprocess.run(
            [sys.executable, "-c", ALONE, str(self.folder)],
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert process.returncode == 0, process.stderr
        self.results = dict(np.load(self.folder / "results.npz"))
        self.errors = json.loads((self.folder / "errors.json").read_text())


def add_generators(exports):
    folder = exports.folder
    gan = networks.conditional_gan()
    gan.export(folder / "gan", verbose=False)
    samples, labels = gan.generate(3, seed=0), np.int32([0, 2, 1])
    logits = gan.judge_each(samples, labels)
    exports.add("discriminator", "gan", "discriminate", [samples, labels], logits)
    nan = np.full_like(samples, np.nan)
    wide, wrong = np.zeros((3, 9), "float32"), "not compatible with expected shape"
    exports.add("nan", "gan", "discriminate", [nan, labels], error="finite numbers")
    exports.add("width", "gan", "discriminate", [wide, labels], error="Can not cast")
    wrong_dtype = [samples.astype("float64"), labels]
    exports.add("dtype", "gan", "discriminate", wrong_dtype, error="Can not cast")
    exports.add("rank", "gan", "discriminate", [samples[0], labels], error="cast")
    served = "signature discriminate"
    exports.add("served width", "gan", served, [labels, wide], error=wrong)
    no_class = np.int32([0, 3, 1])
    exports.add("label", "gan", "discriminate", [samples, no_class], error="from 0 to")
    none = [np.int32(0), np.int32(0)]
    exports.add("count", "gan", "generate", none, error="`num_samples` from 1 to")

    vae = networks.vae()
    vae.export(folder / "vae", verbose=False)
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
        "discrete": (DQN("mlp", environment=Corridor, seed=0), DISCRETE + 1),
        "continuous": (SAC("mlp", "mlp", environment=Pendulum(), seed=0), CONTINUOUS),
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
    planner = Planner(Pendulum(), search, seed=0)
    planner.export(folder / "planner")
    memory = tf.nest.flatten(planner.policy.get_initial_state(1))
    given = [CONTINUOUS[:1], *(x.numpy() for x in memory)]
    plan = planner.predict(CONTINUOUS[:1])
    exports.add("planner", "planner", "signature act", given, plan)


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    keras.utils.set_random_seed(0)
    exports = Exports(tmp_path_factory.mktemp("exported"))
    for add in add_generators, add_rewards, add_policies:
        add(exports)
    exports.run()
    return exports


def test_it_gives_what_the_live_model_gives(exports):
    failed = {k: e for k, e in exports.errors.items() if k not in exports.wrong}
    assert not failed
    for key, expected in exports.expected.items():
        np.testing.assert_allclose(
            exports.results[key], expected, rtol=1e-4, atol=1e-5, err_msg=key
        )


def test_wrong_input_is_answered(exports):
    assert exports.wrong.keys() <= exports.errors.keys()
    for key, expected in exports.wrong.items():
        assert expected in exports.errors[key], key
