import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen.models import CausalLMBackbone, Prompts, SequenceGenerator
from keras_rlgen.rl_models import RewardTuner
from tests.networks import assert_same, values

VOCABULARY, LONGEST = 11, 9
TOKENS = np.random.default_rng(0).integers(0, VOCABULARY, (3, 6)).astype("int32")


def language_model(family="gpt2"):
    """Returns a tiny language model from its configuration."""
    hub = pytest.importorskip(
        "keras_hub", reason="KerasHub is not installed: keras_rlgen[language]"
    )
    keras.utils.set_random_seed(0)
    sizes = {
        "vocabulary_size": VOCABULARY,
        "num_layers": 1,
        "hidden_dim": 8,
        "intermediate_dim": 16,
    }
    if family == "gpt2":
        backbone = hub.models.GPT2Backbone(
            num_heads=2, max_sequence_length=LONGEST, **sizes
        )
        return hub.models.GPT2CausalLM(backbone=backbone, preprocessor=None)
    heads = {"num_query_heads": 2, "num_key_value_heads": 1}
    if family == "llama":
        backbone = hub.models.LlamaBackbone(**heads, **sizes)
        return hub.models.LlamaCausalLM(backbone=backbone, preprocessor=None)
    backbone = hub.models.GemmaBackbone(head_dim=4, **heads, **sizes)
    return hub.models.GemmaCausalLM(backbone=backbone, preprocessor=None)


@pytest.fixture(scope="module")
def generator():
    backbone = CausalLMBackbone(language_model())
    prompts = Prompts(3, VOCABULARY)
    return SequenceGenerator(
        backbone, 5, end_token=1, start_token=0, conditions=prompts, seed=0
    )


@pytest.mark.parametrize("family", ["gpt2", "llama", "gemma"])
def test_steps_with_the_cache_are_the_full_forward_pass(family):
    backbone = CausalLMBackbone(language_model(family), LONGEST)
    expected = backbone(tf.constant(TOKENS)).numpy()
    state, logits = backbone.start(3), []
    for index in range(TOKENS.shape[1]):
        now, state = backbone.step(tf.constant(TOKENS[:, index]), state)
        logits.append(now.numpy())
    assert expected.shape == (3, 6, VOCABULARY) and expected.std() > 1e-3
    np.testing.assert_allclose(np.stack(logits, 1), expected, rtol=1e-4, atol=1e-5)


def test_cached_samples_are_those_of_the_full_forward_pass(generator):
    """The likeliest tokens, one after another."""
    prompts = TOKENS[:, :3]
    samples = generator.generate(3, condition=prompts, top_k=1, seed=0)
    seen = np.concatenate([np.zeros((3, 1), "int32"), prompts], axis=1)
    ended = np.zeros(3, bool)
    for step in range(5):
        logits = generator.backbone(tf.constant(seen)).numpy()[:, -1]
        best = np.where(ended, 1, logits.argmax(axis=1))
        np.testing.assert_array_equal(samples[:, step], best)
        ended |= best == 1
        seen = np.concatenate([seen, best[:, None]], axis=1)


@keras.saving.register_keras_serializable("keras_rlgen_tests")
def repeats_the_prompt(samples, prompts):
    """The fraction of tokens that are the prompt's last."""
    same = tf.cast(samples == prompts[:, -1:], tf.float32)
    return tf.reduce_mean(same, axis=1)


def test_a_language_model_is_tuned_on_prompts_and_comes_back(generator, tmp_path):
    tuner = RewardTuner(generator, seed=0)
    tuner.compile(
        keras.optimizers.Adam(0.05),
        reward=repeats_the_prompt,
        algorithm="grpo",
        kl_weight=0.01,
        kl_credit="step",
        num_samples=32,
        group_size=8,
        jit_compile=False,
    )
    prompts = TOKENS[:2, :3]
    history = tuner.fit(prompts, epochs=3, steps_per_epoch=8, verbose=0).history
    assert history["reward"][-1] > history["reward"][0] + 0.1
    assert history["step_kl"][-1] > 0.0
    generator.save(tmp_path / "tuned.keras")
    loaded = keras.saving.load_model(tmp_path / "tuned.keras")
    assert_same(values(loaded), values(generator))
    again, before = (
        m.generate(2, condition=prompts, seed=1) for m in (loaded, generator)
    )
    np.testing.assert_array_equal(again, before)


def test_config_round_trip_leaves_out_the_preprocessor():
    backbone = CausalLMBackbone(language_model(), 7, name="mine")
    config = backbone.get_config()
    assert config["causal_lm"]["config"]["preprocessor"] is None
    restored = CausalLMBackbone.from_config(config)
    assert (restored.max_length, restored.name) == (7, "mine")
    restored.set_weights(backbone.get_weights())
    np.testing.assert_array_equal(restored(TOKENS), backbone(TOKENS))


def test_what_does_not_fit_is_refused():
    with pytest.raises(TypeError, match="`call_with_cache`"):
        CausalLMBackbone(keras.layers.Dense(2))
    with pytest.raises(ValueError, match="at most the model's max_sequence_length=9"):
        CausalLMBackbone(language_model(), 10)
    with pytest.raises(ValueError, match="`max_length`, the length of the cache"):
        CausalLMBackbone(language_model("llama"))


def test_without_keras_hub_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "keras_hub", None)
    with pytest.raises(ImportError, match=r"pip install .*\[language\]"):
        CausalLMBackbone.from_config({"causal_lm": {}})
