from keras_rlgen.agents.drivers.make_driver import make_driver
from keras_rlgen.agents.drivers.tensor_driver import tensor_environment_specs
from keras_rlgen.environments.remote import local_environment
from keras_rlgen.environments.tensor_environment import TensorEnvironment


def specs_of(environment):
    """Returns the specs of observations and actions that an agent of it would have.

    For models that are made before there is an agent.

    Args:
        environment: As in `Agent`: a `TensorEnvironment`, a Gymnasium id, or what
            `environments.make_vector_environment` takes.

    Returns:
        `EnvironmentSpecs`.

    Raises:
        ValueError: If the id is unknown or a space cannot be converted.

    Example:

    ```python
    world = WorldModel(agents.specs_of("Pendulum-v1"))
    planner = agents.Planner(world, planning.CrossEntropy(), environment="Pendulum-v1")
    ```
    """
    environment = local_environment(environment)
    if isinstance(environment, TensorEnvironment):
        return tensor_environment_specs(environment)
    driver = make_driver(environment, num_environments=1, seed=0)
    specs = driver.specs
    if isinstance(environment, str):
        driver.close()
    return specs
