from keras_rlgen.experience import Transition


def refuse_transition(reward, samples):
    """Raises `TypeError` if a reward of samples was given a `Transition`.

    Args:
        reward: `Reward`, named in the error.
        samples: The reward's input.
    """
    if isinstance(samples, Transition):
        raise TypeError(
            f"Reward '{reward.name}' takes samples, such as images. Received: a "
            "`Transition`, which has several parts. Wrap the reward, "
            "`rewards.State(reward)`, to apply it to the next observation; or write a "
            "function of transitions that selects another part."
        )
