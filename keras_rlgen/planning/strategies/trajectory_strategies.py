"""Planning strategies that optimise sequences of continuous actions."""

import keras
import numpy as np
import tensorflow as tf

from keras_rlgen.arguments import is_integer, is_number
from keras_rlgen.planning.check_positive import check_positive
from keras_rlgen.planning.strategies.planning_strategy import PlanningStrategy
from keras_rlgen.planning.trajectories import (
    cross_entropy_method,
    path_integral,
    simulated_returns,
)


class TrajectoryStrategy(PlanningStrategy):
    """Base class of the strategies that optimise a sequence of continuous actions.

    The first action of the sequence is taken; the rest is the start of the next plan.

    Args:
        horizon: Integer >= 1, the actions of a sequence.
        population: Integer >= 1, the sequences that are simulated at once.
        scale: Float > 0, the initial standard deviation, in units of half the range of
            an action.
        particles: Integer >= 1, the simulations of each sequence, as in
            `simulated_returns`: more than one in a model that is random, or an
            ensemble.
    """

    is_continuous = True

    def __init__(self, horizon=15, population=200, scale=0.5, particles=1):
        check_positive(horizon=horizon, population=population, particles=particles)
        if not (is_number(scale) and scale > 0.0):
            raise ValueError(f"Expected `scale` above zero. Received: {scale!r}")
        self.horizon, self.population = horizon, population
        self.particles = particles
        self.scale = float(scale)

    def initial_memory(self, problem, batch):
        middle = (np.asarray(problem.low) + np.asarray(problem.high)) / 2.0
        shape = tf.stack([batch, self.horizon, *problem.action_shape])
        return tf.broadcast_to(tf.constant(middle, tf.float32), shape)

    def plan(self, problem, state, memory, seed, explore):
        value = None
        if problem.has_value:
            value = lambda state: problem.prior_and_value(state, seed)[1]  # noqa: E731

        def evaluate(actions, seed):
            return simulated_returns(
                problem.step, state, actions, seed, value, self.particles
            )

        half_range = (np.asarray(problem.high) - np.asarray(problem.low)) / 2.0
        scale = tf.constant(self.scale * half_range, tf.float32)
        plan = self.optimize(evaluate, memory, scale, problem.low, problem.high, seed)
        rest = tf.concat([plan[:, 1:], plan[:, -1:]], axis=1)
        return plan[:, 0], rest

    def optimize(self, *arguments):
        """Returns the best sequences that are found, `(B, horizon, ...)`.

        Args:
            *arguments: The first six arguments of `cross_entropy_method`.
        """
        raise NotImplementedError

    def get_config(self):
        return {
            "horizon": self.horizon,
            "population": self.population,
            "scale": self.scale,
            "particles": self.particles,
        }


@keras.saving.register_keras_serializable("keras_rlgen")
class CrossEntropy(TrajectoryStrategy):
    """The cross-entropy method; see `cross_entropy_method`.

    Args:
        horizon: Integer >= 1, the actions of a sequence.
        population: Integer >= 1, the sequences of an iteration.
        iterations: Integer >= 1.
        elites: Integer in [1, population].
        scale: Float > 0, the initial standard deviation, in units of half the range.
        momentum: Float in [0, 1).
        particles: Integer >= 1, the simulations of each sequence.
    """

    def __init__(
        self,
        horizon=15,
        population=200,
        iterations=4,
        elites=20,
        scale=0.5,
        momentum=0.1,
        particles=1,
    ):
        super().__init__(horizon, population, scale, particles)
        check_positive(iterations=iterations, elites=elites)
        if (
            not (is_integer(elites) and is_integer(population))
            or elites > population
            or not (is_number(momentum) and 0.0 <= momentum < 1.0)
        ):
            raise ValueError(
                "Expected `elites` <= `population` and `momentum` in [0, 1). Received: "
                f"{elites}, {population} and {momentum}"
            )
        self.iterations, self.elites = iterations, elites
        self.momentum = float(momentum)

    def optimize(self, *arguments):
        return cross_entropy_method(
            *arguments,
            population=self.population,
            iterations=self.iterations,
            elites=self.elites,
            momentum=self.momentum,
        )

    def get_config(self):
        return {
            **super().get_config(),
            "iterations": self.iterations,
            "elites": self.elites,
            "momentum": self.momentum,
        }


@keras.saving.register_keras_serializable("keras_rlgen")
class PathIntegral(TrajectoryStrategy):
    """Model predictive path integral control (MPPI); see `path_integral`.

    Args:
        horizon: Integer >= 1, the actions of a sequence.
        population: Integer >= 1, the sequences of an iteration.
        iterations: Integer >= 1.
        temperature: Float > 0, in units of the return.
        scale: Float > 0, the standard deviation of the noise, in units of half the
            range.
        particles: Integer >= 1, the simulations of each sequence.
    """

    def __init__(
        self,
        horizon=15,
        population=200,
        iterations=1,
        temperature=1.0,
        scale=0.5,
        particles=1,
    ):
        super().__init__(horizon, population, scale, particles)
        check_positive(iterations=iterations)
        if not (is_number(temperature) and temperature > 0.0):
            raise ValueError(
                f"Expected `temperature` above zero. Received: {temperature!r}. For "
                "the best sequence use `RandomShooting`."
            )
        self.iterations, self.temperature = iterations, float(temperature)

    def optimize(self, *arguments):
        return path_integral(
            *arguments,
            population=self.population,
            iterations=self.iterations,
            temperature=self.temperature,
        )

    def get_config(self):
        return {
            **super().get_config(),
            "iterations": self.iterations,
            "temperature": self.temperature,
        }


@keras.saving.register_keras_serializable("keras_rlgen")
class RandomShooting(TrajectoryStrategy):
    """The best of random sequences of actions.

    Args:
        horizon: Integer >= 1, the actions of a sequence.
        population: Integer >= 1, the number of sequences.
        scale: Float > 0, the standard deviation of the noise, in units of half the
            range.
        particles: Integer >= 1, the simulations of each sequence.
    """

    def optimize(self, *arguments):
        return path_integral(*arguments, population=self.population, temperature=0.0)
