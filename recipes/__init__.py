"""Recipes: one file each, read top to bottom, run by `python -m recipes.<name>`.

Start-up messages of TensorFlow and warnings of other packages are suppressed. Set
`TF_CPP_MIN_LOG_LEVEL=0` or `PYTHONWARNINGS=default` to see them.
"""

import logging
import os
import sys
import warnings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras_rlgen  # noqa: F401  Before TensorFlow, it keeps the start quiet.

if not sys.warnoptions:
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    warnings.filterwarnings("ignore", category=UserWarning, module="keras")
logging.getLogger("tensorflow").setLevel(logging.ERROR)
logging.getLogger("absl").addFilter(lambda record: record.levelno >= logging.ERROR)
