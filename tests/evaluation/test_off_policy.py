import doctest

import numpy as np
import pytest

from keras_rlgen.evaluation import off_policy, off_policy_value

EPISODES, STEPS, DISCOUNT = 6, 3, 0.9


def logged():
    random = np.random.default_rng(0)
    shape = EPISODES, STEPS
    return (
        random.normal(size=shape),
        random.uniform(0.0, 2.0, shape),
        random.normal(size=shape),
        random.normal(size=shape),
    )


def test_example():
    assert doctest.testmod(off_policy).failed == 0


def slow_estimate(rewards, ratios, values, action_values, lengths):
    """Equation 10 of the paper, episode by episode."""

    def product(i, t):
        return np.prod([ratios[i, k] for k in range(min(t + 1, lengths[i]))])

    def weight(i, t):
        if t < 0:
            return 1.0 / EPISODES
        return product(i, t) / sum(product(j, t) for j in range(EPISODES))

    total = 0.0
    for i in range(EPISODES):
        for t in range(lengths[i]):
            total += DISCOUNT**t * weight(i, t) * rewards[i, t]
            total -= DISCOUNT**t * (
                weight(i, t) * action_values[i, t] - weight(i, t - 1) * values[i, t]
            )
    return total


@pytest.mark.parametrize("lengths", [[3] * 6, [1, 3, 2, 3, 3, 1]])
def test_it_equals_a_slow_transcription(lengths):
    rewards, ratios, values, action_values = logged()
    mask = np.arange(STEPS) < np.array(lengths)[:, None]
    options = {"mask": mask, "resamples": 20}
    zeros = np.zeros_like(rewards)
    result = off_policy_value(rewards, ratios, DISCOUNT, **options)
    expected = slow_estimate(rewards, ratios, zeros, zeros, lengths)
    np.testing.assert_allclose(result.value, expected)
    assert result.low <= result.value <= result.high
    assert 1.0 <= result.effective_episodes <= EPISODES
    result = off_policy_value(
        rewards, ratios, DISCOUNT, values, action_values, **options
    )
    expected = slow_estimate(rewards, ratios, values, action_values, lengths)
    np.testing.assert_allclose(result.value, expected)


def test_it_estimates_a_bandit():
    random = np.random.default_rng(1)
    actions = random.integers(0, 2, (4000, 1))  # The logging policy is uniform,
    rewards = np.where(actions == 1, 1.0, 0.0) + 0.1 * random.normal(size=actions.shape)
    ratios = np.where(actions == 1, 1.8, 0.2)  # the other prefers the better arm.
    plain = off_policy_value(rewards, ratios, 1.0)
    assert plain.low < 0.9 < plain.high and abs(plain.value - 0.9) < 0.06
    assert 2000 < plain.effective_episodes < 4000
    action_values = np.where(actions == 1, 1.0, 0.0)
    model = np.full_like(action_values, 0.9), action_values
    robust = off_policy_value(rewards, ratios, 1.0, *model)
    assert abs(robust.value - 0.9) < 0.06
    assert robust.high - robust.low < plain.high - plain.low


def test_without_an_episode_that_follows_the_policy():
    rewards, ratios = np.ones((2, 2)), np.array([[1.0, 0.0], [1.0, 0.0]])
    result = off_policy_value(rewards, ratios, 1.0, resamples=3)
    assert np.isnan([result.value, result.low]).all()
    assert result.effective_episodes == 0.0
    values = np.full((2, 2), 5.0), np.full((2, 2), 4.0)
    # Of the first step 1 - 4 + 5, of the second the value of the model.
    assert off_policy_value(rewards, ratios, 1.0, *values).value == 2.0 + 5.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"ratios": [[1.0]]}, "`ratios` of the shape of `rewards`"),
        ({"ratios": [[1.0, np.inf]]}, r"Received: inf at \(episode, step\) = \[0, 1\]"),
        ({"ratios": [[1.0, -1.0]]}, "`ratios` >= 0"),
        ({"values": [[1.0, 1.0]]}, "both `values` and `action_values`"),
        ({"discount": 1.5}, r"`discount` in \[0, 1\]"),
        ({"rewards": [1.0, 2.0], "ratios": [1.0, 1.0]}, r"\(episodes, steps\)"),
    ],
)
def test_errors(arguments, message):
    given = {"rewards": [[1.0, 2.0]], "ratios": [[1.0, 1.0]], "discount": 1.0}
    with pytest.raises(ValueError, match=message):
        off_policy_value(**{**given, **arguments})
