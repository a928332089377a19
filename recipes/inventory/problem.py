"""An inventory: how much to order each week, while demand is random."""

import numpy as np
from scipy import stats

import keras_rlgen as rlgen

LEAST, MOST = -4, 12  # inventory; below zero are units owed to customers
NUM_STATES = MOST - LEAST + 1
NUM_ACTIONS = 7  # order 0 to 6 units
DEMAND = stats.nbinom(4, 0.5)  # mean 4, variance 8
ORDER_COST, UNIT_COST, HOLDING_COST, BACKORDER_COST, LOST_SALE = 4.0, 1.0, 1.0, 4.0, 8.0
DISCOUNT = 0.95
START = -LEAST  # nothing is left
REORDER_POINT, BASE_STOCK = 3, 9  # of the logging policy,
RANDOM_ORDERS = 0.4  # which orders at random as often


def true_tables():
    """Returns transitions `(S, A, S)` and expected rewards `(S, A)`, minus the costs.

    An order arrives at once, then comes the demand. What is beyond `LEAST` is lost, and
    what is beyond `MOST` is not ordered.
    """
    demands = np.arange(60)
    chances = DEMAND.pmf(demands) / DEMAND.pmf(demands).sum()
    transitions = np.zeros((NUM_STATES, NUM_ACTIONS, NUM_STATES))
    rewards = np.zeros((NUM_STATES, NUM_ACTIONS))
    for state in range(NUM_STATES):
        for action in range(NUM_ACTIONS):
            after, cost = outcomes(state + LEAST, action, demands)
            np.add.at(transitions[state, action], after - LEAST, chances)
            rewards[state, action] = -(chances * cost).sum()
    return transitions, rewards


def outcomes(inventory, order, demand):
    """Returns the next inventory and the cost, arrays."""
    order = np.minimum(order, MOST - inventory)
    left = inventory + order - demand
    after = np.maximum(left, LEAST)
    cost = ORDER_COST * (order > 0) + UNIT_COST * order
    cost = cost + HOLDING_COST * np.maximum(after, 0)
    cost = cost + BACKORDER_COST * np.maximum(-after, 0)
    return after, cost + LOST_SALE * (after - left)


def logging_policy():
    """Returns `(S, A)`: below the reorder point, orders up to `BASE_STOCK`."""
    inventory = np.arange(LEAST, MOST + 1)
    usual = np.clip(BASE_STOCK - inventory, 0, NUM_ACTIONS - 1)
    usual = np.where(inventory < REORDER_POINT, usual, 0)
    policy = np.full((NUM_STATES, NUM_ACTIONS), RANDOM_ORDERS / NUM_ACTIONS)
    policy[np.arange(NUM_STATES), usual] += 1.0 - RANDOM_ORDERS
    return policy


def log_of(episodes, weeks, seed, policy=None):
    """Returns the `Experience` of a policy: inventories, orders, rewards.

    Args:
        episodes: Integer.
        weeks: Integer, the steps of an episode.
        seed: Integer.
        policy: Float array `(S, A)`. Defaults to the logging policy.
    """
    random = np.random.default_rng(seed)
    policy = np.cumsum(logging_policy() if policy is None else policy, axis=1)
    states = np.full(episodes, START)
    observations, actions, rewards = [states], [], []
    for _ in range(weeks):
        chance = random.random((episodes, 1))
        action = np.minimum((policy[states] <= chance).sum(axis=1), NUM_ACTIONS - 1)
        demand = DEMAND.rvs(episodes, random_state=random)
        after, cost = outcomes(states + LEAST, action, demand)
        states = after - LEAST
        observations.append(states)
        actions.append(action)
        rewards.append(-cost)
    observations = np.stack(observations, axis=1) + LEAST
    return rlgen.Experience(
        observations=observations.astype("int32").reshape(-1),
        actions=np.stack(actions, axis=1).astype("int32").reshape(-1),
        rewards=np.stack(rewards, axis=1).reshape(-1),
        lengths=np.full(episodes, weeks),
        terminated=np.zeros(episodes, bool),
    )


def checked_log(experience):
    """Validates a log of inventories and orders, and returns it.

    Raises:
        ValueError: If it holds other states or orders, or episodes differ in length.
    """
    experience.check(
        rlgen.experience.ArraySpec((), "int32", minimum=LEAST, maximum=MOST),
        rlgen.experience.ArraySpec((), "int32", minimum=0, maximum=NUM_ACTIONS - 1),
    )
    if len(set(experience.lengths)) != 1:
        raise ValueError(
            "Expected episodes of one length. Received lengths from "
            f"{experience.lengths.min()} to {experience.lengths.max()} weeks. Cut the "
            "longer ones."
        )
    return experience
