import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.experience import from_frames

FIRST, MID, LAST = 0, 1, 2


def make_frames(num_environments=5, steps=40, seed=0):
    """Returns frames made one after the other, and the episodes that are in them."""
    random = np.random.default_rng(seed)
    keys = "observation", "action", "reward", "step_type", "next_step_type", "discount"
    frames = {key: np.zeros((num_environments, steps)) for key in keys}
    last_observation = np.zeros(num_environments)
    episodes, row = [], 0
    for n in range(num_environments):
        step_type = random.choice([FIRST, MID, LAST])
        episode = None
        for t in range(steps):
            row += 1
            terminated = False
            if step_type == LAST:
                next_step_type, reward = FIRST, 0.0
                if episode:
                    episode["observations"].append(row)
                    episodes.append(episode)
                episode = None
            else:
                next_step_type = LAST if random.random() < 0.3 else MID
                terminated = next_step_type == LAST and random.random() < 0.5
                reward = random.normal()
                if episode is None:
                    episode = {"observations": [], "rewards": []}
                episode["observations"].append(row)
                episode["rewards"].append(np.float32(reward))
                episode["terminated"] = terminated
            values = row, -row, reward, step_type, next_step_type, 1.0 - terminated
            for key, value in zip(keys, values, strict=True):
                frames[key][n, t] = value
            step_type = next_step_type
        row += 1
        last_observation[n] = row
        if episode:
            episode["observations"].append(row)
            episodes.append(episode)
    return {**frames, "last_observation": last_observation}, episodes


@pytest.mark.parametrize("seed", range(5))
def test_episodes_agree_with_a_loop(seed):
    frames, episodes = make_frames(seed=seed)
    experience = from_frames(**frames)
    expected = [len(episode["rewards"]) for episode in episodes]
    np.testing.assert_array_equal(experience.lengths, expected)
    np.testing.assert_array_equal(
        experience.terminated, [episode["terminated"] for episode in episodes]
    )
    for key in ("observations", "rewards"):
        values = np.concatenate([episode[key] for episode in episodes])
        np.testing.assert_array_equal(getattr(experience, key), values)
    transitions = experience.transitions()
    np.testing.assert_array_equal(transitions.action, -transitions.observation)


def test_nests():
    frames, _ = make_frames()
    for key in ("observation", "last_observation", "action"):
        frames[key] = {"a": (frames[key],), "b": frames[key][..., None]}
    experience = from_frames(**frames)
    np.testing.assert_array_equal(
        experience.observations["a"][0], experience.observations["b"][:, 0]
    )


def test_what_a_discount_says_within_an_episode_is_no_end():
    shape = (1, 3)
    experience = from_frames(
        observation=np.zeros(shape),
        action=np.zeros(shape),
        reward=np.ones(shape),
        step_type=np.array([[FIRST, MID, MID]]),
        next_step_type=np.array([[MID, MID, MID]]),
        discount=np.zeros(shape),
        last_observation=np.zeros((1,)),
    )
    assert experience.num_episodes == 1 and not experience.terminated.any()


@pytest.mark.parametrize(
    "step_type, next_step_type, message",
    [
        ([[LAST]], [[FIRST]], "Expected frames with a step"),
        ([[FIRST, MID]], [[LAST, MID]], "that follow on each other"),
        ([[FIRST, LAST]], [[MID, FIRST]], "that follow on each other"),
        ([FIRST, MID], [MID, MID], "that follow on each other"),
    ],
)
def test_errors(step_type, next_step_type, message):
    step_type = np.array(step_type)
    zeros = tf.zeros(step_type.shape)
    with pytest.raises(ValueError, match=message):
        from_frames(
            zeros, zeros, zeros, step_type, np.array(next_step_type), zeros, zeros[0]
        )
