import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import agents, rewards
from keras_rlgen.environments import CartPole
from keras_rlgen.models import TransitionGAN
from keras_rlgen.rl_models import DQNGAN, JointControl
from tests import networks
from tests.agents.toys import mlp
from tests.networks import assert_same, differ, linear, real_samples, values

SGD = keras.optimizers.SGD
KERNEL = np.array([[0.5, -0.3], [0.2, 0.8]], "float32")
JUDGE = np.array([[0.7], [-0.4]], "float32")
REAL = real_samples(8)
LATENTS = np.random.default_rng(3).normal(size=(8, 2)).astype("float32")


@keras.saving.register_keras_serializable("keras_rlgen_tests")
def first_of_target(samples, condition):
    """The closeness of the first value to 1, or to -1 for target 1."""
    wanted = 1.0 - 2.0 * tf.cast(condition, tf.float32)
    return -tf.abs(samples[:, 0] - wanted)


def make(**kwargs):
    arguments = {
        "latent_dim": 2,
        "directions": "axes",
        "max_edits": 3,
        "num_environments": 4,
        "replay_capacity": 64,
        "seed": 0,
    }
    generator = linear(2, 2, np.eye(2))
    return DQNGAN(generator, networks.discriminator(), **{**arguments, **kwargs})


def linear_gan():
    """Returns one of linear networks, with fixed latents in `_train_generator`."""
    q_network = linear(4, 5, np.arange(20.0).reshape(4, 5) / 20.0)
    gan = DQNGAN(
        linear(2, 2, KERNEL),
        linear(2, 1, JUDGE),
        q_network,
        latent_dim=2,
        directions="axes",
        num_environments=4,
        max_edits=3,
        seed=0,
    )
    gan._latents = lambda count: tf.constant(LATENTS)
    return gan


def numpy_losses(generator, judge, q_kernel, cap=0.9, temperature=0.5):
    """Returns `L_D`, `-E[log D(G(z))]` and `-E[log pi_Q(a | s)]`.

    The last rows of the matrices `generator` and `judge` are biases.
    """
    generated = LATENTS @ generator[:2] + generator[2]
    real_logits, logits = (x @ judge[:2] + judge[2] for x in (REAL, generated))
    loss_d = np.mean(np.log1p(np.exp(-real_logits))) + np.mean(np.log1p(np.exp(logits)))
    loss_g = np.mean(np.log1p(np.exp(-logits)))
    scaled = np.concatenate([LATENTS, generated], axis=1) @ q_kernel / temperature
    log_probs = scaled - np.log(np.sum(np.exp(scaled), axis=1, keepdims=True))
    return loss_d, loss_g, -np.mean(np.minimum(log_probs.max(axis=1), np.log(cap)))


def slope(function, at, step=1e-4):
    """Returns the gradient by central differences."""
    gradient = np.zeros_like(at, "float64")
    for index in np.ndindex(at.shape):
        moved = np.zeros_like(at, "float64")
        moved[index] = step
        gradient[index] = (function(at + moved) - function(at - moved)) / (2 * step)
    return gradient


@pytest.mark.parametrize("balance", [False, True])
def test_losses_and_gradients_equal_numpy(balance):
    gan = linear_gan()
    gan.compile(
        SGD(1.0),
        SGD(0.0),
        SGD(0.0),
        policy_weight=0.3,
        policy_temperature=0.5,
        balance_gradients=balance,
        loss="non_saturating",
        run_eagerly=True,
    )
    gan.agent.train_step_counter.assign(1)  # The policy counts once it has learned.
    q_kernel = gan.agent.q_network.layers[0].kernel.numpy()
    logs = gan.train_step(tf.constant(REAL))
    logs = {name: float(value) for name, value in logs.items()}
    generator = np.vstack([KERNEL, np.zeros((1, 2))])  # With the bias.
    judge = np.vstack([JUDGE, np.zeros((1, 1))])
    loss_d, loss_g, policy = numpy_losses(generator, judge, q_kernel)
    assert logs["discriminator_loss"] == pytest.approx(loss_d, rel=1e-5)
    assert logs["policy_loss"] == pytest.approx(policy, rel=1e-5)
    assert logs["generator_loss"] == pytest.approx(loss_g + 0.3 * policy, rel=1e-5)
    of_gan = slope(lambda x: numpy_losses(x, judge, q_kernel)[1], generator)
    of_policy = slope(lambda x: numpy_losses(x, judge, q_kernel)[2], generator)
    of_d = slope(lambda x: numpy_losses(generator, x, q_kernel)[0], judge)
    norms = [np.linalg.norm(x) for x in (of_gan, of_policy, of_d)]
    weight = 0.3 * (norms[0] / norms[1] if balance else 1.0)
    gradient = of_gan + weight * of_policy
    change = np.vstack(values(gan.generator)) - generator
    np.testing.assert_allclose(change, -gradient, atol=1e-5)
    for name, norm in (
        ("policy", norms[1]),
        ("discriminator", norms[2]),
        ("generator", np.linalg.norm(gradient)),
    ):
        assert logs[f"{name}_gradient_norm"] == pytest.approx(norm, rel=1e-4)


