"""A generative model beside real data: one table, one page of pictures."""

from keras_rlgen.evaluation.evaluate_generator import evaluate_generator
from keras_rlgen.evaluation.evaluation_table import EvaluationTable

__all__ = ["EvaluationTable", "evaluate_generator"]
