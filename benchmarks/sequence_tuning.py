"""Tuning a generator of tokens by reward, beside the closed form.

    python -m benchmarks.sequence_tuning --seeds=3

The generator is a GRU, trained by likelihood on sequences of six tokens out of six that
stay near each other. The reward counts the steps up by one. The objective is
`E[r] - c KL(pi || p)` in reward per nat (--weight), whose optimum `p(x) exp(r(x) / c)`
is enumerated, and so are reward and divergence of each tuned policy: no figure is an
estimate. Each method generates equally many sequences (--sequences): policy gradients
of `RewardTuner`, and in `TokenGeneration` RL Tuner's Q, Psi and G by DQN, and PPO with
an entropy bonus. Prints a line for each run and a Markdown table: means over seeds.
"""

import itertools
import time

import recipes  # noqa: F401  (quiet start-up)

# isort: split
import keras
import numpy as np
from absl import app, flags

import keras_rlgen as rlgen

FLAGS = flags.FLAGS
flags.DEFINE_integer("seeds", 3, "Number of seeds, from --first_seed on.")
flags.DEFINE_integer("first_seed", 0, "The first seed.")
flags.DEFINE_float("weight", 0.5, "Weight of the KL divergence, reward per nat.")
flags.DEFINE_integer("sequences", 51_200, "Sequences that each method generates.")
flags.DEFINE_list("methods", None, "Which methods; all by default.")

VOCABULARY, LENGTH = 6, 6
layers, ops = keras.layers, keras.ops
ALL = np.array(list(itertools.product(range(VOCABULARY), repeat=LENGTH)), "int32")


def steps_up(samples):
    """Counts the tokens that are one more than the one before, modulo six."""
    up = ops.equal(samples[:, 1:], (samples[:, :-1] + 1) % VOCABULARY)
    return ops.sum(ops.cast(up, "float32"), axis=1)


def near_walks(count, seed):
    """Returns random walks on the circle of tokens, mostly by -1, 0 or 1."""
    random = np.random.default_rng(seed)
    chances = [0.35, 0.3, 0.2, 0.1, 0.05]
    steps = random.choice([-1, 0, 1, 2, 3], (count, LENGTH), p=chances)
    return (np.cumsum(steps, axis=1) % VOCABULARY).astype("int32")


def trained_prior(seed):
    keras.utils.set_random_seed(seed)
    backbone = rlgen.models.RecurrentBackbone(VOCABULARY, units=32, cell="gru")
    prior = rlgen.SequenceGenerator(backbone, LENGTH, seed=seed)
    prior.compile(keras.optimizers.Adam(1e-2))
    prior.fit(near_walks(4000, seed), batch_size=100, epochs=5, verbose=0)
    return prior


def network(outputs, skip=0.0):
    """Returns a model of observations of `TokenGeneration` with a prior.

    Args:
        outputs: Integer.
        skip: Float, the weight of the prior's log-probabilities added to the outputs,
            by which the agent begins at the prior.
    """
    inputs = keras.Input((LENGTH + VOCABULARY,))
    tokens = ops.one_hot(ops.cast(inputs[:, :LENGTH], "int32"), VOCABULARY + 1)
    log_prior = inputs[:, LENGTH:]
    x = layers.Concatenate()([layers.Flatten()(tokens), log_prior])
    for _ in range(2):
        x = layers.Dense(128, activation="relu")(x)
    x = layers.Dense(outputs, kernel_initializer="zeros")(x)
    return keras.Model(inputs, x + skip * log_prior if skip else x)


def policy_log_prob(environment, log_policy):
    """Returns the log-probability of all sequences under a policy of observations."""
    backbone = environment.prior.backbone
    log_prior = backbone(
        np.concatenate([np.full((len(ALL), 1), VOCABULARY), ALL[:, :-1]], axis=1)
    )
    log_prior = keras.ops.log_softmax(log_prior).numpy()
    total = np.zeros(len(ALL))
    for step in range(LENGTH):
        seen = np.where(np.arange(LENGTH) < step, ALL, VOCABULARY)
        observation = np.concatenate([seen, log_prior[:, step]], axis=1)
        values = log_policy(observation.astype("float32"))
        total += np.take_along_axis(values, ALL[:, step : step + 1], axis=1)[:, 0]
    return total


def measured(log_pi, log_prior, weight):
    pi = np.exp(log_pi)
    reward = pi @ steps_up(ALL).numpy()
    kl = pi @ np.where(pi > 0.0, log_pi - log_prior, 0.0)
    return {"reward": reward, "kl": kl, "objective": reward - weight * kl}