def test_temporal_difference_loss_equals_numpy():
    gan = linear_gan()
    gan.compile(SGD(0.0), SGD(0.0), SGD(0.0), reward="discriminator", run_eagerly=True)
    agent = gan.agent
    random = np.random.default_rng(0)
    latents = random.uniform(-2, 2, size=(6, 4, 2)).astype("float32")
    observation = np.concatenate([latents, np.zeros_like(latents)], axis=-1)
    spec = agent.collect_policy.trajectory_spec
    action = random.integers(0, 5, size=(6, 4))
    sequences = tf.nest.map_structure(
        lambda s: tf.zeros((1, 6, 4, *s.shape), s.dtype), spec
    )
    sequences = sequences.replace(
        observation=tf.constant(observation[None]),
        action=tf.constant(action[None], spec.action.dtype),
        step_type=tf.ones((1, 6, 4), tf.int32),
        next_step_type=tf.ones((1, 6, 4), tf.int32),
        discount=tf.ones((1, 6, 4)),
        reward=tf.fill((1, 6, 4), np.nan),  # Stored rewards are not used.
    )
    fresh = agent._relabelled_sequences(sequences)
    samples = latents @ KERNEL
    score = -np.log1p(np.exp(-samples @ JUDGE))[..., 0]
    gain = np.where(action[:, :3] == 4, 0.0, score[:, 1:] - score[:, :-1])
    np.testing.assert_allclose(fresh.reward[0, :, :3], gain, atol=1e-5)
    states = np.concatenate([latents, samples], axis=-1)
    np.testing.assert_allclose(fresh.observation[0], states, atol=1e-5)
    loss = agent._update_networks(tf.nest.map_structure(lambda x: x[0], fresh))
    q_values = states @ agent.q_network.layers[0].kernel.numpy()
    target = (gain * agent.gamma ** np.arange(3)).sum(
        axis=1
    ) + agent.gamma**3 * q_values[:, 3].max(-1)
    first = np.take_along_axis(q_values[:, 0], action[:, :1], axis=1)[:, 0]
    expected = np.mean((target - first) ** 2)
    assert float(loss["loss"]) == pytest.approx(expected, rel=1e-4)


def test_each_loss_changes_its_owner_alone():
    changed = {}
    for owner in "generator", "discriminator", "q":
        gan = make(n_step=1)
        rates = {name: SGD(0.1 * (name == owner)) for name in ("generator", "q")}
        gan.compile(
            rates["generator"],
            SGD(0.1 * (owner == "discriminator")),
            rates["q"],
            policy_weight=0.5,
            run_eagerly=True,
        )
        gan.agent.warm_up_steps = 4
        gan.agent.train_step_counter.assign(1)
        parts = {
            "generator": gan.generator,
            "discriminator": gan.discriminator,
            "q": gan.agent.q_network,
        }
        before = {name: values(part) for name, part in parts.items()}
        gan.fit(REAL, batch_size=8, epochs=2, verbose=0)
        changed[owner] = [n for n in parts if differ(before[n], values(parts[n]))]
    assert changed == {name: [name] for name in changed}


@pytest.fixture(scope="module")
def trained():
    """Returns a model that was trained to edit towards one of two targets."""
    keras.utils.set_random_seed(0)
    epsilon = keras.optimizers.schedules.PolynomialDecay(1.0, 1000, 0.05)
    gan = make(targets=2, max_edits=4, epsilon=epsilon)
    reward = rewards.FunctionReward(first_of_target) + 0.1 * rewards.Discriminator()
    gan.compile(
        keras.optimizers.Adam(1e-4),
        keras.optimizers.Adam(1e-4),
        keras.optimizers.Adam(5e-3),
        reward=reward,
        q_steps=8,
        policy_weight=0.01,
    )
    gan.agent.warm_up_steps = 32
    history = gan.fit(np.tile(REAL, (30, 1)), batch_size=8, epochs=10, verbose=0)
    return gan, history.history


def test_it_learns_to_edit_towards_a_target(trained):
    gan, logs = trained
    paths = [gan.create(64, target=target, seed=1) for target in (0, 1)]
    assert_same([paths[0].before], [paths[1].before])
    for path in paths:
        assert path.rewards.sum(axis=1).mean() > 0.3
    assert paths[0].after[:, 0].mean() > paths[1].after[:, 0].mean() + 0.5
    assert {"q_loss", "mean_q", "epsilon", "policy_loss", "episode_return"} <= set(logs)
    assert np.isfinite(logs["q_gradient_norm"]).all()
    results = gan.evaluate(REAL, verbose=0, return_dict=True)
    assert results["reward_after"] > results["reward_before"]


