import doctest
import importlib
import inspect

import keras
import pytest
import tensorflow as tf

from keras_rlgen import layers
from keras_rlgen.models.autoregressive import gated_pixel_cnn, pixel_decoding
from keras_rlgen.models.flow import coupling_flows

NAMES = sorted(
    {
        value.__module__
        for name in layers.__all__
        if ">>>" in inspect.getsource(value := getattr(layers, name))
    }
)


@pytest.mark.parametrize(
    "module",
    [
        *map(importlib.import_module, NAMES),
        coupling_flows,
        gated_pixel_cnn,
        pixel_decoding,
    ],
    ids=lambda module: module.__name__.rpartition(".")[2],
)
def test_examples_in_docstrings_run(module):
    objects = {"keras": keras, "tf": tf}
    objects |= {name: getattr(layers, name) for name in layers.__all__}
    result = doctest.testmod(module, extraglobs=objects)
    assert result.attempted > 0 and result.failed == 0
