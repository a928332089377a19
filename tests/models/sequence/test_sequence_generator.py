import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.models import (
    ClassLabels,
    Prompts,
    RecurrentBackbone,
    SequenceGenerator,
    TransformerBackbone,
)

VOCABULARY, LENGTH, END = 4, 5, 0


def make_model(**arguments):
    backbone = RecurrentBackbone(VOCABULARY, units=8)
    return SequenceGenerator(backbone, LENGTH, seed=0, **arguments)


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    return make_model(end_token=END)


@pytest.fixture(scope="module")
def trained():
    """A model of sequences that count: 1, 2, 3, and end or go on with 3."""
    keras.utils.set_random_seed(0)
    model = make_model(end_token=END)
    model.compile(keras.optimizers.Adam(3e-2), jit_compile=False)
    # What follows the end token is neither learned nor counted.
    data = np.repeat([[1, 2, 3, 0, 2], [1, 2, 3, 3, 3]], 64, axis=0)
    history = model.fit(data, epochs=12, batch_size=32, verbose=0).history
    return model, data, history


def test_probabilities_of_all_sequences_sum_to_one(model):
    every = np.int32(list(itertools.product(range(VOCABULARY), repeat=LENGTH)))
    # Of sequences that differ in padding alone, one is counted.
    valid = np.cumsum(every == END, axis=1) - (every == END)
    once = every[((valid == 0) | (every == END)).all(axis=1)]
    probabilities = np.exp(model.log_prob(once))
    assert probabilities.sum() == pytest.approx(1.0, abs=1e-5)


def test_padding_is_not_counted(model):
    tokens = np.int32([[2, 0, 3, 1, 0], [2, 0, 1, 1, 2]])
    log_probs = model.step_log_probs(tokens).numpy()
    np.testing.assert_array_equal(log_probs[0], log_probs[1])
    np.testing.assert_array_equal(log_probs[:, 2:], 0.0)
    np.testing.assert_allclose(model.log_prob(tokens), log_probs.sum(axis=1), rtol=1e-6)
    valid = [[True, True, False, False, False]] * 2
    np.testing.assert_array_equal(model.valid_steps(tokens), valid)


def test_step_log_probs_are_those_of_the_backbone(model):
    tokens = np.int32([[2, 3, 1, 1, 2]])
    seen = np.int32([[VOCABULARY, 2, 3, 1, 1]])
    logits = model.backbone(seen).numpy()[0] / 0.5
    logits -= np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    expected = logits[np.arange(LENGTH), tokens[0]]
    steps = model.step_log_probs(tokens, temperature=0.5)
    np.testing.assert_allclose(steps[0], expected, rtol=1e-5)


def test_samples_have_their_probabilities(trained):
    model, _, _ = trained
    samples, counts = np.unique(
        model.generate(4000, seed=0), axis=0, return_counts=True
    )
    probabilities = np.exp(model.log_prob(samples.astype("int32")))
    np.testing.assert_allclose(counts / 4000, probabilities, atol=0.03)
    # After an end token, all are end tokens.
    ended = np.cumsum(samples == END, axis=1) > 0
    assert (samples[ended] == END).all()


def test_it_learns(trained):
    model, data, history = trained
    assert history["loss"][-1] < 0.5 * history["loss"][0]
    # One bit for whether the sequence ends, in 4 or 5 steps.
    loss, bits = model.evaluate(data, verbose=0)
    assert loss == pytest.approx(2.0 * np.log(2.0) / 9.0, abs=0.05)
    assert bits == pytest.approx(loss / np.log(2.0), rel=1e-5)


def test_the_loss_is_the_mean_over_steps_that_are_not_padding(trained):
    model, _, _ = trained
    tokens = np.int32([[2, 0, 1, 1, 1], [1, 2, 3, 3, 3], [3, 3, 0, 1, 1]])
    expected = -model.step_log_probs(tokens).numpy().sum() / (2 + 5 + 3)
    loss, _ = model.evaluate(tokens, batch_size=2, verbose=0)
    assert loss == pytest.approx(expected, rel=1e-5)


def test_seeds_are_obeyed(model):
    np.testing.assert_array_equal(model.generate(3, seed=5), model.generate(3, seed=5))
    assert (model.generate(30, seed=5) != model.generate(30, seed=6)).any()
    assert (model.generate(30) != model.generate(30)).any()


def test_a_low_temperature_samples_the_likeliest(model):
    samples = model.generate(20, seed=0, temperature=1e-3)
    greedy = model.generate(1, seed=1, top_k=1)
    np.testing.assert_array_equal(samples, np.repeat(greedy, 20, axis=0))
    np.testing.assert_array_equal(model.generate(1, seed=2, top_p=1e-6), greedy)


