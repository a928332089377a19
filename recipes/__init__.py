"""Recipes: one file each, read top to bottom, run by `python -m recipes.<name>`.

TensorFlow writes start-up notes of its own and of its libraries to the terminal, and
warnings of packages underneath concern their authors: a recipe keeps to its own output.
Set `TF_CPP_MIN_LOG_LEVEL=0` or `PYTHONWARNINGS=default` to see them.
"""

import logging
import os
import sys
import warnings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
if not sys.warnoptions:
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    warnings.filterwarnings("ignore", category=UserWarning, module="keras")
logging.getLogger("tensorflow").setLevel(logging.ERROR)
