"""Evaluation of a generative model: a table of scores and a page of images."""

from keras_rlgen.evaluation.compare_edits import compare_edits
from keras_rlgen.evaluation.edit_table import EditTable
from keras_rlgen.evaluation.evaluate_generator import evaluate_generator
from keras_rlgen.evaluation.evaluation_table import EvaluationTable

__all__ = ["EditTable", "EvaluationTable", "compare_edits", "evaluate_generator"]
