import doctest
import itertools

import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import planning
from keras_rlgen.environments import GridWorld
from keras_rlgen.planning import dynamic_programming

OPTIMIZERS = pytest.mark.parametrize(
    "optimize",
    [planning.value_iteration, planning.policy_iteration],
    ids=["value", "policy"],
)
MAZE = ["S.#G", ".##.", "....", "#S.#"]


def random_process(num_states=6, num_actions=3, seed=0):
    random = np.random.default_rng(seed)
    shape = num_states, num_actions, num_states
    transitions = random.dirichlet(np.full(num_states, 0.3), size=shape[:2])
    return transitions, random.normal(size=shape[:2])


def solved(transitions, rewards, policy, discount):
    """The values of a policy, from the Bellman equation as a linear system."""
    matrix = np.einsum("sa,san->sn", policy, transitions)
    vector = np.einsum("sa,sa->s", policy, rewards)
    return np.linalg.solve(np.eye(len(matrix)) - discount * matrix, vector)


def best_of_all(transitions, rewards, discount):
    """The values of the best of all deterministic policies, state by state."""
    num_states, num_actions = rewards.shape
    policies = itertools.product(range(num_actions), repeat=num_states)
    return np.max(
        [
            solved(transitions, rewards, np.eye(num_actions)[list(policy)], discount)
            for policy in policies
        ],
        axis=0,
    )


@pytest.mark.parametrize("discount", [0.0, 0.9, 0.999])
def test_evaluation_solves_the_bellman_equation(discount):
    transitions, rewards = random_process()
    policy = np.random.default_rng(1).dirichlet(np.ones(3), size=6)
    solution = planning.policy_evaluation(transitions, rewards, policy, discount)
    expected = solved(transitions, rewards, policy, discount)
    assert bool(solution.converged)
    np.testing.assert_allclose(solution.values, expected, rtol=1e-6, atol=2e-6)
    np.testing.assert_allclose(
        solution.action_values,
        rewards + discount * transitions @ expected,
        rtol=1e-6,
        atol=2e-6,
    )
    np.testing.assert_allclose(solution.policy, policy, rtol=1e-6)
    assert {tensor.dtype for tensor in solution[:3]} == {tf.float32}


def test_the_gridworld_of_sutton_and_barto():
    """Example 4.1 and figure 4.1: the values of the policy of equal chances."""
    world = GridWorld(["GSSS", "SSSS", "SSSS", "SSSG"])
    policy = np.full((16, 4), 0.25)
    solution = planning.policy_evaluation(
        world.transitions, world.rewards, policy, discount=1.0, tolerance=1e-9
    )
    expected = [
        [0, -14, -20, -22],
        [-14, -18, -20, -20],
        [-20, -20, -18, -14],
        [-22, -20, -14, 0],
    ]
    np.testing.assert_allclose(np.reshape(solution.values, (4, 4)), expected, atol=1e-4)
    # Figure 4.1's second sweep rounds -1.75 to -1.7.
    second = planning.policy_evaluation(
        world.transitions, world.rewards, policy, discount=1.0, max_sweeps=2
    )
    assert not second.converged
    np.testing.assert_allclose(second.values[:4], [0.0, -1.75, -2.0, -2.0])


@OPTIMIZERS
@pytest.mark.parametrize("discount", [0.0, 0.5, 0.95, 0.999])
def test_no_policy_is_better(optimize, discount):
    transitions, rewards = random_process()
    solution = optimize(transitions, rewards, discount)
    expected = best_of_all(transitions, rewards, discount)
    assert bool(solution.converged)
    np.testing.assert_allclose(solution.values, expected, rtol=1e-6, atol=2e-6)
    np.testing.assert_allclose(
        solved(transitions, rewards, solution.policy, discount),
        expected,
        rtol=1e-6,
        atol=2e-6,
    )
    assert sorted(set(solution.policy.numpy().flat)) == [0.0, 1.0]


def steps_to_goal(rows):
    """Steps of the shortest path from each cell, by breadth-first search."""
    frontier = {
        (row, column): 0
        for row, text in enumerate(rows)
        for column, cell in enumerate(text)
        if cell == "G"
    }
    distances = {}
    while frontier:
        distances.update(frontier)
        frontier = {
            (row + down, column + right): distance + 1
            for (row, column), distance in frontier.items()
            for down, right in [(-1, 0), (0, 1), (1, 0), (0, -1)]
            if 0 <= row + down < len(rows)
            and 0 <= column + right < len(rows[0])
            and rows[row + down][column + right] != "#"
            and (row + down, column + right) not in distances
        }
    return distances


