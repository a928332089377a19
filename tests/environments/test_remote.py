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
    with pytest.raises(ValueError, match="`num_workers` to be an integer >= 1"):
        Remote("CartPole-v1", 0)
