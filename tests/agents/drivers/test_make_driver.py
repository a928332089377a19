import gymnasium
import pytest

from keras_rlgen.agents.drivers.gymnasium_driver import GymnasiumDriver
from keras_rlgen.agents.drivers.make_driver import make_driver
from keras_rlgen.agents.drivers.tensor_driver import TensorDriver
from keras_rlgen.environments import CartPole


@pytest.mark.parametrize(
    ("environment", "kind"),
    [
        (CartPole(), TensorDriver),
        ("CartPole-v1", GymnasiumDriver),
        (lambda: gymnasium.make("CartPole-v1"), GymnasiumDriver),
    ],
)
def test_each_kind(environment, kind):
    driver = make_driver(environment, 2, seed=0)
    assert isinstance(driver, kind) and driver.num_environments == 2
    assert driver.specs.observation.shape == (4,)
    driver.close()


def test_what_is_no_environment():
    with pytest.raises(TypeError, match="Received: 3"):
        make_driver(3, 1, seed=0)
