"""Generative models trained by reward.

They are imported on first use, since some of them contain an agent.
"""

from keras_rlgen.lazy_names import lazy_names

_MODULES = {
    "AdversarialImitation": "adversarial_imitation",
    "ConditionalDQNGAN": "dqn_gan.conditional_dqn_gan",
    "DQNGAN": "dqn_gan.dqn_gan",
    "JointControl": "joint_control",
    "ModelBasedAgent": "model_based_agent",
    "RLVAE": "rl_vae",
    "ReinforceGAN": "reinforce_gan",
    "RestoringGAN": "restoring_gan",
    "RestoringVAE": "restoring_vae",
    "RewardTuner": "reward_tuner",
    "SequenceGAN": "sequence_gan",
    "AdaptiveKL": "algorithms.adaptive_kl",
    "DirectPreferenceOptimization": "algorithms.direct_preference_optimization",
    "FixedKL": "algorithms.fixed_kl",
    "GroupRelativePolicyOptimization": (
        "algorithms.group_relative_policy_optimization"
    ),
    "PolicyGradient": "algorithms.policy_gradient",
    "ProximalPolicyOptimization": "algorithms.proximal_policy_optimization",
    "RelativeKL": "algorithms.relative_kl",
    "TuningAlgorithm": "algorithms.tuning_algorithm",
}

__all__ = sorted(_MODULES)

_REGISTERED = [name for name in _MODULES if name != "TuningAlgorithm"]

__getattr__, __dir__ = lazy_names(__name__, _MODULES, files=_REGISTERED)
