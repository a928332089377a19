import doctest
import json

import tensorflow as tf

from keras_rlgen.experience import ArraySpec, spec_config


def test_examples_run():
    names = {"ArraySpec": ArraySpec}
    assert doctest.testmod(spec_config, extraglobs=names).failed == 0


def test_nests_survive_json():
    spec = {"b": (ArraySpec((2,), "uint8"), {}), "a": ArraySpec((), "int32", 0, 1)}
    config = json.loads(json.dumps(spec_config.spec_config(spec)))
    copy = spec_config.spec_from_config(config)
    assert list(copy) == ["b", "a"] and isinstance(copy["b"], tuple)
    assert copy["b"][0].dtype == tf.uint8 and copy["a"].maximum == 1