def test_xla_samples_the_same(model):
    graph = model.generate(30, seed=5, temperature=0.7, jit_compile=False)
    compiled = model.generate(30, seed=5, temperature=0.7, jit_compile=True)
    assert np.mean(np.all(graph == compiled, axis=1)) > 0.9


def test_prefixes(model):
    shared = model.generate(3, seed=0, prefix=[2, 3])
    np.testing.assert_array_equal(shared[:, :2], [[2, 3]] * 3)
    prefix = np.int32([[1, 2, 3], [3, 2, 1]])
    completed = model.complete(prefix, seed=0)
    np.testing.assert_array_equal(completed[:, :3], prefix)
    whole = np.int32([[1, 2, 3, 1, 2]])
    np.testing.assert_array_equal(model.complete(whole), whole)
    ended = model.complete([[1, END]], seed=0)
    np.testing.assert_array_equal(ended, [[1, 0, 0, 0, 0]])


def test_a_completion_follows_the_conditional_distribution(trained):
    model, _, _ = trained
    completed = model.complete(np.repeat([[1, 2, 3]], 2000, axis=0), seed=0)
    frequency = np.mean(completed[:, 3] == END)
    token = np.int32([[1, 2, 3, END, 0]])
    expected = np.exp(model.step_log_probs(token).numpy()[0, 3])
    assert frequency == pytest.approx(expected, abs=0.03)


def test_masks(model):
    allowed = np.array([False, True, True, False])
    assert np.isin(model.generate(50, seed=0, mask=allowed), [1, 2]).all()
    by_step = np.ones((LENGTH, VOCABULARY))
    by_step[1] = [0, 0, 0, 1]
    samples = model.generate(50, seed=0, mask=by_step)
    assert (samples[samples[:, 0] != END, 1] == 3).all()


def test_a_mask_may_depend_on_the_tokens_so_far(model):
    def no_repetition(tokens, step):
        before = tokens[:, tf.maximum(step - 1, 0)]
        same = tf.one_hot(before, VOCABULARY, on_value=True, off_value=False)
        return ~same | (step == 0)

    samples = model.generate(200, seed=0, mask=no_repetition)
    running = np.cumsum(samples == END, axis=1)[:, :-1] == 0
    assert (samples[:, 1:] != samples[:, :-1])[running].all()

    with pytest.raises(ValueError, match="excludes every token of a step"):
        model.generate(2, mask=lambda tokens, step: tf.zeros((2, VOCABULARY), tf.bool))


def test_voices_are_independent_given_the_steps_before():
    backbone = RecurrentBackbone(3, units=4, voices=2)
    model = SequenceGenerator(backbone, length=2, seed=0)
    assert model.sample_shape == (2, 2)
    every = np.int32(list(itertools.product(range(3), repeat=4))).reshape(-1, 2, 2)
    assert np.exp(model.log_prob(every)).sum() == pytest.approx(1.0, abs=1e-5)
    assert model.step_log_probs(every).shape == (81, 2)
    samples = model.generate(6, seed=0, prefix=[[2, 1]], mask=[[0, 1, 1], [1, 1, 0]])
    np.testing.assert_array_equal(samples[:, 0], [[2, 1]] * 6)
    assert (samples[:, 1, 0] > 0).all() and (samples[:, 1, 1] < 2).all()
    with pytest.raises(ValueError, match="leave out `end_token`"):
        SequenceGenerator(backbone, length=2, end_token=0)


def test_draws_have_a_log_probability_for_each_step(model):
    draw = model.draw(6, tf.constant([0, 1]))
    log_probs = model.draw_log_prob(draw)
    np.testing.assert_array_equal(draw.mask, model.valid_steps(draw.samples))
    masked = np.where(draw.mask, log_probs, 0.0)
    np.testing.assert_allclose(masked, model.step_log_probs(draw.samples), atol=1e-6)
    assert make_model().draw(2, tf.constant([0, 1])).mask == ()


def test_sequences_continue_prompts():
    keras.utils.set_random_seed(0)
    backbone = TransformerBackbone(VOCABULARY, 8, width=8, num_layers=1, num_heads=2)
    model = SequenceGenerator(
        backbone, LENGTH, conditions=Prompts(3, VOCABULARY), start_token=1, seed=0
    )
    prompts = np.int32([[1, 2, 3], [0, 1, 2]])
    samples = model.generate(2, condition=prompts, seed=0)
    # As the end of a sequence that begins with the prompt.
    whole = SequenceGenerator(backbone, 8, start_token=1)
    joined = np.concatenate([prompts, samples], axis=1)
    np.testing.assert_allclose(
        model.step_log_probs(samples, prompts),
        whole.step_log_probs(joined)[:, 3:],
        atol=1e-5,
    )
    again = model.complete(samples[:, :2], prompts, seed=0)
    np.testing.assert_array_equal(again, samples)
    with pytest.raises(ValueError, match="Give each sample its condition"):
        model.generate(2)


