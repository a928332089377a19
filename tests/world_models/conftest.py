import pytest

from tests.world_models.toys import compile_world, make_world, recorded


@pytest.fixture(scope="session")
def experience():
    return recorded()


@pytest.fixture(scope="session")
def trained(experience):
    """A world model that has learned `Slide`. It is not to be trained further."""
    world = compile_world(make_world())
    world.fit(experience, steps_per_epoch=240, batch_size=64, window=4, verbose=0)
    return world
