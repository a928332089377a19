import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.agents import DQN, PPO, SAC
from keras_rlgen.environments import (
    CartPole,
    ContinuousAction,
    DiscreteAction,
    GeneratedEnvironment,
    Pendulum,
)
from keras_rlgen.experience import ArraySpec, Experience
from keras_rlgen.models import (
    DynamicsNetwork,
    ExperienceGenerator,
    TransitionGAN,
    TransitionVectors,
)
from tests.agents.toys import mlp
from tests.models.experience.toys import (
    SPECS,
    dynamics,
    fitted_dynamics,
    fitted_ensemble,
    walks,
)

STARTS = walks(20, seed=1)
OFF_POLICY = {
    "batch_size": 2,
    "warm_up_steps": 4,
    "collect_steps": 4,
    "updates_per_step": 0.25,
    "seed": 0,
}


def imagined(model=None, **kwargs):
    return GeneratedEnvironment(model or fitted_ensemble(), STARTS, **kwargs)


def critic():
    """Returns the values of observations and actions of a `Pendulum`."""
    inputs = [keras.Input((3,)), keras.Input((1,))]
    return keras.Model(inputs, mlp(1, 4)(keras.layers.Concatenate()(inputs)))


def random_steps(observation, action, count=16):
    """Returns an episode of random numbers of specs."""
    random = np.random.default_rng(0)
    actions = random.integers(2, size=(count, *action.shape))
    return Experience(
        random.normal(size=(count + 1, *observation.shape)).clip(-0.9, 0.9),
        actions.astype(action.dtype.as_numpy_dtype),
        random.normal(size=count),
        [count],
        [True],
    )


def generator_of(experience, specs):
    """Returns a model that was trained on one batch of steps."""
    sizes = TransitionVectors(specs)
    network = mlp(sizes.sample_dim, sizes.condition_dim)
    model = ExperienceGenerator(DynamicsNetwork(network), specs, seed=0)
    model.compile(run_eagerly=True)
    model.fit(experience, steps_per_epoch=1, batch_size=8, verbose=0)
    return model


def test_episodes_begin_in_recorded_observations_with_a_member_each():
    environment = imagined()
    state = environment.reset((0, 1), 500)
    recorded = {tuple(x) for x in STARTS.transitions().observation}
    assert {tuple(x) for x in environment.observe(state).numpy()} <= recorded
    member = state.inner_state.member.numpy()
    assert set(member) == {0, 1} and 200 < member.sum() < 300
    assert environment.action.count == 2 and environment.max_episode_steps == 64


@pytest.mark.parametrize("jit_compile", [False, True])
def test_a_step_is_that_of_the_member(jit_compile):
    environment, model = imagined(max_episode_steps=1), fitted_ensemble()
    state = environment.reset((0, 1), 6)
    action, seed = tf.constant([0, 1] * 3), tf.constant([0, 2])
    step = tf.function(environment.step, jit_compile=jit_compile)
    after, result = step(state, action, seed)
    inner = state.inner_state
    expected = model.sample(inner.observation, action, seed, member=inner.member)
    np.testing.assert_allclose(result.observation, expected.next_observation, atol=1e-5)
    np.testing.assert_allclose(result.reward, 2.0, atol=1e-5)
    assert result.truncated.numpy().all()
    np.testing.assert_array_equal(after.inner_state.member, inner.member)


def test_it_is_like_the_real_environment():
    environment = imagined(fitted_dynamics())
    observation = tf.constant([[0.0, 0.5], [0.3, 0.5]])
    state = environment.reset((0, 1), 2)
    state = state._replace(inner_state=environment.inner_state_of(observation))
    _, result = environment.step(state, tf.constant([0, 1]), (0, 2))
    np.testing.assert_allclose(result.observation, [[-0.1, 0.5], [0.4, 0.5]], atol=0.05)
    np.testing.assert_array_equal(result.terminated, [False, True])


def test_values_are_clipped_to_the_range_seen_and_their_distance_is_measured():
    environment = imagined(fitted_dynamics())
    seen = STARTS.observations
    high, scale = seen.max(axis=0), seen.std(axis=0)
    outside = high + np.float32([0.0, 2.0]) * scale
    distance = environment.distance(tf.constant([seen[0], outside]))
    np.testing.assert_allclose(distance, [0.0, 2.0], atol=1e-4)
    with pytest.warns(UserWarning, match="1 of 2 observations .* up to 2 standard"):
        inner = environment.inner_state_of(tf.constant([seen[0], outside]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        environment.inner_state_of(tf.constant([seen[0]]))
    state = environment.reset((0, 1), 2)._replace(inner_state=inner)
    state, result = environment.step(state, tf.constant([0, 0]), (0, 2))
    assert (result.observation <= high).numpy().all()
    assert state.inner_state.excess[1] > 1.5


def test_starts_are_replaced_and_the_last_ones_kept():
    environment = imagined(max_starts=30)
    assert environment.num_starts.numpy() == 30
    environment.assign_starts(walks(1, length=2, seed=3))
    assert environment.num_starts.numpy() <= 2
    observation = environment.observe(environment.reset((0, 1), 50)).numpy()
    expected = walks(1, length=2, seed=3).transitions().observation
    assert {tuple(x) for x in observation} == {tuple(x) for x in expected}


def test_agents_of_every_kind_train_in_it():
    agents = [
        DQN(mlp(2, 4), CartPole(), **OFF_POLICY),
        PPO(
            mlp(2, 4),
            mlp(1, 4),
            environment=CartPole(),
            num_environments=2,
            steps_per_update=4,
            epochs=1,
            seed=0,
        ),
        SAC(mlp(2), critic(), Pendulum(), **OFF_POLICY),
    ]
    for agent in agents:
        agent.compile(run_eagerly=True)
        specs = agent.specs.observation, agent.specs.action
        experience = random_steps(*specs)
        environment = GeneratedEnvironment(
            generator_of(experience, specs), experience, max_episode_steps=3
        )
        kind = ContinuousAction if isinstance(agent, SAC) else DiscreteAction
        assert isinstance(environment.action, kind)
        agent.train_steps(4, environment)
        assert agent.imagined_steps > 0 and agent.environment_steps == 0


def test_what_is_refused():
    with pytest.raises(TypeError, match="`ExperienceGenerator` or an"):
        GeneratedEnvironment(keras.Sequential(), STARTS)
    with pytest.raises(ValueError, match="cannot be stepped"):
        imagined(TransitionGAN(specs=SPECS, given=()))
    with pytest.raises(ValueError, match="that was trained"):
        imagined(dynamics())
    with pytest.raises(ValueError, match="`max_episode_steps`.*at least 1"):
        imagined(max_episode_steps=0)
    with pytest.raises(ValueError, match="`max_starts` >= 1"):
        imagined(max_starts=0)
    with pytest.raises(TypeError, match="`starts` to be an `Experience`"):
        GeneratedEnvironment(fitted_dynamics(), np.zeros((3, 2)))
    other = Experience(np.zeros((2, 3)), np.zeros(1, "int32"), [0.0], [1], [False])
    with pytest.raises(ValueError, match="of shape"):
        GeneratedEnvironment(fitted_dynamics(), other)
    images = ArraySpec((2, 2)), SPECS[1]
    with pytest.raises(ValueError, match="one vector of float32"):
        imagined(TransitionGAN(specs=images))
    unbounded = SPECS[0], ArraySpec((1,))
    with pytest.raises(ValueError, match="floats between"):
        imagined(TransitionGAN(specs=unbounded))
    with pytest.raises(NotImplementedError, match="holds the weights"):
        imagined().get_config()
