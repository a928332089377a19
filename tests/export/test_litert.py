import numpy as np
import pytest
import tensorflow as tf

from keras_rlgen import planning
from keras_rlgen.agents import PPO, Planner
from keras_rlgen.environments import CartPole, GridWorld
from keras_rlgen.export.litert import write_litert
from tests import networks
from tests.agents.toys import mlp

interpreter = pytest.importorskip(
    "ai_edge_litert.interpreter", reason="needs the extra `litert`"
)
LATENTS = np.random.default_rng(0).normal(size=(3, 2)).astype("float32")


def runner(path, name):
    return interpreter.Interpreter(str(path)).get_signature_runner(name)


def only(outputs):
    (value,) = outputs.values()
    return value


def test_a_generator_and_a_discriminator(tmp_path, capfd):
    gan, path = networks.gan(), tmp_path / "gan.tflite"
    gan.export(path, format="litert")
    samples = only(runner(path, "serve")(latents=LATENTS))
    np.testing.assert_allclose(samples, gan(LATENTS), atol=1e-5)
    logits = only(runner(path, "discriminate")(samples=samples))
    np.testing.assert_allclose(logits, gan.judge_each(samples), atol=1e-5)
    one = only(runner(path, "serve")(latents=LATENTS[:1]))
    np.testing.assert_allclose(one, samples[:1], atol=1e-5)
    assert "`generate`, as LiteRT lacks Stateless" in capfd.readouterr().out


def test_an_encoder_and_a_decoder(tmp_path):
    vae, path = networks.vae(), tmp_path / "vae.tflite"
    vae.export(path, format="litert", verbose=False)
    samples = only(runner(path, "decode")(latents=LATENTS))
    np.testing.assert_allclose(samples, vae.decode(LATENTS), atol=1e-5)
    latents = only(runner(path, "encode")(samples=samples))
    np.testing.assert_allclose(latents, vae.encode(samples), atol=1e-5)


def test_a_policy(tmp_path):
    agent = PPO(mlp(2, 4), mlp(1, 4), environment=CartPole(), seed=0)
    path = tmp_path / "policy.tflite"
    agent.export(path, format="litert")
    observations = np.random.default_rng(0).normal(size=(16, 4)).astype("float32")
    actions = runner(path, "act")(observation=observations)["action"]
    np.testing.assert_array_equal(actions, agent.predict(observations))
    assert len(np.unique(actions)) == 2


def test_what_it_cannot_do_is_refused_with_the_reason(tmp_path):
    path = tmp_path / "model.tflite"
    signature = [tf.TensorSpec((None, 2))]
    with pytest.raises(ValueError, match="LiteRT lacks operations.*`f` needs BesselI0"):
        write_litert({"f": (tf.math.bessel_i0, signature)}, path)
    search = planning.UCT(num_simulations=2)
    planner = Planner(GridWorld(["SG"], max_episode_steps=2), search, seed=0)
    with pytest.raises(ValueError, match="`act` needs .*Random"):
        planner.export(path, format="litert")
    with pytest.raises(ValueError, match="ends in '.tflite'"):
        networks.vae().export(tmp_path / "vae", format="litert")
    with pytest.raises(ValueError, match="to be one of .*Received: 'onnx'"):
        networks.vae().export(tmp_path / "vae", format="onnx")
    assert not path.exists()


def test_what_one_function_lacks_does_not_stop_the_others(tmp_path, capfd):
    signature = [tf.TensorSpec((None, 2), name="x")]
    functions = {"f": (tf.math.bessel_i0, signature), "g": (lambda x: 2 * x, signature)}
    assert write_litert(functions, tmp_path / "m.tflite") == ["g"]
    assert "Left out: `f`, as LiteRT lacks BesselI0" in capfd.readouterr().out
    doubled = only(runner(tmp_path / "m.tflite", "g")(x=LATENTS))
    np.testing.assert_allclose(doubled, 2 * LATENTS)
