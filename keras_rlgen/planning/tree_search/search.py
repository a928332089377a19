"""Monte-Carlo tree search in a batch of states, in one graph."""

import functools
from typing import NamedTuple

import tensorflow as tf

from keras_rlgen.planning.check_positive import check_positive
from keras_rlgen.planning.tree_search.action_values import (
    check_bounds,
    completed_values,
)
from keras_rlgen.planning.tree_search.search_tree import SearchTree, new_tree, node_at
from keras_rlgen.planning.tree_search.selection import (
    SQRT_2,
    improved_policy_match,
    prior_upper_confidence_bound,
    scheduled_action,
    upper_confidence_bound,
)
from keras_rlgen.planning.tree_search.sequential_halving import halving_schedule
from keras_rlgen.planning.tree_search.simulation import back_up, descend, expand
from keras_rlgen.training.stateless_random import uniform, validated_seed


class SearchResult(NamedTuple):
    """What a search of `B` states with `A` actions recommends."""

    action: tf.Tensor  # (B,) int32
    action_weights: tf.Tensor  # (B, A) float32, the improved policy
    value: tf.Tensor  # (B,) float32, of the root
    tree: SearchTree


def uct_search(
    root, step, seed, num_simulations, exploration=SQRT_2, value_bounds=None
):
    """Searches by upper confidence bounds, without a policy network.

    The action is the most visited one, the one of larger value among equals, and the
    improved policy the distribution of visits.

    Args:
        root: `ModelOutput` of the states to search from, as of `root_output`; the
            logits are zero, and -inf for actions that are not allowed.
        step: Function `step(state, action, seed) -> ModelOutput` of tensors: `B`
            states, int32 `(B,)` and int32 `(2,)`. Where an episode ends it gives the
            discount 0, and then stays in the final state.
        seed: Int32 tensor `(2,)`.
        num_simulations: Integer >= 1, the number of steps of the model.
        exploration: Float >= 0, as in `upper_confidence_bound`.
        value_bounds: Pair of floats, the least and largest possible return from any
            state, such as (-1.0, 1.0) in a game that is won or lost. By default values
            are scaled between those of siblings, which needs no bounds, but may take
            far more simulations where few lines of play decide.

    Returns:
        `SearchResult`.

    Raises:
        ValueError: If `num_simulations` is not a positive integer, or `value_bounds`
            are not in order.

    Example:

    >>> from keras_rlgen.planning.tree_search import ModelOutput, root_output
    >>> def step(state, action, seed):  # The first of two arms pays more.
    ...     reward = tf.where(action == 0, 1.0, 0.5)
    ...     zeros = tf.zeros_like(reward)
    ...     return ModelOutput(state, reward, zeros, tf.zeros((3, 2)), zeros)
    >>> root = root_output(tf.zeros((3, 1)), tf.zeros((3, 2)), tf.zeros(3))
    >>> uct_search(root, step, (0, 1), num_simulations=20).action.numpy().tolist()
    [0, 0, 0]

    Reference:
        [Kocsis & Szepesvari, 2006](https://doi.org/10.1007/11871842_29).
    """
    select = functools.partial(
        upper_confidence_bound,
        exploration=exploration,
        value_bounds=check_bounds(value_bounds),
    )
    tree = _search(
        root, step, seed, num_simulations, lambda node, _: select(node), select
    )
    return _most_visited(tree)


def puct_search(
    root, step, seed, num_simulations, first=1.25, base=19652.0, value_bounds=None
):
    """Searches by values and a prior policy, as AlphaZero and MuZero do.

    Action and improved policy are as of `uct_search`. To explore, sample from the
    improved policy.

    Args:
        root: `ModelOutput` of the states to search from, with the prior policy's
            logits.
        step: As in `uct_search`.
        seed: As in `uct_search`.
        num_simulations: As in `uct_search`.
        first: As in `prior_upper_confidence_bound`.
        base: As in `prior_upper_confidence_bound`.
        value_bounds: As in `uct_search`.

    Returns:
        `SearchResult`.

    Raises:
        ValueError: As `uct_search`.

    Reference:
        [Schrittwieser et al., 2020](https://arxiv.org/abs/1911.08265), appendix B.
    """
    select = functools.partial(
        prior_upper_confidence_bound,
        first=first,
        base=base,
        value_bounds=check_bounds(value_bounds),
    )
    tree = _search(
        root, step, seed, num_simulations, lambda node, _: select(node), select
    )
    return _most_visited(tree)


