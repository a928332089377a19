import keras
import numpy as np
import pytest

from keras_rlgen.callbacks import StabilityMonitor
from keras_rlgen.metrics import precision_recall
from tests import networks
from tests.callbacks.training import train
from tests.networks import assert_same, values

REAL = networks.real_samples(40)
NAN = float("nan")


def q_model(gamma=0.75):
    """Returns a model that looks to the monitor as an agent does."""
    model = networks.linear(2, 2)
    model.compile("sgd")
    model.mean_q_tracker = keras.metrics.Mean(name="mean_q")
    model.gamma = gamma
    return model


def logs_of(values, name="mean_q"):
    return [{name: value} for value in values]


class Counting(keras.callbacks.Callback):
    """Sets the weights to the number of the epoch before the monitor sees them."""

    def on_epoch_end(self, epoch, logs=None):
        for variable in self.model.trainable_variables:
            variable.assign(np.full(variable.shape, float(epoch), "float32"))


@pytest.mark.parametrize(
    ("mean_q", "stopped", "restored"),
    [
        ([0.0, 4.5, 5.0, 0.0, 0.0], 2, 0),
        ([0.0, -4.5, 0.0, 9.0, 9.0], 4, 2),
        ([9.0, 9.0, 0.0, 0.0, 0.0], 1, None),
        ([0.0, 9.0, 4.0, 9.0, -4.3], None, None),
        ([4.3, -4.3, 4.3, 4.3, 4.3], None, None),
        ([NAN, NAN, NAN, NAN, NAN], None, None),
    ],
)
def test_values_beyond_the_possible_returns(mean_q, stopped, restored, capsys):
    """Rewards in [-1, 1] and a discount of 0.75 give returns in [-4, 4]."""
    model = q_model()
    monitor = StabilityMonitor(reward_bounds=(-1.0, 1.0), patience=2)
    history = train([Counting(), monitor], model, logs_of(mean_q))
    assert monitor.stopped_epoch == stopped and monitor.restored_epoch == restored
    last = len(mean_q) - 1 if stopped is None else stopped
    assert history.epoch[-1] == last
    expected = last if restored is None else restored
    assert all((value == expected).all() for value in values(model))
    printed = capsys.readouterr().out
    if stopped is None:
        assert monitor.cause is None and monitor.message is None and not printed
        return
    assert monitor.cause == "values_out_of_range"
    for words in ("outside of [-4, 4]", f"{mean_q[stopped]:.3g} in", "learning rate"):
        assert words in monitor.message and words in printed


def test_first_epochs_that_do_not_count_and_a_second_use():
    monitor = StabilityMonitor(
        value_bounds=(0.0, 1.0), patience=1, start_from_epoch=2, verbose=False
    )
    model = q_model()
    train([monitor], model, logs_of([9.0, 9.0, 0.5, 9.0]))
    assert monitor.stopped_epoch == 3 and monitor.restored_epoch == 2
    train([monitor], model, logs_of([0.0, 0.0]))
    assert monitor.cause is None and monitor.stopped_epoch is None


def test_values_of_an_agent_inside_the_model():
    model = networks.gan()
    model.compile()
    agent = q_model()
    model.agent = agent
    agent.mean_q_tracker.update_state([7.0])
    monitor = StabilityMonitor(reward_bounds=(0.0, 1.0), patience=1, verbose=False)
    train([monitor], model, [{}])
    assert monitor.cause == "values_out_of_range"


@pytest.fixture(scope="module")
def gan():
    model = networks.gan(ema_momentum=0.9)
    model.compile("sgd", "sgd")
    return model


def test_what_is_logged(gan):
    """The accuracy by its definition, and the recall of as many new samples."""
    real = gan.generate(40, seed=9)
    monitor = StabilityMonitor(real, patience=1, max_accuracy=1.0, seed=3)
    before = values(gan, gan.optimizer)
    history = train([monitor], gan, [{}, {}]).history
    assert_same(values(gan, gan.optimizer), before)
    # Samples of other latents in each epoch, with a random stream of its own.
    assert len(set(history["held_out_recall"])) == 2
    key = np.array([3, 1], "int32")
    generated, real_logits, generated_logits = gan.judge_held_out(monitor._real, key)
    np.testing.assert_array_equal(np.sort(monitor._real, 0), np.sort(real, 0))
    np.testing.assert_allclose(real_logits, gan.judge_each(monitor._real), rtol=1e-5)
    right = np.mean(real_logits > 0.0) + np.mean(generated_logits <= 0.0)
    assert history["held_out_accuracy"][1] == pytest.approx(right / 2.0)
    _, recall = precision_recall(real, generated.numpy())
    assert history["held_out_recall"][1] == pytest.approx(recall)


