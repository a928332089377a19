import pytest

from tests.rl_models.combinations import (
    GENERATORS,
    PAGE,
    committed_section,
    page,
    results,
    section,
)


@pytest.mark.parametrize("name", GENERATORS)
def test_every_cell_is_what_the_page_says(name):
    assert section(name, *results(name)) == committed_section(name)


def test_the_page_has_these_generators_alone():
    text = PAGE.read_text("utf-8")
    assert text.startswith(page({}).rstrip())
    heads = [line[3:] for line in text.splitlines() if line.startswith("## ")]
    assert heads == list(GENERATORS)
