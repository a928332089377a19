"""Simulations per second of tree search, beside `mctx` and a tree in NumPy.

    python -m benchmarks.search --mctx=/path/to/python    # with jax and mctx==0.0.71

The model is a random network: a state of 8 numbers, two hidden layers of 64 units, four
actions. All search from the same number of states, compiled, after a first call whose
time is shown apart. Rounds alternate, since the machine may be shared: compare the
ratios, which pair figures of one round. `growth` is the time of a simulation with four
times as many, beside the time with `--simulations`. The interpreter of `--mctx` runs
`benchmarks/search_mctx.py`.
"""

import json
import pathlib
import statistics
import time

import recipes  # noqa: F401  (quiet start-up)

# isort: split
import numpy as np
import tensorflow as tf
from absl import app, flags

import keras_rlgen as rlgen
from benchmarks.peer_process import PeerProcess

FLAGS = flags.FLAGS
flags.DEFINE_string("mctx", None, "Interpreter with jax and mctx, or none.")
flags.DEFINE_list("batches", "1,16,64,256", "Numbers of states to search from.")
flags.DEFINE_integer("simulations", 50, "Simulations of a search.")
flags.DEFINE_integer("rounds", 5, "Rounds, each implementation once per round.")
flags.DEFINE_string("output", "outputs/search.json", "File to write.")

NUM_ACTIONS, STATE_SIZE, UNITS = 4, 8, 64
SEARCHES = {
    "gumbel": rlgen.planning.gumbel_search,
    "puct": rlgen.planning.puct_search,
}


def weights():
    """Returns the network's matrices, the same for all implementations."""
    random = np.random.default_rng(0)
    shapes = (STATE_SIZE + NUM_ACTIONS, UNITS), (UNITS, UNITS)
    shapes += ((UNITS, STATE_SIZE + NUM_ACTIONS + 2),)
    return [
        (random.normal(size=shape) / np.sqrt(shape[0])).astype("float32")
        for shape in shapes
    ]


def make_step(matrices):
    def network(state, action):
        x = tf.concat([state, tf.one_hot(action, NUM_ACTIONS)], axis=-1)
        for matrix in matrices[:-1]:
            x = tf.nn.relu(x @ matrix)
        x = x @ matrices[-1]
        return tf.split(x, [STATE_SIZE, NUM_ACTIONS, 1, 1], axis=-1)

    def step(state, action, seed):
        change, logits, reward, value = network(state, action)
        return rlgen.planning.ModelOutput(
            tf.tanh(state + change),
            reward[:, 0],
            tf.fill(tf.shape(reward)[:1], 0.97),
            logits,
            value[:, 0],
        )

    return step


def ours(name, batch, simulations):
    """Returns a function that searches once."""
    step = make_step([tf.constant(matrix) for matrix in weights()])
    states = tf.random.stateless_normal((batch, STATE_SIZE), [0, 1])

    @tf.function(jit_compile=True, autograph=False)
    def search(seed):
        first = step(states, tf.zeros((batch,), tf.int32), seed)
        root = rlgen.planning.root_output(states, first.prior_logits, first.value)
        return SEARCHES[name](root, step, seed, simulations).action

    return lambda: search(tf.constant([0, 1])).numpy()


