"""Makes the driver for an environment."""

from keras_rlgen.agents.drivers.gymnasium_driver import GymnasiumDriver
from keras_rlgen.agents.drivers.tensor_driver import TensorDriver
from keras_rlgen.environments.environment_kinds import refuse_class
from keras_rlgen.environments.remote import Remote
from keras_rlgen.environments.tensor_environment import TensorEnvironment


def make_driver(environment, num_environments, seed):
    """Returns the `Driver` for an environment.

    Args:
        environment: `TensorEnvironment`, `Remote`, or what
            `keras_rlgen.environments.make_vector_environment` takes.
        num_environments: Integer >= 1.
        seed: Integer.

    Raises:
        ImportError: If Gymnasium or Ray is needed and not installed.
        TypeError: If `environment` is none of these.
        ValueError: If the id is unknown or a space cannot be converted.
    """
    if isinstance(environment, Remote):
        # It imports this module.
        from keras_rlgen.agents.drivers.ray_driver import RayDriver

        return RayDriver(environment, num_environments, seed)
    refuse_class(environment)
    kind = (
        TensorDriver if isinstance(environment, TensorEnvironment) else GymnasiumDriver
    )
    return kind(environment, num_environments, seed)
