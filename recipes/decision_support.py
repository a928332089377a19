"""From a log of decisions to a recommended plan: how much to order each week.

    python -m recipes.decision_support
    python -m recipes.decision_support --log=log.npz --episodes=0

A log holds --episodes episodes of --weeks weeks: inventory, order, reward (minus the
costs), of a policy that orders up to 9 units when fewer than 3 are left, and two times
in five at random; or --log, an `Experience` that was saved. From the log alone

1. a model is learned: a table of relative frequencies (counts), and a pair of
   `DynamicsNetwork` (network), of the next inventory and the reward;
2. a plan is recommended by `value_iteration` in either model, and by tree search in the
   second as an environment, among orders that were logged at least --support times;
3. the distribution of outcomes is predicted beside that of the logged policy;
4. the value of the plan is estimated from the logged episodes, by weighted importance
   sampling and doubly robust, with intervals.

Since the true process is known here, the regret follows: how much more the exact
policy of `value_iteration` would save. The table has a column for each size of log,
with medians over --seeds and their range, of estimates that are not NaN; written to
--output with `outcomes.png` and `policy.txt` of the last log.
"""

import pathlib

import numpy as np
import tensorflow as tf
from absl import app, flags

import keras_rlgen as rlgen
from recipes.inventory import learning, problem

FLAGS = flags.FLAGS
flags.DEFINE_list("episodes", "100,300,1000", "Sizes of the log, in episodes.")
flags.DEFINE_string("log", None, "File of an Experience, in place of a simulated log.")
flags.DEFINE_integer("weeks", 6, "Weeks of an episode.")
flags.DEFINE_integer("support", 5, "How often an order must have been logged.")
flags.DEFINE_integer("simulations", 256, "Simulations of the tree search.")
flags.DEFINE_integer("seeds", 1, "How many seeds, from 0.")
flags.DEFINE_string("output", "outputs/decision_support", "Folder to write to.")

SAMPLES = 4000  # of predicted outcomes


def estimates(log, policy, tables):
    """Returns the off-policy estimates of a policy: weighted, and doubly robust."""
    count, weeks = log.num_episodes, log.lengths[0]
    shape = count, weeks
    transition = log.transitions()
    state = transition.observation.reshape(shape) - problem.LEAST
    action = transition.action.reshape(shape)
    ratios = (policy / problem.logging_policy())[state, action]
    values, action_values = learning.values_in_time(*tables, policy, weeks)
    to_go = weeks - np.arange(weeks)
    rewards = log.rewards.reshape(shape)
    model = values[to_go, state], action_values[to_go, state, action]
    return (
        rlgen.evaluation.off_policy_value(rewards, ratios, problem.DISCOUNT),
        rlgen.evaluation.off_policy_value(rewards, ratios, problem.DISCOUNT, *model),
    )


def recommend(log, seed):
    """Learns and plans from a log; returns policies and what was learned."""
    support = learning.supported(log, FLAGS.support)
    counted = learning.counted_tables(log)
    *learned, rewards = learning.learned_tables(log, seed)
    policies = {
        "counts": learning.planned(*counted, support),
        "network": learning.planned(*learned, support),
        "search": learning.searched(*learned, support, FLAGS.simulations, seed),
    }
    return policies, learned, rewards


def run(log, seed):
    """Returns a dict of numbers, and what the pictures need, of one log."""
    truth = problem.true_tables()
    best = rlgen.planning.value_iteration(*truth, problem.DISCOUNT)
    optimum = float(best.values[problem.START])
    policies, learned, rewards = recommend(log, seed)
    policy, weeks = policies["network"], int(log.lengths[0])
    weighted, robust = estimates(log, policy, learned)
    exact = learning.values_in_time(*truth, policy, weeks)[0][weeks, problem.START]
    predicted = learning.values_in_time(*learned, policy, weeks)[0]
    row = {
        f"regret of {name}": optimum - learning.value_of(*truth, chosen)
        for name, chosen in {**policies, "log": problem.logging_policy()}.items()
    }
    row |= {
        "true value": exact,
        "error of model": predicted[weeks, problem.START] - exact,
        "error of weighted": weighted.value - exact,
        "weighted covers": float(weighted.low <= exact <= weighted.high),
        "error of robust": robust.value - exact,
        "robust covers": float(robust.low <= exact <= robust.high),
        "robust width": robust.high - robust.low,
        "effective episodes": weighted.effective_episodes,
    }
    discounts = problem.DISCOUNT ** np.arange(weeks)
    true = problem.log_of(SAMPLES, weeks, seed, policy)
    outcomes = {
        "logged policy": log.rewards.reshape(-1, weeks) @ discounts,
        "plan, predicted": learning.simulated_returns(
            learned[0], rewards, policy, weeks, SAMPLES, seed
        ),
        "plan, true": true.rewards.reshape(-1, weeks) @ discounts,
    }
    return row, outcomes, policies | {"exact": best.policy.numpy()}


def table(results):
    """Returns lines of text, of dicts from sizes to lists of rows."""
    lines = [f"{'episodes of the log':24}" + "".join(f"{n:>26}" for n in results)]
    for name in next(iter(results.values()))[0]:
        cells = f"{name:24}"
        for rows in results.values():
            values = [row[name] for row in rows if np.isfinite(row[name])]
            text = "none"
            if values:
                low, high = min(values), max(values)
                text = f"{np.median(values):.2f} [{low:.2f}, {high:.2f}]"
            if name.endswith("covers"):
                text = f"{sum(values):.0f} of {len(rows)}"
            cells += f"{text:>26}"
        lines.append(cells)
    return "\n".join(lines)


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(1)  # Networks are small.
    output = pathlib.Path(FLAGS.output)
    output.mkdir(parents=True, exist_ok=True)
    results = {}
    for size in map(int, FLAGS.episodes):
        for seed in range(FLAGS.seeds):
            if FLAGS.log:
                log = rlgen.Experience.load(FLAGS.log)
            else:
                log = problem.log_of(size, FLAGS.weeks, seed)
            problem.checked_log(log)
            row, outcomes, policies = run(log, seed)
            results.setdefault(log.num_episodes, []).append(row)
            regret = row["regret of network"]
            print(f"{log}, seed {seed}: regret {regret:.2f}", flush=True)
    text = table(results)
    print(f"\n{text}")
    (output / "table.txt").write_text(text + "\n", "utf-8")
    inventory = np.arange(problem.LEAST, problem.MOST + 1)
    orders = {"inventory": inventory} | {
        name: policy.argmax(axis=1) for name, policy in policies.items()
    }
    lines = [
        f"{name:10}" + "".join(f"{x:4d}" for x in row) for name, row in orders.items()
    ]
    print("\n" + "\n".join(lines))
    (output / "policy.txt").write_text("\n".join(lines) + "\n", "utf-8")
    curves = {
        name: (np.sort(values), np.linspace(0.0, 1.0, len(values)))
        for name, values in outcomes.items()
    }
    rlgen.callbacks.write_curves(
        output / "outcomes.png", curves, "discounted return", "part of the episodes"
    )
    print(f"written to {output}: table.txt, policy.txt, outcomes.png")


if __name__ == "__main__":
    app.run(main)
