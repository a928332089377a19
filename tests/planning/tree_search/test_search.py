import doctest
import json
import pathlib

import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.environments import GridWorld
from keras_rlgen.planning import value_iteration
from keras_rlgen.planning.tree_search import (
    ModelOutput,
    gumbel_search,
    puct_search,
    root_output,
    search,
    uct_search,
)

SEED = (0, 1)
# Of mctx 0.0.71 on a random game of 50 states, with `gumbel_scale=0` and 3 considered
# actions, and with `dirichlet_fraction=0`; "masked" forbids action 1 at the root.
EXPECTED = json.loads(
    (pathlib.Path(__file__).parent / "mctx_searches.json").read_text()
)
GAME = {
    name: tf.constant(values, tf.int32 if name == "next" else tf.float32)
    for name, values in EXPECTED["game"].items()
}


def test_example():
    assert doctest.testmod(search).failed == 0


def game_step(state, action, seed):
    edge = tf.stack([state, action], axis=-1)
    following = tf.gather_nd(GAME["next"], edge)
    return ModelOutput(
        following,
        tf.gather_nd(GAME["reward"], edge),
        tf.gather_nd(GAME["discount"], edge),
        tf.gather(GAME["logits"], following),
        tf.gather(GAME["value"], following),
    )


@pytest.mark.parametrize("name", ["gumbel", "puct"])
def test_trees_equal_those_of_mctx(name):
    arguments = {"gumbel": {"max_considered": 3, "gumbel_scale": 0.0}, "puct": {}}
    function = {"gumbel": gumbel_search, "puct": puct_search}[name]

    @tf.function(jit_compile=True, autograph=False)
    def run(logits):
        state = tf.range(6)
        root = root_output(state, logits, tf.gather(GAME["value"], state))
        return function(root, game_step, SEED, 40, **arguments[name])

    logits = GAME["logits"][:6]
    masked = tf.where(tf.range(4) == 1, -np.inf, logits)
    for given, key in (logits, name), (masked, f"{name}_masked"):
        result, expected = run(given), EXPECTED[key]
        np.testing.assert_array_equal(result.tree.child_visits[0], expected["visits"])
        # Unlike mctx, nothing is searched below the end of an episode.
        tree = tf.nest.map_structure(np.asarray, result.tree)
        edge = tree.parent[1:], np.arange(6), tree.parent_action[1:]
        goes_on = np.concatenate([np.ones((1, 6), bool), tree.child_discount[edge] > 0])
        theirs = np.transpose(expected["tree_visits"])
        np.testing.assert_array_equal(tree.visits[goes_on], theirs[goes_on])
        np.testing.assert_array_equal(result.action, expected["action"])
        weights = expected["weights"]
        np.testing.assert_allclose(result.action_weights, weights, atol=2e-5)
        np.testing.assert_allclose(result.value, expected["value"], atol=2e-5)


def test_gumbel_search_improves_the_policy_of_every_bandit():
    random = np.random.default_rng(0)
    values = random.normal(size=(256, 5)).astype("float32")
    logits = random.normal(size=(256, 5)).astype("float32")

    def step(state, action, seed):
        reward = tf.gather(values, action, batch_dims=1)
        return ModelOutput(state, reward, 0.0 * reward, tf.constant(logits), reward)

    prior = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    before = (prior * values).sum(axis=1)
    root = root_output(tf.zeros((256, 1)), tf.constant(logits), tf.constant(before))
    result = tf.function(gumbel_search, autograph=False)(root, step, SEED, 8)
    improved = (result.action_weights.numpy() * values).sum(axis=1)
    assert (improved >= before - 1e-5).all() and improved.mean() > before.mean() + 0.3
    chosen = values[np.arange(256), result.action]
    assert chosen.mean() > before.mean() + 0.3
    assert set(result.tree.visits[0].numpy()) == {9}


LINES = np.array(
    [[0, 1, 2], [3, 4, 5], [6, 7, 8], [0, 3, 6], [1, 4, 7], [2, 5, 8]]
    + [[0, 4, 8], [2, 4, 6]]
)


def tic_tac_toe(state, action, seed):
    """One move: the player to move has stones of 1, the other one of -1."""
    board, over = state
    placed = board + tf.one_hot(action, 9) * tf.where(over, 0.0, 1.0)[:, None]
    won = tf.reduce_any(
        tf.reduce_sum(tf.gather(placed, LINES, axis=1), axis=-1) == 3.0, axis=-1
    )
    full = tf.reduce_all(placed != 0.0, axis=-1)
    reward = tf.where(won & ~over, 1.0, 0.0)
    over = over | won | full
    board = -placed
    return ModelOutput(
        (board, over),
        reward,
        tf.where(over, 0.0, -1.0),  # The other player's gain is one's loss.
        tf.where(board == 0.0, 0.0, -np.inf),
        tf.zeros_like(reward),
    )