def test_create(trained):
    gan, _ = trained
    path = gan.create(3, seed=4)
    assert path.latents.shape == (3, 5, 2) and path.samples.shape == (3, 5, 2)
    assert path.actions.shape == path.rewards.shape == (3, 4)
    assert path.target.shape == (3,)
    again = gan.create(3, start=path.latents[:, 0], target=path.target)
    assert_same(list(path), list(again), atol=1e-6)
    assert_same([gan.create(3, seed=4).after], [path.after])
    with pytest.raises(ValueError, match=r"`start` of finite latents of shape \(3, 2"):
        gan.create(3, start=np.zeros((2, 2)))
    with pytest.raises(ValueError, match=r"integers in \[0, 2\)"):
        gan.create(3, target=2)
    with pytest.raises(ValueError, match="has no targets"):
        make().create(3, target=1)
    with pytest.raises(ValueError, match="Train first"):
        make(directions="principal").create(3)


def test_a_saved_model_continues_exactly(trained, tmp_path):
    gan, _ = trained
    gan.save(tmp_path / "gan.keras")
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    assert_same([gan.create(4, seed=0).after], [loaded.create(4, seed=0).after])
    logs = [
        model.fit(REAL, batch_size=4, epochs=2, shuffle=False, verbose=0).history
        for model in (gan, loaded)
    ]
    assert logs[0].keys() == logs[1].keys()
    for name in logs[0]:
        np.testing.assert_allclose(logs[0][name], logs[1][name], rtol=1e-5)
    assert_same(values(gan), values(loaded), rtol=1e-5)


def test_export(trained, tmp_path):
    gan, _ = trained
    gan.export(tmp_path / "saved", verbose=False)
    loaded = tf.saved_model.load(tmp_path / "saved")
    path = gan.create(3, target=1, seed=0)
    edited = loaded.create(path.latents[:, 0], path.target)
    np.testing.assert_allclose(edited["samples"], path.samples, atol=1e-6)
    np.testing.assert_array_equal(edited["actions"], path.actions)
    assert loaded.q_values(np.zeros((2, 6), "float32")).shape == (2, 5)
    assert loaded.generate(3, 0).shape == (3, 2)


def test_config_round_trip():
    epsilon = keras.optimizers.schedules.PolynomialDecay(1.0, 100)
    gan = make(
        directions=[[1.0, 1.0]],
        step_size=0.25,
        bound=2.0,
        targets=[[1.0, 0.0, 2.0]],
        prior_weight=0.1,
        gamma=0.9,
        n_step=2,
        epsilon=epsilon,
        ema_momentum=0.5,
        discriminator_steps=2,
        observe_samples=False,
    )
    again = DQNGAN.from_config(gan.get_config())
    assert again.get_config().keys() == gan.get_config().keys()
    for key, value in gan.get_config().items():
        if key not in ("generator", "discriminator", "q_network", "dtype"):
            assert again.get_config()[key] == value, key
    assert again.editing.observation_shape == (5,)


def test_principal_directions_are_computed_when_the_dqn_begins():
    gan = make(directions="principal")
    gan.compile(q_warm_up=2)
    gan.fit(REAL, batch_size=4, epochs=1, verbose=0)
    assert not np.any(gan.directions) and gan.agent.environment_steps == 0
    gan.fit(REAL[:4], batch_size=4, epochs=1, verbose=0)
    lengths = np.linalg.norm(gan.directions, axis=1)
    np.testing.assert_allclose(lengths, 1.0, rtol=1e-5)
    assert gan.agent.environment_steps > 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"directions": "main"}, "Expected `directions` in"),
        ({"directions": np.zeros((0, 2))}, "k >= 1"),
        ({"directions": np.ones((2, 3))}, r"\(k, latent_dim\)"),
        ({"num_directions": 3}, r"`num_directions` in \[1, 2\]"),
        ({"ema_momentum": None}, "an `ema_momentum` in"),
        ({"packing": 2}, "no packing"),
        ({"targets": 0}, "positive number of classes"),
        ({"q_network": networks.linear(3, 5)}, "4"),
    ],
)
def test_errors_of_the_constructor(arguments, message):
    with pytest.raises(ValueError, match=message):
        make(**arguments)


def test_errors_of_compile():
    gan = make()
    with pytest.raises(ValueError, match="keeps|statistics"):
        gan.compile(reward=rewards.Normalized(rewards.Discriminator()))
    with pytest.raises(ValueError, match=r"shape \(batch,\)"):
        gan.compile(reward=lambda samples: samples)
    with pytest.raises(ValueError, match="undefined|gives no logits|no boundary"):
        gan.compile(loss="wasserstein")
    assert not gan.compiled


def test_an_agent_and_a_gan_of_its_transitions_are_joined():
    agent = agents.DQN(mlp(2, inputs=4), CartPole(), seed=0)
    joint = DQNGAN.from_parts(agent, TransitionGAN(specs=agent.specs), name="joint")
    assert isinstance(joint, JointControl) and joint.name == "joint"
    with pytest.raises(TypeError, match="`model` to be an `ExperienceGenerator`"):
        DQNGAN.from_parts(agent, networks.gan())