def gumbel_search(
    root,
    step,
    seed,
    num_simulations,
    max_considered=16,
    gumbel_scale=1.0,
    scale=0.1,
    visits_offset=50.0,
    value_bounds=None,
):
    """Searches by sequential halving of sampled actions, which improves the policy.

    At the root, actions are sampled without replacement by the Gumbel-top-k trick, and
    the best found by sequential halving. In expectation the action is better than the
    prior policy's, even with few simulations.

    Args:
        root: As in `puct_search`.
        step: As in `uct_search`.
        seed: As in `uct_search`.
        num_simulations: As in `uct_search`.
        max_considered: Integer >= 1, the most actions that are tried at the root.
        gumbel_scale: Float >= 0: 1 to explore, 0 to act greedily in evaluation.
        scale: As in `completed_values`.
        visits_offset: As in `completed_values`.
        value_bounds: As in `uct_search`.

    Returns:
        `SearchResult`; the improved policy is the softmax of logits and completed
        values.

    Raises:
        ValueError: As `uct_search`; if `max_considered` is not a positive integer.

    Reference:
        [Danihelka et al., 2022](https://openreview.net/forum?id=bERaNdoegnO),
        algorithm 2, sections 3 and 5.
    """
    check_positive(max_considered=max_considered, num_simulations=num_simulations)
    seed = validated_seed(seed)
    shape, num_actions = tf.shape(root.prior_logits), root.prior_logits.shape[1]
    chance = uniform(shape, tf.random.split(seed, 2)[1], 1e-7, 1.0 - 1e-7)
    gumbel = -gumbel_scale * tf.math.log(-tf.math.log(chance))
    schedule = tf.constant(
        halving_schedule(min(max_considered, num_actions), num_simulations)
    )
    allowed = tf.math.is_finite(root.prior_logits)
    considered = tf.reduce_sum(tf.cast(allowed, tf.int32), axis=-1)
    considered = tf.minimum(considered, schedule.shape[0] - 1)

    bounds = check_bounds(value_bounds)

    def improved_logits(node):
        values = completed_values(node, scale, visits_offset, bounds)
        return node.prior_logits + values

    def score(node):
        return gumbel + improved_logits(node)

    def select_at_root(node, simulation):
        return scheduled_action(
            node, score(node), tf.gather(schedule[:, simulation], considered)
        )

    select = functools.partial(
        improved_policy_match,
        scale=scale,
        visits_offset=visits_offset,
        value_bounds=bounds,
    )
    tree = _search(root, step, seed, num_simulations, select_at_root, select)
    node = _root(tree)
    return SearchResult(
        action=scheduled_action(
            node, score(node), tf.reduce_max(node.child_visits, axis=-1)
        ),
        action_weights=tf.nn.softmax(improved_logits(node)),
        value=node.value,
        tree=tree,
    )


def _search(root, step, seed, num_simulations, select_at_root, select):
    """Returns the `SearchTree` after all simulations."""
    check_positive(num_simulations=num_simulations)
    seed = validated_seed(seed)

    def simulate(index, tree):
        key = tf.stack([seed[0], seed[1] + index])
        action = select_at_root(_root(tree), index - 1)
        parent, action = descend(tree, action, select)
        tree = expand(tree, index, parent, action, step, key)
        return index + 1, back_up(tree, index)

    _, tree = tf.while_loop(
        lambda index, tree: index <= num_simulations,
        simulate,
        (tf.constant(1), new_tree(root, num_simulations)),
        maximum_iterations=num_simulations,
    )
    return tree


def _root(tree):
    return node_at(tree, tf.zeros_like(tree.visits[0]))


def _most_visited(tree):
    node = _root(tree)
    visits = tf.cast(node.child_visits, tf.float32)
    weights = visits / tf.reduce_sum(visits, axis=-1, keepdims=True)
    # Below one visit: larger values first.
    order = tf.argsort(tf.argsort(node.action_values, axis=-1), axis=-1)
    fraction = tf.cast(order, tf.float32) / (order.shape[-1] + 1.0)
    action = tf.argmax(visits + fraction, axis=-1, output_type=tf.int32)
    return SearchResult(action, weights, node.value, tree)
