"""Evaluation of a generative model: a table of scores and a page of images."""

from keras_rlgen.evaluation.evaluate_generator import evaluate_generator
from keras_rlgen.evaluation.evaluation_table import EvaluationTable

__all__ = ["EvaluationTable", "evaluate_generator"]
