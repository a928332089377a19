import keras
import pytest

from keras_rlgen.training.optimizer_group import OptimizerGroup


def optimizers(*rates):
    made = [keras.optimizers.Adam(rate) for rate in rates]
    for optimizer in made:
        optimizer.build([keras.Variable([0.0])])
    return made


def named(*optimizers):
    return dict(zip(("generator", "discriminator"), optimizers, strict=True))


def rates(group):
    return [float(o.learning_rate) for o in group.members]


def test_setting_the_learning_rate_keeps_the_ratio():
    group = OptimizerGroup(named(*optimizers(0.1, 0.4)))
    assert group.learning_rate == pytest.approx(0.1)
    group.learning_rate = 0.01
    assert rates(group) == pytest.approx([0.01, 0.04])


def test_all_learning_rates_are_named():
    group = OptimizerGroup(named(*optimizers(0.1, 0.4)))
    rates_by_name = {"generator": 0.1, "discriminator": 0.4}
    assert group.learning_rates == pytest.approx(rates_by_name)


def test_the_ratio_outlives_a_rate_of_zero():
    group = OptimizerGroup(named(*optimizers(0.1, 0.4)))
    group.learning_rate = 0.0
    assert rates(group) == [0.0, 0.0]
    group.learning_rate = 0.2
    assert rates(group) == pytest.approx([0.2, 0.8])


def test_a_ratio_changed_by_hand_is_kept():
    group = OptimizerGroup(named(*optimizers(0.1, 0.4)))
    group.members[1].learning_rate = 0.1
    group.learning_rate = 0.5
    assert rates(group) == pytest.approx([0.5, 0.5])


def test_the_wrapped_optimizer_of_mixed_precision_is_scaled():
    scaled = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1))
    scaled.build([keras.Variable([0.0])])
    group = OptimizerGroup(named(scaled, *optimizers(0.2)))
    group.learning_rate = 0.3
    assert float(scaled.inner_optimizer.learning_rate) == pytest.approx(0.3)
    assert rates(group) == pytest.approx([0.3, 0.6])


def test_variables_are_those_of_all():
    first, second = optimizers(0.1, 0.4)
    group = OptimizerGroup(named(first, second))
    assert [id(v) for v in group.variables] == [
        id(v) for v in [*first.variables, *second.variables]
    ]
    assert group.iterations is second.iterations