@OPTIMIZERS
def test_finds_the_shortest_way_through_a_maze(optimize):
    world = GridWorld(MAZE)
    solution = optimize(world.transitions, world.rewards, discount=1.0)
    distances = steps_to_goal(MAZE)
    expected = [-distances[tuple(cell)] for cell in world.cells.tolist()]
    np.testing.assert_allclose(solution.values, expected, atol=1e-6)

    # And so does the agent that follows the policy.
    actions = tf.argmax(solution.policy, axis=1, output_type=tf.int32)
    state = world.reset((0, 1), 10)
    returns, over = -solution.values.numpy()[state.inner_state.numpy()], np.zeros(10)
    for step in range(1, 12):
        action = tf.gather(actions, state.inner_state)
        state, result = world.step(state, action, (0, 2))
        over = np.where((over == 0) & result.terminated.numpy(), step, over)
    np.testing.assert_array_equal(over, returns)


@pytest.mark.parametrize("discount", [0.9, 1.0])
def test_compiled(discount):
    world = GridWorld(["S..", ".#.", "..G"])
    policy = np.full(world.rewards.shape, 0.25, "float32")

    def everything(transitions, rewards, policy):
        process = transitions, rewards
        return (
            planning.policy_evaluation(*process, policy, discount),
            planning.value_iteration(*process, discount),
            planning.policy_iteration(*process, discount),
        )

    arguments = world.transitions, world.rewards, policy
    compiled = tf.function(everything, jit_compile=True)(*map(tf.constant, arguments))
    for got, expected in zip(
        tf.nest.flatten(compiled), tf.nest.flatten(everything(*arguments)), strict=True
    ):
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-5)


def test_equally_good_actions():
    # Every action is the same but for an error of rounding.
    transitions, _ = random_process(num_actions=1)
    transitions = np.repeat(transitions, 4, axis=1)
    transitions *= 1.0 + 1e-9 * np.random.default_rng(0).normal(size=(6, 4, 1))
    rewards = np.repeat(np.random.default_rng(1).normal(size=(6, 1)), 4, axis=1)
    solution = planning.policy_iteration(transitions, rewards, 0.99)
    assert bool(solution.converged)


@OPTIMIZERS
def test_what_never_ends_does_not_converge(optimize):
    transitions, rewards = np.ones((1, 1, 1)), np.full((1, 1), -1.0)
    solution = optimize(transitions, rewards, discount=1.0, max_sweeps=50)
    assert not solution.converged
    assert bool(optimize(transitions, rewards, 0.9).converged)


def test_distributions():
    transitions, rewards = random_process()
    for wrong in (transitions + 0.01, transitions * 0.9):
        with pytest.raises(ValueError, match="`transitions` to hold distributions"):
            planning.value_iteration(wrong, rewards, 0.9)
    wrong = transitions.copy()
    wrong[3, 1, :2] = wrong[3, 1, :2].sum() + 0.25, -0.25
    with pytest.raises(ValueError, match=r"at \[3, 1\]: a least number of -0.25"):
        planning.policy_iteration(wrong, rewards, 0.9)
    with pytest.raises(ValueError, match=r"`policy` to hold .* a sum of 3"):
        planning.policy_evaluation(transitions, rewards, np.ones((6, 3)), 0.9)


@pytest.mark.parametrize("shape", [(6, 3), (6, 3, 5), (3, 6, 6)])
def test_transitions_that_do_not_fit(shape):
    with pytest.raises(ValueError, match=r"\(states, actions, states\)") as error:
        planning.value_iteration(np.zeros(shape), np.zeros(shape[:2]), 0.9)
    assert f"Received: {shape}" in str(error.value)


def test_rewards_that_do_not_fit():
    transitions, rewards = random_process()
    with pytest.raises(ValueError, match=r"\(6, 3\). Received: \(3, 6\)"):
        planning.value_iteration(transitions, rewards.T, 0.9)
    rewards[4, 2] = np.nan
    with pytest.raises(ValueError, match=r"finite `rewards`.* = \(4, 2\)"):
        planning.value_iteration(transitions, rewards, 0.9)


def test_a_policy_that_does_not_fit():
    with pytest.raises(ValueError, match=r"`policy` of the shape of `rewards`.*\(6,\)"):
        planning.policy_evaluation(*random_process(), np.zeros(6), 0.9)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("discount", 1.1),
        ("discount", -0.1),
        ("discount", None),
        ("tolerance", 0.0),
        ("tolerance", "small"),
        ("max_sweeps", 0),
        ("max_sweeps", 1.5),
    ],
)
def test_arguments_out_of_range(name, value):
    arguments = {"discount": 0.9, name: value}
    with pytest.raises(ValueError, match=f"`{name}` must be .* Received: {name}="):
        planning.value_iteration(*random_process(), **arguments)


def test_examples_in_docstrings_run():
    result = doctest.testmod(dynamic_programming)
    assert result.attempted > 0 and result.failed == 0