def test_a_saturated_discriminator():
    gan = networks.gan()
    gan.compile("sgd", keras.optimizers.Adam(0.1), jit_compile=False)
    monitor = StabilityMonitor(REAL + 50.0, patience=2, verbose=False)
    fit = {"epochs": 40, "batch_size": 20, "verbose": 0}
    history = gan.fit(REAL + 50.0, callbacks=[monitor], **fit).history
    accuracy = history["held_out_accuracy"]
    assert monitor.cause == "discriminator_saturated"
    assert len(accuracy) == monitor.stopped_epoch + 1 < 40
    assert min(accuracy[-2:]) > 0.95
    assert "held-out accuracy was above 0.95 for 2 epochs" in monitor.message


class Collapse(keras.callbacks.Callback):
    """Makes the generator return one point, from epoch 2 on."""

    def on_epoch_end(self, epoch, logs=None):
        self.at_1 = self.at_1 if epoch > 1 else values(self.model, self.model.optimizer)
        if epoch >= 2:
            for variable in self.model.generator.layers[-1].variables:
                variable.assign(np.zeros(variable.shape))


def test_a_collapsed_generator_and_what_is_restored():
    """All of the model and of its optimizers is that of the last good epoch."""
    gan = networks.conditional_gan(ema_momentum=None)
    gan.compile("adam", "adam", jit_compile=False)
    # Samples of the generator itself: the recall is high before the collapse.
    labels = networks.real_labels(40)
    real = gan.generate(40, condition=labels, seed=5)
    monitor = StabilityMonitor(
        (real, labels), max_accuracy=1.0, patience=3, verbose=False
    )
    collapse = Collapse()
    history = gan.fit(
        real,
        labels,
        epochs=20,
        batch_size=20,
        verbose=0,
        callbacks=[collapse, monitor],
    ).history
    assert monitor.cause == "generator_collapsed"
    assert monitor.stopped_epoch == 4 and monitor.restored_epoch == 1
    recall = history["held_out_recall"]
    assert max(recall[:2]) > 0.5 and max(recall[2:]) < 0.25
    assert_same(values(gan, gan.optimizer), collapse.at_1)


def test_a_loss_without_a_decision_boundary():
    gan = networks.gan()
    gan.compile(loss="wasserstein")
    monitor = StabilityMonitor(REAL, patience=1)
    history = train([monitor], gan, [{}]).history
    assert set(history) == {"held_out_recall"} and monitor.cause is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "Expected `validation_data` for a discriminator, .* Received neither"),
        ({"value_bounds": (0, 1), "reward_bounds": (0, 1)}, "Received both"),
        ({"max_accuracy": 0.5}, "Expected `max_accuracy` .*max_accuracy=0.5"),
        ({"min_recall": 1.0}, "Received: .*min_recall=1.0"),
        ({"patience": 0}, "Expected `patience` >= 1. Received: patience=0"),
    ],
)
def test_bad_arguments(arguments, message):
    if arguments and "value_bounds" not in arguments:
        arguments = {"validation_data": REAL, **arguments}
    with pytest.raises(ValueError, match=message):
        StabilityMonitor(**arguments)


def test_models_that_it_is_not_for(gan):
    with pytest.raises(TypeError, match="`validation_data` .*Received: Sequential"):
        train([StabilityMonitor(REAL)], q_model(), [{}])
    with pytest.raises(TypeError, match="`reward_bounds` .*Received: GAN. Leave"):
        train([StabilityMonitor(reward_bounds=(0.0, 1.0))], gan, [{}])
    with pytest.raises(TypeError, match="Received: GAN"):
        train([StabilityMonitor(value_bounds=(0.0, 1.0))], gan, [{}])
    with pytest.raises(ValueError, match="expected `validation_data=.*tuple for"):
        pair = REAL, networks.real_labels(40)
        train([StabilityMonitor(pair)], gan, [{}])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"start_from_epoch": "3"}, "`start_from_epoch` to be an integer >= 0"),
        ({"max_samples": 0}, "`max_samples` to be an integer >= 1"),
        ({"seed": "x"}, "`seed` to be None or an int32"),
        ({"value_bounds": (1.0, 0.0)}, r"`value_bounds` to be \(low, high\)"),
        ({"reward_bounds": "01"}, r"`reward_bounds` to be \(low, high\)"),
    ],
)
def test_arguments_of_another_kind(options, message):
    with pytest.raises(ValueError, match=message):
        StabilityMonitor(**{"validation_data": np.zeros((4, 2)), **options})