def is_lost(board):
    """Whether the player to move has lost."""
    return any(sum(board[i] for i in line) == -3 for line in LINES)


def over(board):
    return is_lost(board) or 0 not in board


def minimax(board, known):
    """Returns the value of a board, a tuple, for the player to move."""
    if board not in known:
        free = [i for i, stone in enumerate(board) if not stone]
        known[board] = -1 if is_lost(board) else 0
        if not over(board):
            known[board] = max(-minimax(after(board, i), known) for i in free)
    return known[board]


def after(board, action):
    return tuple(-(stone + (i == action)) for i, stone in enumerate(board))


@tf.function(jit_compile=True, autograph=False)
def moves(boards):
    logits = tf.where(boards == 0.0, 0.0, -np.inf)
    root = root_output((boards, tf.zeros((32,), tf.bool)), logits, tf.zeros((32,)))
    # Scaled between siblings, values near 0 would look like wins and losses.
    options = {"exploration": 0.5, "value_bounds": (-1.0, 1.0)}
    return uct_search(root, tic_tac_toe, SEED, 3000, **options).action


def test_tic_tac_toe_is_played_as_by_minimax_from_positions_of_four_stones():
    random, boards, known = np.random.default_rng(0), set(), {}
    while len(boards) < 32:
        board = np.zeros(9, int)
        board[random.permutation(9)[:4]] = [1, 1, -1, -1]
        boards.add(tuple(board.tolist()))
    boards = sorted(boards)
    actions = moves(tf.constant(boards, tf.float32)).numpy()
    for board, action in zip(boards, actions, strict=True):
        assert board[action] == 0
        assert -minimax(after(board, action), known) == minimax(board, known)


def test_tic_tac_toe_is_not_lost_from_the_empty_board_against_a_perfect_player():
    """In 16 games the search moves first, in 16 second, after each opening."""
    random, known = np.random.default_rng(0), {}
    empty = (0,) * 9
    boards = [empty] * 16 + [after(empty, i % 9) for i in range(16)]
    results = [None] * 32
    while None in results:
        actions = moves(tf.constant(boards, tf.float32)).numpy()
        for game, action in enumerate(actions):
            if results[game] is not None:
                continue
            board, results[game] = after(boards[game], action), "not lost"
            if not over(board):
                free = [i for i, stone in enumerate(board) if not stone]
                values = [-minimax(after(board, i), known) for i in free]
                best = [
                    i for i, v in zip(free, values, strict=True) if v == max(values)
                ]
                boards[game] = after(board, random.choice(best))
                if is_lost(boards[game]):
                    results[game] = "lost"
                elif not over(boards[game]):
                    results[game] = None
    assert results == ["not lost"] * 32


@pytest.mark.parametrize("function", [uct_search, gumbel_search])
def test_a_maze_is_solved_as_by_dynamic_programming(function):
    maze = GridWorld(["S.#.", "...G"])
    solution = value_iteration(maze.transitions, maze.rewards, discount=1.0)
    following = tf.argmax(maze.transitions, axis=-1, output_type=tf.int32)
    num_states = len(maze.cells)

    def step(state, action, seed):
        edge = tf.stack([state, action], axis=-1)
        reward = tf.gather_nd(maze.rewards, edge)
        discount = tf.where(reward < 0.0, 1.0, 0.0)
        zeros = tf.zeros((num_states, 4))
        return ModelOutput(
            tf.gather_nd(following, edge), reward, discount, zeros, zeros[:, 0]
        )

    @tf.function(jit_compile=True, autograph=False)
    def run():
        root = root_output(
            tf.range(num_states), tf.zeros((num_states, 4)), tf.zeros(num_states)
        )
        return function(root, step, SEED, 500).action

    best = solution.action_values.numpy()
    chosen = np.take_along_axis(best, run().numpy()[:, None], axis=1)[:, 0]
    np.testing.assert_allclose(chosen, best.max(axis=1), atol=1e-4)


@pytest.mark.parametrize("function", [uct_search, puct_search, gumbel_search])
def test_errors(function):
    root = root_output(tf.zeros((1, 1)), tf.zeros((1, 2)), tf.zeros(1))
    for count in 0, -1, 2.0:
        with pytest.raises(ValueError, match="`num_simulations` to be a positive"):
            function(root, game_step, SEED, count)
    with pytest.raises(ValueError, match="`max_considered`"):
        gumbel_search(root, game_step, SEED, 4, max_considered=0)
