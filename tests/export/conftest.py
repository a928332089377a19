import keras
import pytest

from tests.export import exported_models
from tests.export.alone import Exports


@pytest.fixture(scope="session")
def exported(tmp_path_factory):
    """Models by name, and the `Exports` that ran in another process."""
    keras.utils.set_random_seed(0)
    exports = Exports(tmp_path_factory.mktemp("exported"))
    models = exported_models.add_families(exports)
    exported_models.add_generators(exports, models)
    exported_models.add_rewards(exports)
    exported_models.add_policies(exports)
    exports.run()
    return models, exports
