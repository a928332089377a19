"""Tree search at tic-tac-toe, against every way the other player may play.

    python -m benchmarks.tic_tac_toe

The model knows the rules and nothing else: values and prior logits are zero, and there
are no rollouts. From the empty board, the search moves and the other player replies in
every possible way, which includes all perfect players. A row is a search, with values
scaled between siblings or by the bounds -1 and 1; cells are, moving first and second,
the lost end positions that can be reached, and how many of the search's moves were not
the best by minimax, of all it was asked for. A game that is not lost is drawn or won.
"""

import recipes  # noqa: F401  (quiet start-up)

# isort: split
import numpy as np
import tensorflow as tf
from absl import app, flags

import keras_rlgen as rlgen

FLAGS = flags.FLAGS
flags.DEFINE_list("simulations", "300,1000,3000", "Simulations of a search.")

BATCH = 64
BOUNDS = {"value_bounds": (-1.0, 1.0)}
UCT, PUCT = rlgen.planning.uct_search, rlgen.planning.puct_search
GUMBEL = rlgen.planning.gumbel_search
SEARCHES = {
    "UCT, between siblings": (UCT, {}),
    "UCT, bounds": (UCT, BOUNDS),
    "UCT, bounds, exploration 0.5": (UCT, {**BOUNDS, "exploration": 0.5}),
    "PUCT, between siblings": (PUCT, {}),
    "PUCT, bounds": (PUCT, BOUNDS),
    "Gumbel, between siblings": (GUMBEL, {"gumbel_scale": 0.0}),
    "Gumbel, bounds": (GUMBEL, {**BOUNDS, "gumbel_scale": 0.0}),
}
LINES = [[0, 1, 2], [3, 4, 5], [6, 7, 8], [0, 3, 6], [1, 4, 7], [2, 5, 8]]
LINES += [[0, 4, 8], [2, 4, 6]]
EMPTY = (0,) * 9


def step(state, action, seed):
    """One move: the player to move has stones of 1, the other one of -1."""
    board, over = state
    placed = board + tf.one_hot(action, 9) * tf.where(over, 0.0, 1.0)[:, None]
    sums = tf.reduce_sum(tf.gather(placed, LINES, axis=1), axis=-1)
    won = tf.reduce_any(sums == 3.0, axis=-1)
    reward = tf.where(won & ~over, 1.0, 0.0)
    over = over | won | tf.reduce_all(placed != 0.0, axis=-1)
    return rlgen.planning.ModelOutput(
        (-placed, over),
        reward,
        tf.where(over, 0.0, -1.0),  # The other player's gain is one's loss.
        tf.where(placed == 0.0, 0.0, -np.inf),
        tf.zeros_like(reward),
    )


def mover(function, simulations, options):
    """Returns a function from a list of boards to the moves of a search."""

    @tf.function(jit_compile=True, autograph=False)
    def move(boards):
        state = boards, tf.zeros((BATCH,), tf.bool)
        logits = tf.where(boards == 0.0, 0.0, -np.inf)
        root = rlgen.planning.root_output(state, logits, tf.zeros((BATCH,)))
        return function(root, step, (0, 1), simulations, **options).action

    def moves(boards):
        padded = boards + [EMPTY] * (-len(boards) % BATCH)
        batches = np.array(padded, "float32").reshape(-1, BATCH, 9)
        found = np.concatenate([move(tf.constant(batch)) for batch in batches])
        return found[: len(boards)].tolist()

    return moves


def after(board, action):
    return tuple(-(stone + (i == action)) for i, stone in enumerate(board))


def is_lost(board):
    """Whether the player to move has lost."""
    return any(sum(board[i] for i in line) == -3 for line in LINES)


def minimax(board, known):
    """Returns the value of a board for the player to move."""
    if board not in known:
        free = [i for i, stone in enumerate(board) if not stone]
        known[board] = -1 if is_lost(board) else 0
        if free and not is_lost(board):
            known[board] = max(-minimax(after(board, i), known) for i in free)
    return known[board]


def against_all(moves, boards, known):
    """Returns the number of lost ends, of moves that were not best, and of moves."""
    lost, wrong, asked = set(), 0, 0
    while boards:
        following = set()
        for board, action in zip(boards, moves(boards), strict=True):
            asked += 1
            board_after = after(board, action)
            wrong += -minimax(board_after, known) < minimax(board, known)
            if is_lost(board_after):
                continue
            for reply in (i for i, stone in enumerate(board_after) if not stone):
                reached = after(board_after, reply)
                if is_lost(reached):
                    lost.add(reached)
                elif 0 in reached:
                    following.add(reached)
        boards = sorted(following)
    return len(lost), wrong, asked


def main(argv):
    del argv
    counts = list(map(int, FLAGS.simulations))
    header = ["search", *(f"{count:,} simulations" for count in counts)]
    print(f"| {' | '.join(header)} |\n|{' --- |' * len(header)}", flush=True)
    known = {}
    for name, (function, options) in SEARCHES.items():
        cells = [name]
        for count in counts:
            moves = mover(function, count, options)
            sides = [EMPTY], sorted({after(EMPTY, i) for i in range(9)})
            results = (against_all(moves, boards, known) for boards in sides)
            texts = (f"{lost} ({wrong} of {asked})" for lost, wrong, asked in results)
            cells.append("; ".join(texts))
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    app.run(main)
