"""The gallery has every recipe, and is what its script writes."""

import numpy as np
from PIL import Image

from docs import gallery

RECIPES = {path.stem for path in (gallery.ROOT / "recipes").glob("[a-z]*.py")}
SHOWN = {name for group in gallery.RECIPES.values() for name in group}


def test_it_has_every_recipe():
    assert SHOWN == RECIPES


def test_the_page_is_up_to_date():
    page = (gallery.ROOT / "docs" / "gallery.md").read_text("utf-8")
    assert page == gallery.page(), "Run `python docs/gallery.py --page`"


def test_pictures_are_small_and_those_of_recipes():
    assert set(gallery.read_runs()) <= RECIPES
    for name in gallery.read_runs():
        path = gallery.PICTURES / f"{name}.png"
        assert path.stat().st_size <= gallery.MAX_BYTES
    pictures = {path.stem for path in gallery.PICTURES.glob("*.png")}
    assert pictures == set(gallery.read_runs())


def test_pictures_are_joined_and_made_small(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (400, 600, 3), np.uint8)
    frames = [Image.fromarray(np.roll(noise, i, axis=1)[:50, :80]) for i in range(12)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    Image.fromarray(noise).save(tmp_path / "b.png")
    strip = gallery.filmstrip(tmp_path / "a.gif")
    assert strip.size == (gallery.FRAMES * 80, 100)
    joined = gallery.beside_each_other([tmp_path / "a.gif", tmp_path / "b.png"])
    assert joined.size == (gallery.FRAMES * 80 + 12 + 150, 100)
    gallery.write_small(tmp_path / "small.png", Image.fromarray(noise))
    assert (tmp_path / "small.png").stat().st_size <= gallery.MAX_BYTES
