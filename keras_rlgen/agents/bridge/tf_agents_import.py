"""Imports TF-Agents on Keras 2 while `tf.keras` stays Keras 3."""

import contextlib
import functools
import importlib
import io
import pkgutil
import sys
import threading
import types

from keras_rlgen.extras import install_command

_MISSING = """`keras_rlgen.agents` needs TF-Agents 0.19.0, and importing it failed: \
{error}. TF-Agents pins versions that no longer resolve, so install what it needs, and \
then TF-Agents by itself:

{command}
pip install --no-deps tf-agents==0.19.0
"""

_IMPORTED_EARLIER = """`tf_agents` was imported before `keras_rlgen.agents`, so its \
networks are built on {base} and not on the Keras 2 they were written for. Import it \
through this package first, in a fresh Python process:

from keras_rlgen.agents import tf_agents
"""

_lock = threading.Lock()


def import_tf_agents():
    """Returns the `tf_agents` module, imported on first call.

    TF-Agents 0.19 subclasses the layers of Keras 2, which it expects under the name
    `tf.keras`. While it is being imported, and only then, `sys.modules["tensorflow"]`
    is a proxy of TensorFlow whose `keras` is `tf_keras`. Afterwards `tf.keras` is Keras
    3 again. Every submodule of TF-Agents is imported at once, since one imported later
    would be built on Keras 3.

    The call may be repeated, and is thread-safe. Another thread that runs
    `import tensorflow` during the first call (about a second) would get the proxy.

    Returns:
        The module `tf_agents`. Its submodules can be imported in the usual way from
        then on.

    Raises:
        ImportError: if TF-Agents or a package it needs is not installed, or if
            `tf_agents` had been imported in another way, on Keras 3.

    Example:

    ```python
    from keras_rlgen.agents.bridge.tf_agents_import import import_tf_agents

    tf_agents = import_tf_agents()
    from tf_agents.networks import q_network
    ```
    """
    with _lock:
        return _import_once()


@functools.cache
def _import_once():
    try:
        # Imported first, so that they do not get the proxy.
        import tensorflow
        import tensorflow_probability  # noqa: F401
        import tf_keras

        # Gym, which only TF-Agents uses, prints advice to move to Gymnasium.
        with contextlib.redirect_stderr(io.StringIO()):
            import gym  # noqa: F401

        with _keras_2_as_tf_keras(tensorflow, tf_keras), _all_or_nothing("tf_agents"):
            import tf_agents

            _import_submodules(tf_agents)
    except ImportError as error:
        raise ImportError(
            _MISSING.format(error=error, command=install_command("agents"))
        ) from error
    if not issubclass(tf_agents.networks.Network, tf_keras.layers.Layer):
        base = tf_agents.networks.Network.__mro__[1]
        raise ImportError(
            _IMPORTED_EARLIER.format(base=f"{base.__module__}.{base.__qualname__}")
        )
    return tf_agents


def _import_submodules(package):
    """Imports the submodules of `package`, without its tests and examples."""
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        parts = module.name.split(".")
        if parts[-1].endswith("_test") or {"examples", "benchmark"} & set(parts):
            continue
        # Some need optional packages (Atari, Reverb, PyBullet) and fail in various
        # ways. They fail again, with the reason, when imported by name.
        with contextlib.suppress(Exception):
            importlib.import_module(module.name)


class _StandIn(types.ModuleType):
    """A proxy of `module`, except for the attributes given."""

    def __init__(self, module, **attributes):
        super().__init__(module.__name__, module.__doc__)
        self.__dict__.update(attributes, _module=module)

    def __getattr__(self, name):
        return getattr(self._module, name)

    def __dir__(self):
        return dir(self._module)


@contextlib.contextmanager
def _keras_2_as_tf_keras(tensorflow, tf_keras):
    """Puts a proxy of `tensorflow`, with Keras 2, into `sys.modules`."""
    keras_1 = importlib.import_module("tf_keras.api._v1.keras")
    aliases = {
        name: getattr(tf_keras, name)
        for name in ("initializers", "losses", "metrics", "optimizers")
    }
    compat = _StandIn(
        tensorflow.compat,
        v1=_StandIn(tensorflow.compat.v1, keras=keras_1),
        v2=_StandIn(tensorflow.compat.v2, keras=tf_keras, **aliases),
    )
    stand_in = _StandIn(tensorflow, keras=tf_keras, compat=compat, **aliases)
    before = _loaded("tensorflow.keras")
    for name in before:
        del sys.modules[name]
    sys.modules["tensorflow"] = stand_in
    sys.modules["tensorflow.keras"] = tf_keras
    sys.modules["tensorflow.keras.layers"] = tf_keras.layers
    try:
        yield
    finally:
        for name in _loaded("tensorflow.keras"):
            del sys.modules[name]
        sys.modules.update(before, tensorflow=tensorflow)


@contextlib.contextmanager
def _all_or_nothing(package):
    """Removes the submodules of a `package` whose import failed half-way."""
    before = _loaded(package)
    try:
        yield
    except BaseException:
        for name in _loaded(package).keys() - before.keys():
            del sys.modules[name]
        raise


def _loaded(package):
    """Returns what `sys.modules` holds of `package` and its submodules."""
    return {
        name: module
        for name, module in sys.modules.items()
        if name == package or name.startswith(f"{package}.")
    }
