"""Evaluation of generative models, and of what agents gain from them."""

from keras_rlgen.evaluation.compare_edits import compare_edits
from keras_rlgen.evaluation.compare_experience import compare_experience
from keras_rlgen.evaluation.compare_restorations import compare_restorations
from keras_rlgen.evaluation.edit_table import EditTable
from keras_rlgen.evaluation.evaluate_generator import evaluate_generator
from keras_rlgen.evaluation.evaluation_table import EvaluationTable
from keras_rlgen.evaluation.experience_table import ExperienceTable
from keras_rlgen.evaluation.model_card import model_card
from keras_rlgen.evaluation.off_policy import OffPolicyEstimate, off_policy_value
from keras_rlgen.evaluation.quality_diversity import quality_diversity
from keras_rlgen.evaluation.quality_diversity_table import QualityDiversityTable
from keras_rlgen.evaluation.restoration_table import RestorationTable
from keras_rlgen.evaluation.simple_fills import mean_fill, nearest_neighbor_fill
from keras_rlgen.evaluation.token_likelihood import token_nll

__all__ = [
    "EditTable",
    "EvaluationTable",
    "ExperienceTable",
    "OffPolicyEstimate",
    "QualityDiversityTable",
    "RestorationTable",
    "compare_edits",
    "compare_experience",
    "compare_restorations",
    "evaluate_generator",
    "mean_fill",
    "model_card",
    "nearest_neighbor_fill",
    "off_policy_value",
    "quality_diversity",
    "token_nll",
]
