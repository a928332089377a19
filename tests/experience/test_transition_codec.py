import doctest

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.experience import (
    ArraySpec,
    Experience,
    Transition,
    TransitionCodec,
    transition_codec,
)

OBSERVATION = {
    "position": ArraySpec((2, 3)),
    "rest": (
        ArraySpec((), "int32", 1, 4),
        ArraySpec((4,), "uint8"),
        ArraySpec((2,), "bool"),
    ),
}
ACTION = ArraySpec((2,), "int32", 0, [1, 2]), ArraySpec((3,), "float32", -2.0, 2.0)


def random_values(spec, size, random):
    if spec.dtype.is_floating:
        values = random.uniform(-1.9, 1.9, (size, *spec.shape))
    else:
        low = 0 if spec.minimum is None else spec.minimum
        high = spec.dtype.limits[1] if spec.maximum is None else spec.maximum
        values = random.integers(low, np.int64(high) + 1, (size, *spec.shape))
    return values.astype(spec.dtype.as_numpy_dtype)


def make_transitions(observation=OBSERVATION, action=ACTION, size=50, seed=0):
    random = np.random.default_rng(seed)
    observations, actions, following = (
        tf.nest.map_structure(lambda spec: random_values(spec, size, random), nest)
        for nest in (observation, action, observation)
    )
    return Transition(
        observation=observations,
        action=actions,
        reward=random.normal(5.0, 3.0, size).astype("float32"),
        next_observation=following,
        terminated=random.random(size) < 0.3,
    )


def make_codec(observation=OBSERVATION, action=ACTION, **kwargs):
    codec = TransitionCodec(observation, action)
    codec.adapt(make_transitions(observation, action, **kwargs))
    return codec


def assert_close(first, second, **tolerances):
    tf.nest.assert_same_structure(first, second)
    for a, b in zip(tf.nest.flatten(first), tf.nest.flatten(second), strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, **(tolerances or {"atol": 1e-5}))


def test_examples_run():
    names = {"tf": tf, "ArraySpec": ArraySpec}
    assert doctest.testmod(transition_codec, extraglobs=names).failed == 0


@pytest.mark.parametrize(
    "observation, action",
    [
        (OBSERVATION, ACTION),
        (tf.TensorSpec((4,)), ArraySpec((), "int64", 0, 3)),
        ((tf.TensorSpec((2,)), {"a": ArraySpec((3, 1))}), {"b": ArraySpec((2,))}),
        (ArraySpec((2, 2), "int32", 0, 3), ArraySpec((), "bool")),
    ],
)
@pytest.mark.parametrize("jit_compile", [False, True])
def test_decoding_is_the_inverse(observation, action, jit_compile):
    codec = make_codec(observation, action)
    transition = make_transitions(observation, action, seed=1)

    @tf.function(jit_compile=jit_compile)
    def there_and_back(transition):
        inputs, targets = codec.encode(transition)
        assert inputs.shape[1] == codec.input_dim
        assert targets.shape[1] == codec.output_dim
        decoded = codec.decode(transition.observation, transition.action, targets)
        return decoded, codec.decode_inputs(inputs)

    transition = tf.nest.map_structure(tf.constant, transition)
    decoded, inputs = there_and_back(transition)
    assert_close(decoded, transition)
    assert_close(inputs, (transition.observation, transition.action))


def test_vectors_agree_with_numpy():
    codec = make_codec()
    transition = make_transitions(seed=1)
    train = make_transitions()
    inputs, targets = codec.encode(transition)
    position, following, positions, differences = (
        np.asarray(x, "float64").reshape(50, -1)
        for x in (
            transition.observation["position"],
            transition.next_observation["position"],
            train.observation["position"],
            train.next_observation["position"] - train.observation["position"],
        )
    )
    part = codec.input_parts["observation/position"]
    np.testing.assert_allclose(
        inputs.numpy()[:, part.columns],
        (position - positions.mean(axis=0)) / positions.std(axis=0),
        atol=1e-5,
    )
    part = codec.output_parts["next_observation/position"]
    np.testing.assert_allclose(
        targets.numpy()[:, part.columns],
        (following - position - differences.mean(axis=0)) / differences.std(axis=0),
        atol=1e-5,
    )
    part = codec.output_parts["next_observation/rest/0"]
    np.testing.assert_array_equal(
        targets.numpy()[:, part.columns],
        np.eye(4)[transition.next_observation["rest"][0] - 1],
    )
    reward = (transition.reward - train.reward.mean()) / train.reward.std()
    np.testing.assert_allclose(targets[:, -2], reward, atol=1e-5)
    np.testing.assert_array_equal(targets[:, -1], transition.terminated)


