import zipfile

import pytest

from keras_rlgen import load_model
from tests.networks import gan, values


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("files") / "gan.keras"
    gan().save(path)
    return path


def test_what_save_wrote(path):
    for value, other in zip(values(load_model(path)), values(gan()), strict=True):
        assert (value == other).all()


def test_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="There is no file .*no.keras"):
        load_model(tmp_path / "no.keras")


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_a_cut_file(path, tmp_path, share):
    content = path.read_bytes()
    cut = tmp_path / "cut.keras"
    cut.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ValueError, match="is damaged or incomplete: .* no complete"):
        load_model(cut)


@pytest.mark.parametrize("part", ["config.json", "model.weights.h5"])
@pytest.mark.parametrize("content", [b"not json", None])
def test_a_damaged_or_missing_part(path, tmp_path, part, content):
    other = tmp_path / "other.keras"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(other, "w") as target:
        for name in source.namelist():
            if name != part:
                target.writestr(name, source.read(name))
            elif content is not None:
                target.writestr(name, content)
    with pytest.raises(ValueError, match="is damaged or incomplete"):
        load_model(other)


def test_no_path():
    with pytest.raises(ValueError, match="Expected the path of a '.keras' file"):
        load_model(None)
