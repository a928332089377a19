"""Planning strategies that search a tree of discrete actions."""

import keras
import tensorflow as tf

from keras_rlgen.planning.check_positive import check_positive
from keras_rlgen.planning.strategies.planning_strategy import PlanningStrategy
from keras_rlgen.planning.tree_search import (
    ModelOutput,
    gumbel_search,
    puct_search,
    root_output,
    uct_search,
)
from keras_rlgen.planning.tree_search.action_values import check_bounds
from keras_rlgen.planning.tree_search.selection import SQRT_2
from keras_rlgen.training.stateless_random import uniform, validated_seed


class TreeStrategy(PlanningStrategy):
    """Base class of the strategies that search a tree.

    Args:
        num_simulations: Integer >= 1, the steps of the model for each action.
        value_bounds: Pair of floats, as in `uct_search`.

    Attributes:
        samples_to_explore: Whether it explores by sampling from the improved policy.
    """

    samples_to_explore = True

    def __init__(self, num_simulations=50, value_bounds=None):
        check_positive(num_simulations=num_simulations)
        self.num_simulations = num_simulations
        self.value_bounds = check_bounds(value_bounds)

    def plan(self, problem, state, memory, seed, explore):
        seeds = tf.unstack(tf.random.split(validated_seed(seed), 3))
        seeds = [validated_seed(seed) for seed in seeds]

        def step(state, action, seed):
            step_seed, value_seed = tf.unstack(tf.random.split(seed, 2))
            state, reward, discount = problem.step(
                state, action, validated_seed(step_seed)
            )
            prior, value = problem.prior_and_value(state, validated_seed(value_seed))
            return ModelOutput(state, reward, discount, prior, value)

        root = root_output(state, *problem.prior_and_value(state, seeds[0]))
        result = self.search(root, step, seeds[1], explore)
        if explore and self.samples_to_explore:
            action = _sampled(result.action_weights, seeds[2])
        else:
            action = result.action
        return action, memory

    def search(self, root, step, seed, explore):
        """Returns the `SearchResult` of a root."""
        raise NotImplementedError

    def get_config(self):
        return {
            "num_simulations": self.num_simulations,
            "value_bounds": self.value_bounds,
        }


@keras.saving.register_keras_serializable("keras_rlgen")
class UCT(TreeStrategy):
    """Monte-Carlo tree search by upper confidence bounds; see `uct_search`.

    Args:
        num_simulations: Integer >= 1, the steps of the model for each action.
        exploration: Float >= 0, as in `uct_search`.
        value_bounds: Pair of floats, as in `uct_search`.
    """

    def __init__(self, num_simulations=50, exploration=SQRT_2, value_bounds=None):
        super().__init__(num_simulations, value_bounds)
        self.exploration = float(exploration)

    def search(self, root, step, seed, explore):
        return uct_search(
            root,
            step,
            seed,
            self.num_simulations,
            self.exploration,
            self.value_bounds,
        )

    def get_config(self):
        return {**super().get_config(), "exploration": self.exploration}


@keras.saving.register_keras_serializable("keras_rlgen")
class PUCT(TreeStrategy):
    """Monte-Carlo tree search with a prior policy and values; see `puct_search`.

    Args:
        num_simulations: Integer >= 1, the steps of the model for each action.
        first: Float, as in `puct_search`.
        base: Float, as in `puct_search`.
        value_bounds: Pair of floats, as in `puct_search`.
    """

    def __init__(self, num_simulations=50, first=1.25, base=19652.0, value_bounds=None):
        super().__init__(num_simulations, value_bounds)
        self.first, self.base = float(first), float(base)

    def search(self, root, step, seed, explore):
        return puct_search(
            root,
            step,
            seed,
            self.num_simulations,
            self.first,
            self.base,
            self.value_bounds,
        )

    def get_config(self):
        return {**super().get_config(), "first": self.first, "base": self.base}


@keras.saving.register_keras_serializable("keras_rlgen")
class GumbelSearch(TreeStrategy):
    """Tree search that improves the prior policy by sequential halving.

    It explores by Gumbel noise, which evaluation leaves out; see `gumbel_search`.

    Args:
        num_simulations: Integer >= 1, the steps of the model for each action.
        max_considered: Integer >= 1, as in `gumbel_search`.
        scale: Float, as in `gumbel_search`.
        visits_offset: Float, as in `gumbel_search`.
        value_bounds: Pair of floats, as in `gumbel_search`.
    """

    samples_to_explore = False  # The noise at the root explores.

    def __init__(
        self,
        num_simulations=50,
        max_considered=16,
        scale=0.1,
        visits_offset=50.0,
        value_bounds=None,
    ):
        super().__init__(num_simulations, value_bounds)
        check_positive(max_considered=max_considered)
        self.max_considered = max_considered
        self.scale, self.visits_offset = float(scale), float(visits_offset)

    def search(self, root, step, seed, explore):
        return gumbel_search(
            root,
            step,
            seed,
            self.num_simulations,
            self.max_considered,
            gumbel_scale=float(explore),
            scale=self.scale,
            visits_offset=self.visits_offset,
            value_bounds=self.value_bounds,
        )

    def get_config(self):
        return {
            **super().get_config(),
            "max_considered": self.max_considered,
            "scale": self.scale,
            "visits_offset": self.visits_offset,
        }


def _sampled(weights, seed):
    """Samples from the distributions `(B, A)` by their cumulated weights."""
    chance = uniform((tf.shape(weights)[0], 1), seed, 0.0, 1.0)
    cumulated = tf.math.cumsum(weights, axis=-1)
    # Of the sum as it is rounded, so that the chance stays below it.
    is_below = cumulated <= chance * cumulated[:, -1:]
    return tf.reduce_sum(tf.cast(is_below, tf.int32), axis=-1)