def test_parts_cover_the_vectors():
    codec = make_codec()
    for parts, size in (
        (codec.input_parts, codec.input_dim),
        (codec.output_parts, codec.output_dim),
    ):
        columns = [np.r_[part.columns] for part in parts.values()]
        np.testing.assert_array_equal(np.concatenate(columns), np.arange(size))
    assert list(codec.output_parts)[-2:] == ["reward", "terminated"]
    assert codec.output_parts["terminated"].kind == "binary"


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_vectors_do_not_depend_on_units(unit):
    spec = ArraySpec((3,)), ArraySpec((1,))
    transition = make_transitions(*spec)
    scaled = transition._replace(
        observation=unit * (1e3 + transition.observation),
        next_observation=unit * (1e3 + transition.next_observation),
    )
    plain, codec = TransitionCodec(*spec), TransitionCodec(*spec)
    plain.adapt(transition)
    codec.adapt(scaled)
    for vector, expected in zip(
        codec.encode(scaled), plain.encode(transition), strict=True
    ):
        np.testing.assert_allclose(vector, expected, atol=1e-3)


def test_a_constant_column_is_kept():
    spec = ArraySpec((2,)), ArraySpec((), "int32", 0, 1)
    transition = make_transitions(*spec)
    observation = np.array(transition.observation)
    observation[:, 0] = 7.0
    transition = transition._replace(
        observation=observation, next_observation=observation
    )
    codec = TransitionCodec(*spec)
    codec.adapt(transition)
    inputs, targets = codec.encode(transition)
    np.testing.assert_array_equal(inputs[:, 0], 0.0)
    np.testing.assert_array_equal(targets[:, :2], 0.0)
    other = codec.encode_inputs(observation + 1.0, transition.action)
    np.testing.assert_allclose(other[:, 0], 1.0)


def test_truncation_is_no_end():
    spec = ArraySpec((1,)), ArraySpec((), "int32", 0, 1)
    experience = Experience(
        observations=np.arange(8.0)[:, None],
        actions=np.zeros(6, int),
        rewards=np.ones(6),
        lengths=[3, 3],
        terminated=[True, False],
    )
    codec = TransitionCodec(*spec)
    codec.adapt(experience)
    _, targets = codec.encode(experience.transitions())
    np.testing.assert_array_equal(targets[:, -1], [0, 0, 1, 0, 0, 0])


def test_losses_agree_with_numpy():
    codec = make_codec()
    _, targets = codec.encode(make_transitions(seed=1))
    outputs = np.random.default_rng(0).normal(size=targets.shape).astype("float32")
    losses = codec.losses(targets, outputs, terminated_weight=4.0)
    assert list(losses) == list(codec.output_parts)
    targets = targets.numpy().astype("float64")
    part = codec.output_parts["next_observation/position"].columns
    expected = np.square(targets - outputs)[:, part].sum(axis=1)
    np.testing.assert_allclose(losses["next_observation/position"], expected, rtol=1e-4)
    expected = np.square(targets - outputs)[:, -2]
    np.testing.assert_allclose(losses["reward"], expected, rtol=1e-4)
    part = codec.output_parts["next_observation/rest/0"].columns
    logits = outputs[:, part].astype("float64")
    log_probabilities = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    expected = -(targets[:, part] * log_probabilities).sum(axis=1)
    np.testing.assert_allclose(losses["next_observation/rest/0"], expected, rtol=1e-4)
    end, logit = targets[:, -1], outputs[:, -1].astype("float64")
    expected = 4.0 * end * np.log1p(np.exp(-logit))
    expected += (1.0 - end) * np.log1p(np.exp(logit))
    np.testing.assert_allclose(losses["terminated"], expected, rtol=1e-4)


def test_gradients_reach_outputs_and_observations():
    codec = make_codec()
    transition = tf.nest.map_structure(tf.constant, make_transitions(seed=1))
    outputs = tf.Variable(tf.zeros((50, codec.output_dim)))
    position = tf.Variable(transition.observation["position"])
    with tf.GradientTape(persistent=True) as tape:
        _, targets = codec.encode(transition)
        loss = tf.add_n(list(codec.losses(targets, outputs).values()))
        observation = {**transition.observation, "position": position}
        decoded = codec.decode(observation, transition.action, outputs)
        moved = tf.reduce_sum(decoded.next_observation["position"])
    assert np.abs(tape.gradient(loss, outputs)).min(axis=0).max() > 0.0
    np.testing.assert_array_equal(tape.gradient(moved, position), 1.0)
    assert np.count_nonzero(tape.gradient(moved, outputs)) == 50 * 6


