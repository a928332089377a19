import gymnasium
import pytest

from keras_rlgen.environments import CartPole, Remote
from keras_rlgen.environments.remote import local_environment


def test_a_record():
    environment = CartPole()
    remote = Remote(environment, 3, resources={"num_cpus": 2})
    assert local_environment(remote) is environment is local_environment(environment)
    assert remote.num_workers == 3 and remote.resources == {"num_cpus": 2}
    assert Remote("CartPole-v1", 1).resources == {"num_cpus": 1}


def test_what_other_processes_cannot_make():
    with gymnasium.make("CartPole-v1") as made:
        for environment in (made, Remote("CartPole-v1", 2)):
            with pytest.raises(ValueError, match="that other processes can make"):
                Remote(environment, 2)
    for environment in None, 5, ["CartPole-v1"]:
        with pytest.raises(ValueError, match="that other processes can make"):
            Remote(environment, 2)
    with pytest.raises(TypeError, match=r"Received: the class `CartPole`\. Call it"):
        Remote(CartPole, 2)
    with pytest.raises(ValueError, match="`num_workers` to be an integer >= 1"):
        Remote("CartPole-v1", 0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"resources": "gpu"}, "Expected `resources` to be a dict"),
        ({"resources": [1]}, "Expected `resources` to be a dict"),
        ({"pipelined": "no"}, "`pipelined` to be True or False. Received: 'no'"),
    ],
)
def test_options_of_another_kind(options, message):
    with pytest.raises(TypeError, match=message):
        Remote("CartPole-v1", 2, **options)
