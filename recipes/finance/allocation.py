"""Allocation between an asset and cash, on given paths of daily returns."""

import keras
import numpy as np
import tensorflow as tf

import keras_rlgen as rlgen
from keras_rlgen.environments.action import DiscreteAction
from keras_rlgen.training.stateless_random import integers
from recipes.finance.return_model import running_volatilities

WEIGHTS = (
    0.0,
    0.25,
    0.5,
    0.75,
    1.0,
)  # of the asset; the rest is cash, without interest
HORIZONS = (1, 5, 20, 60)  # days
WARM_UP = 60
PERCENT = 100.0
HIDDEN = 32  # units of a hidden layer


def features_of(returns, typical):
    """Returns what an agent sees after each day, float32 `(P, days, 6)`.

    Logarithms of two volatilities, and mean returns over `HORIZONS` in units of their
    standard deviation; all of the past alone.

    Args:
        returns: Float array `(P, days)`, log returns.
        typical: Float, the daily volatility of the training data.
    """
    start = np.full((2, len(returns)), typical)
    volatilities = running_volatilities(returns, start)
    parts = list(np.log(volatilities / typical))
    sums = np.pad(np.cumsum(returns, axis=1), ((0, 0), (max(HORIZONS), 0)))
    days = np.arange(returns.shape[1]) + max(HORIZONS)
    for horizon in HORIZONS:
        change = sums[:, days] - sums[:, days - horizon]
        parts.append(change / (np.sqrt(horizon) * volatilities[1]))
    return np.clip(np.stack(parts, axis=-1), -5.0, 5.0).astype("float32")


class Allocation(rlgen.environments.TensorEnvironment):
    """Chooses each day how much of the wealth is in the asset.

    The reward is the logarithmic growth of wealth after costs, in percent, less
    `risk_aversion / 2` times the squared return.

    Args:
        returns: Float array `(P, days)`, daily log returns. Episodes start on random
            paths and days, but not before day `WARM_UP`.
        typical: As in `features_of`.
        cost: Float, the part of the traded amount that a trade costs.
        risk_aversion: Float.
        max_episode_steps: Integer, days. If that is all there are, every episode starts
            on day `WARM_UP`.
    """

    def __init__(self, returns, typical, cost, risk_aversion, max_episode_steps=250):
        super().__init__((7,), DiscreteAction(len(WEIGHTS)), max_episode_steps)
        days = returns.shape[1]
        self.num_starts = days - WARM_UP - max_episode_steps
        if self.num_starts < 1:
            raise ValueError(
                f"Expected paths of more than {WARM_UP + max_episode_steps} days, "
                f"{WARM_UP} of them to begin with. Received: {days}. Take longer "
                "paths, or shorter episodes."
            )
        self.features = tf.constant(features_of(returns, typical))
        self.returns = tf.constant(np.expm1(returns), tf.float32)
        self.cost, self.risk_aversion = cost, risk_aversion

    def initial_state(self, seed, num_environments):
        seeds = tf.unstack(tf.random.split(seed, 2))
        shape = (num_environments,)
        path = integers(shape, seeds[0], self.returns.shape[0])
        day = WARM_UP - 1 + integers(shape, seeds[1], self.num_starts)
        return path, day, tf.zeros(shape)

    def transition(self, inner_state, action, seed):
        path, day, weight = inner_state
        chosen = tf.gather(tf.constant(WEIGHTS), action)
        change = tf.gather_nd(self.returns, tf.stack([path, day + 1], axis=1))
        gain = chosen * change
        cost = self.cost * tf.abs(chosen - weight)
        growth = tf.math.log1p(gain) + tf.math.log1p(-cost)
        reward = PERCENT * (growth - 0.5 * self.risk_aversion * gain**2)
        drifted = chosen * (1.0 + change) / (1.0 + gain)
        return (path, day + 1, drifted), reward, tf.zeros_like(action, tf.bool)

    def observation(self, inner_state):
        path, day, weight = inner_state
        seen = tf.gather_nd(self.features, tf.stack([path, day], axis=1))
        return tf.concat([seen, weight[:, None]], axis=1)


def portfolio_returns(weights, returns, cost):
    """Returns the simple daily returns of a portfolio after costs, `(days,)`.

    Args:
        weights: Float array `(days,)`, of the asset, chosen before each day.
        returns: Float array `(days,)`, simple returns of the asset.
        cost: Float, the part of the traded amount that a trade costs.
    """
    held, result = 0.0, np.empty(len(returns))
    for day, (weight, change) in enumerate(zip(weights, returns, strict=True)):
        gain = weight * change
        result[day] = (1.0 + gain) * (1.0 - cost * abs(weight - held)) - 1.0
        held = weight * (1.0 + change) / (1.0 + gain)
    return result


def volatility_target(returns, typical):
    """Returns weights `(days,)`: typical over current volatility, at most 1.

    Args:
        returns: Float array `(WARM_UP + days,)`, log returns.
        typical: Float, the volatility to hold.
    """
    start = np.full((2, 1), typical)
    volatility = running_volatilities(returns[None], start)[0, 0]
    return np.minimum(1.0, typical / volatility[WARM_UP - 1 : -1])


def make_agent(environment, seed):
    """Returns a compiled PPO agent."""
    keras.utils.set_random_seed(seed)
    actor, critic = (
        keras.Sequential(
            [
                keras.layers.Input((7,)),
                keras.layers.Dense(HIDDEN, "tanh"),
                keras.layers.Dense(HIDDEN, "tanh"),
                keras.layers.Dense(outputs),
            ]
        )
        for outputs in (len(WEIGHTS), 1)
    )
    agent = rlgen.agents.PPO(
        actor,
        critic,
        environment=environment,
        num_environments=64,
        steps_per_update=64,
        minibatch_size=1024,
        gamma=0.95,
        entropy_weight=0.003,
        normalize_rewards=True,
        seed=seed,
    )
    agent.compile(keras.optimizers.Adam(1e-3, global_clipnorm=0.5))
    return agent


def weights_chosen(agent, returns, typical, cost, risk_aversion):
    """Returns the weights of a greedy agent, for each day but the first `WARM_UP`.

    Args:
        agent: The agent.
        returns: Float array `(WARM_UP + days,)`, log returns.
        typical: As in `features_of`.
        cost: As in `Allocation`.
        risk_aversion: As in `Allocation`.
    """
    # One day more, which is not acted on, so that there is one start.
    padded = np.append(returns, 0.0)[None]
    days = len(returns) - WARM_UP
    environment = Allocation(padded, typical, cost, risk_aversion, days)
    record = agent.record(episodes=1, seed=0, environment=environment)
    return np.array(WEIGHTS)[record.actions]
