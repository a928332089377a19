"""Models learned from a log, and the policies planned in them."""

import keras
import numpy as np
from keras import layers

import keras_rlgen as rlgen
from recipes.inventory.problem import (
    DISCOUNT,
    LEAST,
    NUM_ACTIONS,
    NUM_STATES,
    START,
)

EPOCHS = 60
VOTES = 32
FORBIDDEN = -1e4  # the reward of an order that the log does not support


def counted_tables(experience):
    """Returns the tables of relative frequencies and mean rewards.

    Where a pair was never logged, it is taken to stay as it is, at the least reward.
    """
    transition = experience.transitions()
    state, action = transition.observation - LEAST, transition.action
    following = transition.next_observation - LEAST
    counts = np.zeros((NUM_STATES, NUM_ACTIONS, NUM_STATES))
    np.add.at(counts, (state, action, following), 1.0)
    sums = np.zeros((NUM_STATES, NUM_ACTIONS))
    np.add.at(sums, (state, action), transition.reward)
    visits = counts.sum(axis=2)
    seen = visits > 0
    transitions = counts / np.maximum(visits, 1.0)[..., None]
    staying = np.broadcast_to(np.eye(NUM_STATES)[:, None], counts.shape)
    transitions = np.where(seen[..., None], transitions, staying)
    least = transition.reward.min()
    rewards = np.where(seen, sums / np.maximum(visits, 1.0), least)
    return transitions, rewards


def pairs():
    """Returns all pairs of state and order, `(S * A, 2)`."""
    grid = np.meshgrid(np.arange(NUM_STATES), np.arange(NUM_ACTIONS), indexing="ij")
    return np.stack(grid, axis=-1).reshape(-1, 2)


def inputs_of(state, action):
    """Returns what the networks see, float32 `(N, 3 + A)`."""
    state, action = np.asarray(state), np.asarray(action)
    after = state + action
    numbers = np.stack([state, after, np.minimum(after, NUM_STATES - 1)], axis=1)
    one_hot = np.eye(NUM_ACTIONS)[action]
    return np.concatenate([numbers / NUM_STATES, one_hot], axis=1).astype("float32")


def learned_tables(experience, seed):
    """Returns what two `DynamicsNetwork` say: of the next state, and of the reward.

    The second sees the next state too. Returns transitions `(S, A, S)`, expected
    rewards `(S, A)`, and the rewards of outcomes `(S, A, S)`.
    """
    keras.utils.set_random_seed(seed)
    transition = experience.transitions()
    inputs = inputs_of(transition.observation - LEAST, transition.action)
    following = np.eye(NUM_STATES, dtype="float32")[transition.next_observation - LEAST]
    mean, scale = transition.reward.mean(), transition.reward.std()
    rewards = ((transition.reward - mean) / scale)[:, None]
    everything = inputs_of(*pairs().T)
    seen = with_next(inputs, transition.next_observation - LEAST)
    outcomes = with_next(
        np.repeat(everything, NUM_STATES, axis=0),
        np.tile(np.arange(NUM_STATES), len(everything)),
    )
    outputs = []
    for given, targets, asked, distribution in (
        (inputs, following, everything, rlgen.distributions.Categorical()),
        (seen, rewards, outcomes, rlgen.distributions.Normal(1.0, learned=True)),
    ):
        model = rlgen.models.DynamicsNetwork(
            network(given.shape[1], targets.shape[1]), distribution, seed=seed
        )
        model.compile(keras.optimizers.Adam(3e-3))
        stop = keras.callbacks.EarlyStopping(
            "val_loss", patience=5, restore_best_weights=True
        )
        count = int(0.8 * len(given))
        model.fit(
            targets[:count],
            given[:count],
            validation_data=(targets[count:], given[count:]),
            epochs=EPOCHS,
            batch_size=64,
            callbacks=[stop],
            verbose=0,
        )
        # The mean of one-hot samples is their probability.
        outputs.append(model.distribution.mean(model(asked)).numpy())
    shape = NUM_STATES, NUM_ACTIONS, NUM_STATES
    transitions = outputs[0].reshape(shape).astype("float64")
    transitions /= transitions.sum(axis=-1, keepdims=True)
    rewards = outputs[1].reshape(shape) * scale + mean
    return transitions, (transitions * rewards).sum(axis=-1), rewards


