import os

import pytest

from keras_rlgen.metrics import classifiers


@pytest.fixture(scope="session", autouse=True)
def keras_home(tmp_path_factory):
    """Classifiers are trained briefly, once for all tests of this run."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_HOME", str(folder / "keras_home"))
        patch.setitem(classifiers._TRAINING_STEPS, "digits", 100)
        yield
