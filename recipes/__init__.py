"""Recipes: one file each, read top to bottom, run by `python -m recipes.<name>`.

Start-up messages of TensorFlow and warnings of other packages are suppressed. Set
`TF_CPP_MIN_LOG_LEVEL=0` or `PYTHONWARNINGS=default` to see them.
"""

import logging
import os
import sys
import warnings


def import_tensorflow_quietly():
    """Imports TensorFlow with the stderr output of its C++ code suppressed.

    No setting affects messages before its logging is set up. Python errors are raised
    as usual.
    """
    stderr = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        import tensorflow as tf

        tf.config.list_physical_devices()
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(nowhere)


os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
if os.environ["TF_CPP_MIN_LOG_LEVEL"] != "0":
    import_tensorflow_quietly()
if not sys.warnoptions:
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    warnings.filterwarnings("ignore", category=UserWarning, module="keras")
logging.getLogger("tensorflow").setLevel(logging.ERROR)
logging.getLogger("absl").addFilter(lambda record: record.levelno >= logging.ERROR)