@pytest.mark.parametrize("jit_compile", [False, True])
def test_samples_depend_on_the_seed_alone(jit_compile):
    codec = make_codec()
    transition = tf.nest.map_structure(tf.constant, make_transitions(seed=1))

    def decode(seed):
        outputs = tf.zeros((50, codec.output_dim))
        args = transition.observation, transition.action, outputs
        return codec.decode(*args, seed=seed)

    compiled = tf.function(decode, jit_compile=jit_compile)
    first, other = decode(7), compiled(tf.constant(8))
    assert_close(compiled(tf.constant(7)), first)
    for sampled in (first.terminated, first.next_observation["rest"][0]):
        assert len(np.unique(sampled)) > 1
    assert np.any(first.terminated != other.terminated)
    _, (choices, _) = codec.decode_inputs(tf.zeros((50, codec.input_dim)), seed=7)
    assert len(np.unique(choices)) == 3


def test_a_network_learns_from_it():
    random = np.random.default_rng(0)
    position = random.normal(100.0, 1.0, (512, 1)).astype("float32")
    action = random.integers(0, 2, 512)
    transition = Transition(
        observation=position,
        action=action,
        reward=100.0 * action.astype("float32"),
        next_observation=position + 0.01 * (2 * action[:, None] - 1).astype("float32"),
        terminated=position[:, 0] > 101.0,
    )
    codec = TransitionCodec(ArraySpec((1,)), ArraySpec((), "int32", 0, 1))
    codec.adapt(transition)
    inputs, targets = codec.encode(transition)
    keras.utils.set_random_seed(0)
    network = keras.Sequential([keras.layers.Dense(codec.output_dim)])
    network.compile(
        keras.optimizers.Adam(0.1),
        loss=lambda t, o: tf.add_n(list(codec.losses(t, o).values())),
    )
    network.fit(inputs, targets, epochs=40, batch_size=64, verbose=0)
    decoded = codec.decode(position, action, network(inputs))
    np.testing.assert_allclose(
        decoded.next_observation, transition.next_observation, atol=1e-3
    )
    np.testing.assert_allclose(decoded.reward, transition.reward, atol=1.0)
    assert np.mean(decoded.terminated == transition.terminated) > 0.97


def test_saved_and_loaded_in_a_model(tmp_path):
    @keras.saving.register_keras_serializable("test_transition_codec")
    class Model(keras.Model):
        def __init__(self, codec, **kwargs):
            super().__init__(**kwargs)
            self.codec = codec

        def call(self, transition):
            return self.codec(transition)

        def get_config(self):
            return {"codec": keras.saving.serialize_keras_object(self.codec)}

        @classmethod
        def from_config(cls, config):
            return cls(keras.saving.deserialize_keras_object(config["codec"]))

    model = Model(make_codec())
    transition = make_transitions(seed=1)
    expected = model(transition)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert_close(loaded(transition), expected, rtol=1e-6)


def test_config_round_trip():
    codec = TransitionCodec(OBSERVATION, ACTION, name="vectors")
    config = keras.saving.serialize_keras_object(codec)
    copy = keras.saving.deserialize_keras_object(config)
    assert copy.name == "vectors" and copy.get_config() == codec.get_config()
    assert (copy.input_dim, copy.output_dim) == (codec.input_dim, codec.output_dim)
    for one, other in (
        (copy.observation_spec, codec.observation_spec),
        (copy.action_spec, codec.action_spec),
    ):
        tf.nest.map_structure(
            lambda a, b: np.testing.assert_equal(a.get_config(), b.get_config()),
            one,
            other,
        )


def test_statistics_are_weights_that_are_not_trained():
    codec = make_codec()
    assert len(codec.weights) == 8 and not codec.trainable_weights


def test_errors():
    codec = TransitionCodec(ArraySpec((2,)), ArraySpec((), "int32", 0, 1))
    transition = make_transitions(ArraySpec((2,)), ArraySpec((), "int32", 0, 1))
    with pytest.raises(ValueError, match="at least one transition"):
        codec.adapt(tf.nest.map_structure(lambda x: x[:0], transition))
    with pytest.raises(ValueError, match="reward of each transition to be finite"):
        codec.adapt(transition._replace(reward=np.full(50, np.nan, "float32")))
    with pytest.raises(ValueError, match="`next_observation` of shape"):
        codec.encode(transition._replace(next_observation=np.zeros((50, 3))))
    experience = Experience(np.zeros((2, 2)), np.full(1, 7), np.zeros(1), [1], [True])
    with pytest.raises(ValueError, match="`actions` from 0 to 1"):
        codec.adapt(experience)
    with pytest.raises(ValueError, match="`action` to have `minimum`"):
        TransitionCodec(ArraySpec((2,)), tf.TensorSpec((), tf.int32))
