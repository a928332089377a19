import keras
import numpy as np
import pytest

from keras_rlgen import rewards
from keras_rlgen.agents import PPO
from keras_rlgen.environments import CartPole
from keras_rlgen.evaluation import EvaluationTable, model_card
from tests import networks
from tests.agents.toys import mlp


def section(card, name):
    return card.split(f"## {name}\n\n")[1].split("\n\n## ")[0].strip()


def test_a_generator(tmp_path):
    gan = networks.reinforce_gan(name="digits")
    gan.compile(
        keras.optimizers.Adam(0.01),
        reward=rewards.Discriminator() + 0.5 * rewards.Constant(),
    )
    gan.fit(networks.real_samples(), batch_size=4, epochs=1, verbose=0)
    scores = EvaluationTable({"frechet_distance": 2.0}, {"frechet_distance": 0.5})
    card = model_card(
        gan,
        tmp_path / "gan.md",
        data="Twelve points.",
        scores=scores,
        controls={"untrained": {"frechet_distance": np.float32(9.0)}},
        seeds=[0, 1],
        licence="MIT",
    )
    assert (tmp_path / "gan.md").read_text("utf-8") == card
    assert card.startswith("# digits\n\nPurpose: not stated.\n")
    assert "- generator: `StochasticGenerator`" in section(card, "Model")
    assert "- samples: float32 (2,)" in section(card, "Model")
    assert section(card, "Data") == "Twelve points."
    reward = section(card, "Reward")
    assert reward.startswith("`Sum(rewards=[Discriminator(kind='log_score'")
    assert "Scaled(reward=Constant(" in reward and "factor=0.5" in reward
    training = section(card, "Training")
    assert "generator optimizer: `Adam`, learning rate 0.01, 3 updates" in training
    assert "- seeds: [0, 1]" in training
    assert section(card, "Scores").splitlines() == [
        "| score | model | real samples | untrained |",
        "| --- | ---: | ---: | ---: |",
        "| frechet_distance | 2 | 0.5 | 9 |",
    ]
    assert "- tensorflow: 2." in section(card, "Versions")
    assert section(card, "Licence") == "MIT"


def test_what_is_not_given_is_said_to_be_blank():
    vae = networks.vae(seed=None)
    card = model_card(vae)
    assert section(card, "Data") == section(card, "Licence") == "Not stated."
    assert section(card, "Scores") == "Not measured."
    assert section(card, "Training") == "- seeds: Not stated."
    assert section(card, "Reward").startswith("None: ")
    assert "No control was measured" in model_card(vae, scores={"elbo": -3.0})


def test_an_agent():
    agent = PPO(mlp(2, 4), mlp(1, 4), environment=CartPole(), seed=3)
    card = model_card(agent)
    assert section(card, "Reward") == "The environment's own."
    assert "- environment: CartPole" in section(card, "Model")
    assert "- action: int32 () from 0 to 1" in section(card, "Model")
    assert "- seeds: 3" in section(card, "Training")


def test_a_commit_that_cannot_be_found(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert "- commit: Not stated." in model_card(networks.vae())


def test_what_is_no_model_and_what_are_no_scores():
    with pytest.raises(TypeError, match="a model or an agent"):
        model_card("digits.keras")
    with pytest.raises(TypeError, match="`scores` to be a dict from names to numbers"):
        model_card(networks.vae(), scores={"loss": "low"})
