"""The losses of a minibatch, and their gradients, against slow NumPy."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_probability import distributions as tfd

from keras_rlgen.agents.algorithms.weighted_ppo import (
    WeightedPPOAgent,
    WeightedPPOClipAgent,
    WeightedPPOKLPenaltyAgent,
)
from keras_rlgen.agents.bridge.optimizer import KerasOptimizer
from keras_rlgen.agents.networks import (
    CategoricalNetwork,
    NormalNetwork,
    ValueNetwork,
)
from tests.agents.toys import BoundedTensorSpec, StepType, tf_agents, trajectories
from tests.networks import linear

SIZE, FRAMES, ACTIONS = 2, 12, 3
OBSERVATION = tf.TensorSpec((SIZE,))
DISCRETE = BoundedTensorSpec((), tf.int32, 0, ACTIONS - 1)
CONTINUOUS = BoundedTensorSpec((2,), tf.float32, -1.0, 1.0)
REGULARIZATION = 0.01
random = np.random.default_rng(0)


def make_agent(agent_class, action_spec, value_weight=0.5, **kwargs):
    """Returns an agent of linear models, and these."""
    outputs = ACTIONS if action_spec is DISCRETE else 4
    actor = linear(SIZE, outputs, 0.3 * random.normal(size=(SIZE, outputs)))
    critic = linear(SIZE, 1, 0.3 * random.normal(size=(SIZE, 1)))
    critic.layers[0].kernel.regularizer = keras.regularizers.L2(REGULARIZATION)
    network = CategoricalNetwork if action_spec is DISCRETE else NormalNetwork
    variables = actor.trainable_variables + critic.trainable_variables
    agent = agent_class(
        trajectories.time_step_spec(OBSERVATION),
        action_spec,
        actor_net=network(actor, OBSERVATION, action_spec),
        value_net=ValueNetwork(critic, OBSERVATION),
        # One update by gradient descent at a learning rate of 1 shows the gradient.
        optimizer=KerasOptimizer(keras.optimizers.SGD(1.0), variables),
        value_pred_loss_coef=value_weight,
        normalize_observations=False,
        train_step_counter=tf.Variable(0, dtype=tf.int64),
        **kwargs,
    )
    agent.initialize()
    return agent, variables


def make_experience(action_spec):
    """Returns frames, dict of NumPy arrays, as an older policy made them."""
    discrete = action_spec is DISCRETE
    observation = random.normal(size=(FRAMES, SIZE))
    if discrete:
        action = random.integers(ACTIONS, size=FRAMES)
        parameters = {"logits": random.normal(size=(FRAMES, ACTIONS))}
    else:
        action = random.normal(size=(FRAMES, 2))
        parameters = {
            "loc": 0.3 * random.normal(size=(FRAMES, 2)),
            "scale_diag": np.exp(0.3 * random.normal(size=(FRAMES, 2))),
        }
    return {
        "observation": observation,
        "action": action,
        "parameters": parameters,
        "value": random.normal(size=FRAMES),
        "return": random.normal(size=FRAMES),
        "advantage": random.normal(loc=1.0, size=FRAMES),
    }


def as_trajectory(frames, action_spec):
    def tensor(x, dtype=tf.float32):
        return tf.cast(x, dtype)[:, tf.newaxis]

    ones = tf.ones((FRAMES, 1))
    step_type = tf.cast(ones, tf.int32) * StepType.MID
    return trajectories.Trajectory(
        step_type=step_type,
        observation=tensor(frames["observation"]),
        action=tensor(frames["action"], action_spec.dtype),
        policy_info={
            "dist_params": tf.nest.map_structure(tensor, frames["parameters"]),
            "value_prediction": tensor(frames["value"]),
            "return": tensor(frames["return"]),
            "advantage": tensor(frames["advantage"]),
        },
        next_step_type=step_type,
        reward=0.0 * ones,
        discount=ones,
    )


def log_softmax(logits):
    return logits - np.log(np.exp(logits).sum())


def log_normal(x, mean, scale):
    return np.sum(
        -0.5 * ((x - mean) / scale) ** 2 - np.log(scale) - 0.5 * np.log(2 * np.pi)
    )


def numpy_terms(frames, kernel, bias, frame):
    """Returns log-probabilities before and after, entropy and divergence."""
    outputs = frames["observation"][frame] @ kernel + bias
    action = frames["action"][frame]
    before = {name: value[frame] for name, value in frames["parameters"].items()}
    if "logits" in before:
        old, new = log_softmax(before["logits"]), log_softmax(outputs)
        entropy = -np.sum(np.exp(new) * new)
        return old[action], new[action], entropy, np.sum(np.exp(old) * (old - new))
    mean, scale = outputs[:2], np.exp(outputs[2:])
    old_mean, old_scale = before["loc"], before["scale_diag"]
    divergence = (
        np.log(scale / old_scale)
        + (old_scale**2 + (old_mean - mean) ** 2) / (2 * scale**2)
        - 0.5
    )
    return (
        log_normal(action, old_mean, old_scale),
        log_normal(action, mean, scale),
        np.sum(0.5 * np.log(2 * np.pi * np.e * scale**2)),
        divergence.sum(),
    )


def numpy_losses(
    weights,
    frames,
    variables,
    clip=None,
    value_clip=None,
    entropy_weight=0.0,
    kl_weight=0.0,
    normalize=True,
):
    """Schulman et al., 2017, equations 7, 8 and 9, frame by frame."""
    kernel, bias, value_kernel, value_bias = variables
    total = weights.sum()
    advantages = frames["advantage"]
    if normalize:
        mean = np.sum(weights * advantages) / total
        variance = np.sum(weights * (advantages - mean) ** 2) / total
        advantages = (advantages - mean) / np.sqrt(variance)
    sums = dict.fromkeys(("policy", "value", "entropy", "kl", "clipped"), 0.0)
    penalty = 0.0
    for frame in range(FRAMES):
        old, new, entropy, divergence = numpy_terms(frames, kernel, bias, frame)
        ratio = np.exp(new - old)
        gain = ratio * advantages[frame]
        if clip is not None:
            gain = min(gain, np.clip(ratio, 1 - clip, 1 + clip) * advantages[frame])
            sums["clipped"] += weights[frame] * (abs(ratio - 1) > clip)
        value = (frames["observation"][frame] @ value_kernel + value_bias)[0]
        error = (value - frames["return"][frame]) ** 2
        if value_clip is not None:
            before = frames["value"][frame]
            clipped = before + np.clip(value - before, -value_clip, value_clip)
            error = max(error, (clipped - frames["return"][frame]) ** 2)
        sums["policy"] -= weights[frame] * gain
        sums["value"] += weights[frame] * error
        sums["entropy"] += weights[frame] * entropy
        sums["kl"] += weights[frame] * (ratio - 1 - np.log(ratio))
        penalty += weights[frame] * divergence
    means = {name: value / total for name, value in sums.items()}
    loss = (
        means["policy"]
        + 0.5 * means["value"]
        - entropy_weight * means["entropy"]
        + kl_weight * penalty / total
        + REGULARIZATION * np.sum(value_kernel**2)
    )
    return loss, means


def numpy_gradients(loss, variables, step=1e-5):
    """Central differences."""
    gradients = [np.zeros_like(v) for v in variables]
    for variable, gradient in zip(variables, gradients, strict=True):
        for index in np.ndindex(variable.shape):
            at = variable[index]
            variable[index] = at + step
            above = loss()
            variable[index] = at - step
            gradient[index] = (above - loss()) / (2 * step)
            variable[index] = at
    return gradients


CASES = {
    "plain": (
        WeightedPPOAgent,
        {"initial_adaptive_kl_beta": 0.0, "kl_cutoff_factor": 0.0},
        {},
    ),
    "clip": (
        WeightedPPOClipAgent,
        {"importance_ratio_clipping": 0.2},
        {"clip": 0.2},
    ),
    "everything": (
        WeightedPPOClipAgent,
        {
            "importance_ratio_clipping": 0.3,
            "value_clipping": 0.5,
            "entropy_regularization": 0.1,
            "normalize_advantages": False,
        },
        {"clip": 0.3, "value_clip": 0.5, "entropy_weight": 0.1, "normalize": False},
    ),
    "divergence": (
        WeightedPPOKLPenaltyAgent,
        {
            "initial_adaptive_kl_beta": 0.7,
            "adaptive_kl_target": 0.01,
            "adaptive_kl_tolerance": 0.3,
            "kl_cutoff_factor": 0.0,
        },
        {"kl_weight": 0.7},
    ),
}


@pytest.mark.parametrize("action_spec", [DISCRETE, CONTINUOUS], ids=["d", "c"])
@pytest.mark.parametrize("case", CASES)
def test_losses_and_gradients(case, action_spec):
    agent_class, options, numpy_options = CASES[case]
    agent, variables = make_agent(agent_class, action_spec, **options)
    frames = make_experience(action_spec)
    weights = random.uniform(0.5, 1.5, size=FRAMES)
    weights[:3] = 0.0
    before = [np.array(v, "float64") for v in variables]

    def losses():
        return numpy_losses(weights, frames, before, **numpy_options)

    expected = numpy_gradients(lambda: losses()[0], before)
    loss, means = losses()
    info = agent.train(
        as_trajectory(frames, action_spec), tf.cast(weights[:, None], tf.float32)
    )
    np.testing.assert_allclose(info.loss, loss, rtol=1e-4)
    np.testing.assert_allclose(info.extra.policy_loss, means["policy"], rtol=1e-4)
    np.testing.assert_allclose(info.extra.value_loss, means["value"], rtol=1e-4)
    np.testing.assert_allclose(info.extra.entropy, means["entropy"], rtol=1e-4)
    np.testing.assert_allclose(info.extra.approximate_kl, means["kl"], rtol=1e-4)
    if "clip" in numpy_options:
        np.testing.assert_allclose(
            info.extra.clip_fraction, means["clipped"], rtol=1e-4
        )
    for variable, start, gradient in zip(variables, before, expected, strict=True):
        np.testing.assert_allclose(
            start - variable.numpy(), gradient, rtol=1e-3, atol=1e-5
        )
    assert agent.train_step_counter == 1


def test_frames_of_weight_zero_count_for_nothing():
    frames = make_experience(DISCRETE)
    weights = np.ones((FRAMES, 1), "float32")
    weights[:4] = 0.0
    agent, variables = make_agent(WeightedPPOClipAgent, DISCRETE)
    start = [v.numpy() for v in variables]
    agent.train(as_trajectory(frames, DISCRETE), tf.constant(weights))
    after = [v.numpy() for v in variables]
    for name in ("observation", "return", "advantage", "value"):
        frames[name][:4] = 100.0
    for variable, value in zip(variables, start, strict=True):
        variable.assign(value)
    agent.train(as_trajectory(frames, DISCRETE), tf.constant(weights))
    for variable, value, at in zip(variables, after, start, strict=True):
        np.testing.assert_allclose(variable.numpy(), value, rtol=1e-5, atol=1e-6)
        assert (value != at).any()


def test_without_weights_frames_between_episodes_are_left_out():
    frames = make_experience(DISCRETE)
    experience = as_trajectory(frames, DISCRETE)
    step_type = experience.step_type.numpy()
    step_type[:4] = StepType.LAST
    weights = (step_type != StepType.LAST).astype("float32")
    agent, variables = make_agent(WeightedPPOClipAgent, DISCRETE)
    start = [v.numpy() for v in variables]
    results = []
    for arguments in [
        (experience, tf.constant(weights)),
        (experience.replace(step_type=tf.constant(step_type)),),
    ]:
        for variable, value in zip(variables, start, strict=True):
            variable.assign(value)
        agent.train(*arguments)
        results.append([v.numpy() for v in variables])
    for first, second in zip(*results, strict=True):
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(
    "target, factor", [(1e-4, 1.5), (100.0, 1 / 1.5)], ids=["above", "below"]
)
def test_the_weight_of_the_divergence_adapts(target, factor):
    agent, _ = make_agent(
        WeightedPPOKLPenaltyAgent,
        DISCRETE,
        initial_adaptive_kl_beta=1.0,
        adaptive_kl_target=target,
        adaptive_kl_tolerance=0.3,
        kl_cutoff_factor=0.0,
    )
    experience = as_trajectory(make_experience(DISCRETE), DISCRETE)
    agent.train(experience, tf.ones((FRAMES, 1)))
    assert agent._adaptive_kl_beta == 1.0
    agent.adapt_kl_penalty(experience, tf.ones((FRAMES, 1)))
    np.testing.assert_allclose(agent._adaptive_kl_beta, factor, rtol=1e-6)


def test_it_is_an_agent_of_tf_agents():
    agent, _ = make_agent(WeightedPPOClipAgent, DISCRETE)
    assert isinstance(agent, tf_agents.agents.PPOClipAgent)
    experience = as_trajectory(make_experience(DISCRETE), DISCRETE)
    assert np.isfinite(agent.train(experience).loss)


def test_a_logit_may_be_minus_infinity():
    agent, _ = make_agent(WeightedPPOClipAgent, DISCRETE)
    logits = tf.constant([[[1.0, 2.0, -np.inf]]])
    distribution = tfd.Categorical(logits=logits)
    action = tf.constant([[1]])
    log_probs, entropy = agent._log_probs_and_entropy(distribution, action)
    np.testing.assert_allclose(log_probs, distribution.log_prob(action), rtol=1e-6)
    np.testing.assert_allclose(entropy, distribution.entropy(), rtol=1e-6)
