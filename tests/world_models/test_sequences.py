import numpy as np

from keras_rlgen.experience import Experience
from keras_rlgen.world_models.sequences import sequence_batches, sequences_from

EXPERIENCE = Experience(
    observations=np.arange(7.0)[:, None],
    actions=np.array([0, 1, 2, 10, 11]),
    rewards=np.array([0.0, 1.0, 2.0, 10.0, 11.0]),
    lengths=[3, 2],
    terminated=[True, False],
)


def test_sequences_end_with_their_episode():
    sequences = sequences_from(EXPERIENCE, np.array([0, 2, 3]), 3)
    np.testing.assert_array_equal(
        sequences.observation[:, :, 0], [[0, 1, 2, 3], [2, 3, 3, 3], [4, 5, 6, 6]]
    )
    np.testing.assert_array_equal(sequences.mask, [[1, 1, 1], [1, 0, 0], [1, 1, 0]])
    np.testing.assert_array_equal(sequences.action[0], [0, 1, 2])
    assert sequences.action[1, 0] == 2
    np.testing.assert_array_equal(sequences.reward[2, :2], [10.0, 11.0])
    np.testing.assert_array_equal(
        sequences.terminated,
        [[False, False, True], [True, False, False], [False, False, False]],
    )


def test_batches_begin_at_every_step_and_obey_the_seed():
    first, second = (
        next(iter(sequence_batches(EXPERIENCE, 2, 200, seed=3))) for _ in range(2)
    )
    np.testing.assert_array_equal(first.observation, second.observation)
    assert set(first.action[:, 0].numpy()) == {0, 1, 2, 10, 11}