def numpy_tree(batch, simulations):
    """Returns a function that searches by PUCT, state by state, in NumPy."""
    matrices = weights()
    states = np.random.default_rng(1).normal(size=(batch, STATE_SIZE))
    one_hot = np.eye(NUM_ACTIONS)

    def network(state, action):
        x = np.concatenate([state, one_hot[action]])
        for matrix in matrices[:-1]:
            x = np.maximum(x @ matrix, 0.0)
        x = x @ matrices[-1]
        logits = x[STATE_SIZE:-2]
        prior = np.exp(logits - logits.max())
        following = np.tanh(state + x[:STATE_SIZE])
        return following, prior / prior.sum(), x[-2], x[-1]

    def search_one(state):
        _, prior, _, value = network(state, 0)
        nodes = [[state, prior, value, 1, {}]]
        for _ in range(simulations):
            path, index = [], 0
            while True:
                node = nodes[index]
                counts = np.zeros(NUM_ACTIONS)
                values = np.zeros(NUM_ACTIONS)
                for action, (child, reward) in node[4].items():
                    counts[action] = nodes[child][3]
                    values[action] = reward + 0.97 * nodes[child][2]
                score = values + 1.25 * node[1] * np.sqrt(node[3]) / (1.0 + counts)
                action = int(np.argmax(score))
                path.append((index, action))
                if action not in node[4]:
                    break
                index = node[4][action][0]
            following, prior, reward, value = network(node[0], action)
            node[4][action] = len(nodes), reward
            nodes.append([following, prior, value, 1, {}])
            for index, action in reversed(path):
                node = nodes[index]
                value = node[4][action][1] + 0.97 * value
                node[2] += (value - node[2]) / (node[3] + 1)
                node[3] += 1
        return max(nodes[0][4], key=lambda a: nodes[nodes[0][4][a][0]][3])

    return lambda: [search_one(state) for state in states]


class Mctx(PeerProcess):
    """A process that searches by `mctx` when it is asked to."""

    def __init__(self, interpreter):
        super().__init__(interpreter, "search_mctx.py")
        self.ask(weights=[matrix.tolist() for matrix in weights()])

    def seconds(self, name, batch, simulations):
        request = {"name": name, "batch": batch, "simulations": simulations}
        return self.ask(**request)["seconds"]


def timed(run, least=0.2):
    """Returns the seconds of a call, the mean over at least `least` seconds."""
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < least:
        run()
        count += 1
    return (time.perf_counter() - start) / count


def measure(batch, mctx):
    """Returns a dict of rows: simulations per second, and ratios."""
    simulations = FLAGS.simulations
    runs, first_calls = {}, {}
    for name in SEARCHES:
        runs[name] = ours(name, batch, simulations)
        runs[f"{name}, 4 times as many"] = ours(name, batch, 4 * simulations)
        start = time.perf_counter()
        runs[name]()
        first_calls[name] = time.perf_counter() - start
        runs[f"{name}, 4 times as many"]()
    if batch <= 64:
        runs["numpy"] = numpy_tree(batch, simulations)
    seconds = {name: [] for name in runs}
    if mctx:
        for name in SEARCHES:
            seconds[f"mctx {name}"] = []
            mctx.seconds(name, batch, simulations)
    for _ in range(FLAGS.rounds):
        for name, run in runs.items():
            seconds[name].append(timed(run))
        if mctx:
            for name in SEARCHES:
                seconds[f"mctx {name}"].append(mctx.seconds(name, batch, simulations))
    rows = {
        f"{name}, simulations/s": _row(
            [batch * simulations * (4 if "4 times" in name else 1) / s for s in values]
        )
        for name, values in seconds.items()
    }
    for name in SEARCHES:
        rows[f"{name}, first call, s"] = _row([first_calls[name]])
        more = seconds[f"{name}, 4 times as many"]
        rows[f"{name}, growth"] = _ratio([s / 4.0 for s in more], seconds[name])
        if mctx:
            rows[f"{name} / mctx"] = _ratio(seconds[f"mctx {name}"], seconds[name])
        if batch <= 64:
            rows[f"{name} / numpy"] = _ratio(seconds["numpy"], seconds[name])
    return rows


def _ratio(first, second):
    return _row([a / b for a, b in zip(first, second, strict=True)])


def _row(values):
    middle = statistics.median(values)
    return {"median": middle, "least": min(values), "most": max(values)}


def main(argv):
    del argv
    mctx = Mctx(FLAGS.mctx) if FLAGS.mctx else None
    results = {}
    for batch in FLAGS.batches:
        results[batch] = measure(int(batch), mctx)
        print(f"\n{batch} states\n")
        print(rlgen.callbacks.format_table(results[batch]), flush=True)
    output = pathlib.Path(FLAGS.output)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    app.run(main)
