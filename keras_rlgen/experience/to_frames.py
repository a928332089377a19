import numpy as np

from keras_rlgen.experience.columns import rows

FIRST, MID, LAST = 0, 1, 2


def to_frames(experience):
    """Returns the episodes of an `Experience` as frames that follow on each other.

    Args:
        experience: `Experience`.

    Returns:
        Dict of arrays `(len(experience) + num_episodes, ...)`: `observation`, `action`,
        `reward`, `discount`, `step_type` and `next_step_type`. A last observation's
        frame repeats the action before it, with the reward 0 and the discount 1.
    """
    lengths, count = experience.lengths, experience.num_episodes
    num_frames = len(experience) + count
    last = np.cumsum(lengths + 1) - 1
    first = last - lengths
    step_type = np.full(num_frames, MID, "int32")
    step_type[first], step_type[last] = FIRST, LAST
    is_last = step_type == LAST
    # A frame of a last observation shares its row of actions with the frame before it.
    row = np.arange(num_frames) - (np.cumsum(is_last) - is_last) - is_last
    discount = np.ones(num_frames, "float32")
    discount[last - 1] = ~experience.terminated
    return {
        "observation": experience.observations,
        "action": rows(experience.actions, row),
        "reward": np.where(is_last, np.float32(0.0), experience.rewards[row]),
        "discount": discount,
        "step_type": step_type,
        "next_step_type": np.append(step_type[1:], np.int32(FIRST)),
    }
