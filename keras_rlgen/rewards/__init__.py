"""Rewards: `reward(samples) -> (batch,)`, float32, higher is better."""

from keras_rlgen.identifiers import from_identifier
from keras_rlgen.rewards.arithmetic import Product, Scaled, Sum
from keras_rlgen.rewards.batch_size import batch_size
from keras_rlgen.rewards.boundary_smoothness import BoundarySmoothness
from keras_rlgen.rewards.classifier_confidence import ClassifierConfidence
from keras_rlgen.rewards.compressibility import Compressibility
from keras_rlgen.rewards.controls import Constant, Shuffled, UniformRandom
from keras_rlgen.rewards.counts import Counts
from keras_rlgen.rewards.discriminator import Discriminator
from keras_rlgen.rewards.distance_to_target import DistanceToTarget
from keras_rlgen.rewards.diversity_filter import DiversityFilter
from keras_rlgen.rewards.environment import Environment
from keras_rlgen.rewards.export_reward import export_reward
from keras_rlgen.rewards.function_reward import FunctionReward
from keras_rlgen.rewards.goal_image import GoalImage
from keras_rlgen.rewards.images import Contrast, Sharpness
from keras_rlgen.rewards.imitation import Imitation
from keras_rlgen.rewards.normalized_terms import NormalizedTerms
from keras_rlgen.rewards.novelty import Novelty
from keras_rlgen.rewards.potential_shaping import PotentialShaping
from keras_rlgen.rewards.random_network_distillation import RandomNetworkDistillation
from keras_rlgen.rewards.realism import Realism
from keras_rlgen.rewards.reward import Reward, as_reward
from keras_rlgen.rewards.shaping import Clipped, Normalized
from keras_rlgen.rewards.state import State

NAMES = {
    "discriminator": Discriminator,
    "sharpness": Sharpness,
    "contrast": Contrast,
    "compressibility": Compressibility,
    "boundary_smoothness": BoundarySmoothness,
    "constant": Constant,
    "uniform_random": UniformRandom,
    "environment": Environment,
}


def get(identifier):
    """Returns a `Reward` from a name, reward, function of samples or config.

    Raises:
        ValueError: If the name is unknown.
        TypeError: If it is none of these.

    Example:

    >>> get("sharpness").name
    'sharpness'
    """
    if not isinstance(identifier, (str, dict)):
        return as_reward(identifier)
    return from_identifier(
        identifier, Reward, NAMES, "reward", "a `Reward` or a function of samples"
    )


__all__ = [
    "BoundarySmoothness",
    "ClassifierConfidence",
    "Clipped",
    "Compressibility",
    "Constant",
    "Contrast",
    "Counts",
    "Discriminator",
    "DistanceToTarget",
    "DiversityFilter",
    "Environment",
    "FunctionReward",
    "GoalImage",
    "Imitation",
    "Normalized",
    "NormalizedTerms",
    "Novelty",
    "PotentialShaping",
    "Product",
    "RandomNetworkDistillation",
    "Realism",
    "Reward",
    "Scaled",
    "Sharpness",
    "Shuffled",
    "State",
    "Sum",
    "UniformRandom",
    "batch_size",
    "export_reward",
    "get",
]
