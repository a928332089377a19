"""Batched Monte-Carlo tree search over a model given as a function of tensors."""

from keras_rlgen.planning.tree_search.model_output import ModelOutput, root_output
from keras_rlgen.planning.tree_search.search import (
    SearchResult,
    gumbel_search,
    puct_search,
    uct_search,
)

__all__ = [
    "ModelOutput",
    "SearchResult",
    "gumbel_search",
    "puct_search",
    "root_output",
    "uct_search",
]