def test_saved_and_exported(model, tmp_path):
    samples = model.generate(4, seed=3)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.generate(4, seed=3), samples)
    assert loaded.get_config() == model.get_config()
    model.export(tmp_path / "saved_model", verbose=False)
    served = tf.saved_model.load(tmp_path / "saved_model")
    np.testing.assert_array_equal(served.generate(4, 3), samples)
    np.testing.assert_array_equal(
        served.complete(samples[:, :2], 3, 1.0), model.complete(samples[:, :2], seed=3)
    )
    np.testing.assert_allclose(
        served.log_prob(samples), model.log_prob(samples), rtol=1e-5
    )


def test_any_causal_network_is_a_backbone():
    network = keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(VOCABULARY + 1, 4),
            keras.layers.Conv1D(VOCABULARY, 2, padding="causal"),
        ]
    )
    with pytest.warns(UserWarning, match="has no `step`"):
        model = SequenceGenerator(network, LENGTH)
    samples = model.generate(2, seed=0)
    again = model.complete(samples[:, :3], seed=0)
    np.testing.assert_array_equal(again, samples)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"length": 0}, "`length` to be a positive integer"),
        ({"length": 3, "end_token": 4}, "a token from 0 to 3"),
        ({"length": 3, "start_token": -1}, "a token from 0 to 3"),
        ({"length": 3, "conditions": ClassLabels(2)}, "`conditions` to be `Prompts`"),
        ({"length": 3, "conditions": Prompts(1, 9)}, "prompts of the backbone's 4"),
    ],
)
def test_arguments_out_of_range(arguments, message):
    with pytest.raises(ValueError, match=message):
        SequenceGenerator(RecurrentBackbone(VOCABULARY, units=4), **arguments)


def test_backbones_that_do_not_fit():
    with pytest.raises(TypeError, match="causal Keras model of tokens. Received: None"):
        SequenceGenerator(None, LENGTH)
    with pytest.raises(ValueError, match="that sees 5 tokens.*max_length=4"):
        SequenceGenerator(TransformerBackbone(4, 4, width=8), LENGTH)
    network = keras.Sequential(
        [
            keras.Input((LENGTH,), dtype="int32"),
            keras.layers.Embedding(VOCABULARY, 4),
            keras.layers.Dense(VOCABULARY),
        ]
    )
    with (
        pytest.warns(UserWarning),
        pytest.raises(ValueError, match="cannot embed the start token 4"),
    ):
        SequenceGenerator(network, LENGTH)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"top_k": 0}, "`top_k` to be an integer >= 1"),
        ({"top_p": 1.5}, r"`top_p` in \(0, 1\]"),
        ({"temperature": 0.0}, "`temperature` to be a finite number above zero"),
        ({"prefix": [1] * 6}, "at most 5 steps.*Received: 6"),
        ({"prefix": [[1], [2], [3]]}, r"\(2, steps\). Received: \(3, 1\)"),
        ({"prefix": [7]}, "integer samples from 0 to 3"),
        ({"mask": [1, 1, 1]}, r"broadcasts to \(5, 4\). Received: \(3,\)"),
        ({"mask": [0, 0, 0, 0]}, "none at step 0"),
        ({"mask": [0, 1, 2, 0]}, "of booleans"),
    ],
)
def test_requests_out_of_range(model, arguments, message):
    with pytest.raises(ValueError, match=message):
        model.generate(2, **arguments)


def test_a_function_for_a_mask_of_another_shape(model):
    with pytest.raises(ValueError, match=r"booleans of shape \(.*4\).*\(2, 3\)"):
        model.generate(2, mask=lambda tokens, step: tf.ones((2, 3), tf.bool))


def test_prefixes_that_are_no_tokens(model):
    with pytest.raises(TypeError, match="integer dtype"):
        model.generate(2, prefix=[0.5])
    with pytest.raises(ValueError, match=r"of shape \(num_samples, steps\)"):
        model.complete([1, 2])


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (np.full((4, LENGTH), 4), ValueError, "from 0 to 3.*Received values from 4"),
        (np.full((4, LENGTH), -1), ValueError, "from 0 to 3"),
        (np.ones((4, LENGTH)), TypeError, "integer dtype"),
        (np.ones((4, 3), int), ValueError, r"\(batch, 5\)"),
        (np.ones((0, LENGTH), int), ValueError, "at least one real sample"),
    ],
)
def test_data_that_are_no_sequences(trained, data, error, message):
    model, _, _ = trained
    before = model.get_weights()
    with pytest.raises(error, match=message):
        model.fit(data, verbose=0)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_sequences_of_one_token():
    model = SequenceGenerator(RecurrentBackbone(3, units=4), length=1)
    model.compile("sgd", run_eagerly=True)
    model.fit(np.int32([[0], [1], [2], [2]]), verbose=0)
    assert model.generate(2, seed=0).shape == (2, 1)