def with_next(inputs, following):
    """Returns inputs with the next state beside them."""
    column = np.asarray(following, "float32")[:, None] / NUM_STATES
    return np.concatenate([inputs, column], axis=1)


def network(inputs, outputs):
    return keras.Sequential(
        [
            layers.Input((inputs,)),
            layers.Dense(64, "relu"),
            layers.Dense(64, "relu"),
            layers.Dense(outputs),
        ]
    )


def supported(experience, least):
    """Returns whether each pair was logged at least so often, bool `(S, A)`.

    In states without such an order, all are supported, for want of better.
    """
    transition = experience.transitions()
    visits = np.zeros((NUM_STATES, NUM_ACTIONS), int)
    np.add.at(visits, (transition.observation - LEAST, transition.action), 1)
    enough = visits >= least
    return enough | ~enough.any(axis=1, keepdims=True)


def planned(transitions, rewards, support):
    """Returns the best policy `(S, A)` of tables among supported orders."""
    rewards = np.where(support, rewards, FORBIDDEN)
    return rlgen.planning.value_iteration(transitions, rewards, DISCOUNT).policy.numpy()


def searched(transitions, rewards, support, simulations, seed):
    """Returns the policy `(S, A)` of tree search in the tables as an environment.

    A tree holds one outcome of each edge, sampled once, where there are many: `VOTES`
    trees vote.
    """
    rewards = np.where(support, rewards, 3.0 * rewards.min())
    model = rlgen.environments.TabularProcess(transitions, rewards)
    planner = rlgen.agents.Planner(
        model,
        rlgen.planning.GumbelSearch(simulations, max_considered=NUM_ACTIONS),
        gamma=DISCOUNT,
        rollout_steps=10,
        seed=seed,
    )
    states = np.repeat(np.eye(NUM_STATES, dtype="float32"), VOTES, axis=0)
    votes = np.eye(NUM_ACTIONS)[planner.predict(states)]
    votes = votes.reshape(NUM_STATES, VOTES, NUM_ACTIONS).sum(axis=1)
    return np.eye(NUM_ACTIONS)[votes.argmax(axis=1)]


def value_of(transitions, rewards, policy):
    """Returns the exact discounted value of a policy from the start, for ever."""
    solution = rlgen.planning.policy_evaluation(transitions, rewards, policy, DISCOUNT)
    return float(solution.values[START])


def values_in_time(transitions, rewards, policy, weeks):
    """Returns values and action values with 0 to `weeks` weeks to go.

    Float arrays `(weeks + 1, S)` and `(weeks + 1, S, A)`.
    """
    values, action_values = [np.zeros(NUM_STATES)], [np.zeros_like(rewards)]
    for _ in range(weeks):
        action_values.append(rewards + DISCOUNT * transitions @ values[-1])
        values.append((policy * action_values[-1]).sum(axis=1))
    return np.stack(values), np.stack(action_values)


def simulated_returns(transitions, rewards, policy, weeks, episodes, seed):
    """Returns discounted returns `(episodes,)` of a policy in tables.

    Args:
        transitions: Float array `(S, A, S)`.
        rewards: Float array `(S, A, S)`, of each outcome.
        policy: Float array `(S, A)`.
        weeks: Integer.
        episodes: Integer.
        seed: Integer.
    """
    random = np.random.default_rng(seed)
    states = np.full(episodes, START)
    total = np.zeros(episodes)
    for week in range(weeks):
        action = _sampled(policy[states], random)
        following = _sampled(transitions[states, action], random)
        total += DISCOUNT**week * rewards[states, action, following]
        states = following
    return total


def _sampled(probabilities, random):
    cumulated = np.cumsum(probabilities, axis=1)
    chance = random.random((len(cumulated), 1)) * cumulated[:, -1:]
    return np.minimum((cumulated <= chance).sum(axis=1), cumulated.shape[1] - 1)