def tuned(prior, weight, num_sequences, seed, **options):
    model = type(prior).from_config(prior.get_config())
    model.set_weights(prior.get_weights())
    tuner = rlgen.RewardTuner(model, seed=seed)
    tuner.compile(
        keras.optimizers.Adam(3e-3),
        steps_up,
        kl_weight=weight,
        num_samples=128,
        **options,
    )
    tuner.fit(epochs=1, steps_per_epoch=num_sequences // 128, verbose=0)
    return model.log_prob(ALL).numpy()


def by_agent(kind, prior, weight, num_sequences, seed):
    """Returns the log-probability of all sequences by an agent of tokens."""
    environment = rlgen.environments.TokenGeneration(
        LENGTH, steps_up, prior, kl_weight=0.0 if kind == "G" else weight
    )
    keras.utils.set_random_seed(seed)
    if kind == "PPO":
        agent = rlgen.agents.PPO(
            network(VOCABULARY, skip=1.0),
            network(1),
            environment=environment,
            num_environments=128,
            steps_per_update=LENGTH,
            minibatch_size=192,
            gamma=1.0,
            gae_lambda=1.0,
            entropy_weight=weight,
            normalize_advantages=False,
            seed=seed,
        )
        agent.compile(keras.optimizers.Adam(1e-3))
    else:
        soft = {"temperature": weight} if kind != "Q" else {}
        if kind == "G":
            soft["log_prior"] = environment.log_prior
        schedule = keras.optimizers.schedules.PolynomialDecay(
            1.0, num_sequences * LENGTH // 2, 0.05
        )
        agent = rlgen.agents.DQN(
            network(VOCABULARY, skip=0.0 if kind == "G" else weight),
            environment,
            num_environments=64,
            n_step=1,
            gamma=1.0,
            epsilon=schedule if kind == "Q" else None,
            target_update_period=100,
            batch_size=128,
            updates_per_step=0.0625,
            collect_steps=LENGTH,
            seed=seed,
            **soft,
        )
        agent.compile(keras.optimizers.Adam(1e-3))
    steps = num_sequences * LENGTH // agent.num_environments
    agent.fit(epochs=1, steps_per_epoch=steps, verbose=0)
    model = agent.actor if kind == "PPO" else agent.q_network

    def log_policy(observation):
        values = model(observation).numpy()
        if kind == "Q":
            best = values == values.max(axis=1, keepdims=True)
            return np.where(best, 0.0, -np.inf)
        logits = values / (1.0 if kind == "PPO" else weight)
        if kind == "G":
            logits += observation[:, LENGTH:]
        return logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)

    return policy_log_prob(environment, log_policy)


def method(name):
    """Returns a function like `tuned`, without options, of a method."""
    if name in ("Q", "Psi", "G", "PPO"):
        return lambda *arguments: by_agent(name, *arguments)
    options = {
        "RLOO": {},
        "RLOO by steps": {"kl_credit": "step"},
        "GRPO by steps": {
            "algorithm": rlgen.rl_models.GroupRelativePolicyOptimization(
                scale_advantages="none", epochs=2, minibatches=2
            ),
            "kl_credit": "step",
            "group_size": 16,
        },
    }[name]
    return lambda *arguments: tuned(*arguments, **options)


METHODS = ["RLOO", "RLOO by steps", "GRPO by steps", "Q", "Psi", "G", "PPO"]


def main(argv):
    del argv
    rows, weight = {}, FLAGS.weight
    for seed in range(FLAGS.first_seed, FLAGS.first_seed + FLAGS.seeds):
        prior = trained_prior(seed)
        log_prior = prior.log_prob(ALL).numpy().astype("float64")
        exact = log_prior + steps_up(ALL).numpy() / weight
        exact -= np.logaddexp.reduce(exact)
        for name, log_pi in {"prior": log_prior, "closed form": exact}.items():
            result = measured(log_pi, log_prior, weight)
            rows.setdefault(name, []).append({**result, "seconds": 0.0})
        for name in FLAGS.methods or METHODS:
            begin = time.perf_counter()
            log_pi = method(name)(prior, weight, FLAGS.sequences, seed)
            result = measured(log_pi.astype("float64"), log_prior, weight)
            result["seconds"] = time.perf_counter() - begin
            rows.setdefault(name, []).append(result)
            shown = {key: round(float(value), 3) for key, value in result.items()}
            print(seed, name, shown, flush=True)
    print("| method | reward | KL in nats | objective | seconds |\n|" + " --- |" * 5)
    for name, results in rows.items():
        means = (np.mean([r[key] for r in results]) for key in results[0])
        print(f"| {name} | {' | '.join(f'{mean:.3f}' for mean in means)} |")


if __name__ == "__main__":
    app.run(main)
