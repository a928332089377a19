import keras
import pytest

from keras_rlgen.callbacks import PolicyEvaluation, StopAtReturn
from tests.callbacks.training import train


class Player(keras.Model):
    """Its return is ten times the number of evaluations so far."""

    policy = environment = None

    def __init__(self):
        super().__init__()
        self.calls = []

    def evaluate(self, **kwargs):
        self.calls.append(kwargs)
        return {"mean_return": 10.0 * len(self.calls), "episodes": kwargs["episodes"]}


def test_results_are_logged():
    player = Player()
    evaluation = PolicyEvaluation(every=3, episodes=7, seed=5, prefix="test_")
    history = train([evaluation], player, [{"loss": 1.0}] * 8)
    assert history.epoch == list(range(8))
    assert history.history["test_mean_return"] == [10.0, 20.0, 30.0]
    assert history.history["test_episodes"] == [7] * 3
    call = {"episodes": 7, "seed": 5, "environment": None, "verbose": 0}
    assert player.calls == [call] * 3


@pytest.mark.parametrize(
    ("every", "epochs", "evaluated"),
    [(1, 3, [0, 1, 2]), (2, 4, [1, 3]), (2, 3, [1, 2]), (9, 2, [1])],
)
def test_epochs_that_are_evaluated(every, epochs, evaluated):
    all_logs = [{"loss": 1.0} for _ in range(epochs)]
    seen = []

    class Watch(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if "val_mean_return" in logs:
                seen.append(epoch)

    train([PolicyEvaluation(every), Watch()], Player(), all_logs)
    assert seen == evaluated


def test_callbacks_after_it_see_the_results():
    stop = StopAtReturn(30.0)
    history = train([PolicyEvaluation(), stop], Player(), [{"loss": 1.0}] * 9)
    assert stop.stopped_epoch == 2
    assert history.history["val_mean_return"] == [10.0, 20.0, 30.0]


def test_bad_arguments():
    with pytest.raises(ValueError, match="Expected `every` >= 1. Received: every=0"):
        PolicyEvaluation(every=0)
