import sys

import pytest

from keras_rlgen.music.import_library import import_library


def test_a_missing_library_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "mido", None)
    with pytest.raises(ImportError, match=r"pip install .*\[music\]"):
        import_library("mido")
