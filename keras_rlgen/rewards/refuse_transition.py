from keras_rlgen.experience import Transition


def refuse_transition(reward, samples):
    """Raises `TypeError` if a reward of samples was given a `Transition`.

    Args:
        reward: `Reward`, which the error names.
        samples: What it was given.
    """
    if isinstance(samples, Transition):
        raise TypeError(
            f"Reward '{reward.name}' judges samples, such as images. Received: a "
            "`Transition`, which has several parts. Wrap the reward, "
            "`rewards.State(reward)`, to judge the next observation by it; or write a "
            "function of transitions that picks another part."
        )
