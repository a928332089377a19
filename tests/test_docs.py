"""The documentation says what is so: examples run, links lead somewhere."""

import html
import importlib
import inspect
import pathlib
import re
import runpy

import pytest

import keras_rlgen
from keras_rlgen.metrics import classifiers
from tests.without_xla import without_xla

ROOT = pathlib.Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
RUNNABLE = re.compile(r"<!-- runnable -->\n\n```python\n(.*?)```", re.DOTALL)
WITH_EXAMPLES = [p for p in PAGES if RUNNABLE.search(p.read_text("utf-8"))]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FOLDERS = [
    "agents",
    "baselines",
    "callbacks",
    "credit",
    "datasets",
    "distributions",
    "environments",
    "estimators",
    "evaluation",
    "experience",
    "layers",
    "losses",
    "metrics",
    "models",
    "music",
    "planning",
    "play",
    "presets",
    "replay",
    "returns",
    "rewards",
    "rl_models",
    "text",
    "tuning",
    "world_models",
]


def name(page):
    return str(page.relative_to(ROOT))


def without_code(text):
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return re.sub(r"`[^`\n]*`", "code", text)


def anchors(page):
    """Returns the anchors of a page's headings, as mkdocs and GitHub make them."""
    headings = re.findall(r"(?m)^#+ (.+)$", page.read_text("utf-8"))
    plain = (re.sub(r"[^\w\- ]", "", html.unescape(h)).strip() for h in headings)
    return {text.lower().replace(" ", "-") for text in plain}


@pytest.mark.parametrize("page", WITH_EXAMPLES, ids=name)
def test_examples_run(page, tmp_path, tmp_path_factory, monkeypatch):
    # Classifiers of named features are trained briefly, once for all pages.
    cache = tmp_path_factory.getbasetemp() / "docs_keras_home"
    monkeypatch.setenv("KERAS_HOME", str(cache))
    monkeypatch.setitem(classifiers._TRAINING_STEPS, "digits", 20)
    without_xla(monkeypatch)
    monkeypatch.chdir(tmp_path)
    program = "\n".join(RUNNABLE.findall(page.read_text("utf-8")))
    if "import keras_hub" in program:
        pytest.importorskip("keras_hub", reason="needs the extra `language`")
    program = re.sub(r"\b(epochs ?= ?)\d+", r"\g<1>1", program)
    program = re.sub(r"\b(steps_per_epoch ?= ?)\d+", r"\g<1>32", program)
    pathlib.Path("page.py").write_text(program, "utf-8")
    runpy.run_path("page.py")


def test_readme_and_start_have_examples():
    assert {"README.md", "docs/index.md"} <= set(map(name, WITH_EXAMPLES))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page):
    for link in LINK.findall(without_code(page.read_text("utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link}: {target} does not exist"
        assert target.is_relative_to(ROOT), f"{link} leads out of the repository"
        if anchor:
            assert anchor in anchors(target), f"{link}: no such heading"


@pytest.mark.parametrize("folder", FOLDERS)
def test_reference_has_every_public_name(folder):
    reference = (ROOT / "docs" / "reference" / f"{folder}.md").read_text("utf-8")
    shown = re.findall(r"(?m)^(?:::: |      heading: )(\S+)$", reference)
    public = importlib.import_module(f"keras_rlgen.{folder}").__all__
    missing = {f"keras_rlgen.{folder}.{n}" for n in public} - set(shown)
    assert not missing, f"docs/reference/{folder}.md: add {sorted(missing)}"


def test_every_folder_is_tested():
    folders = {
        n for n in keras_rlgen.__all__ if inspect.ismodule(vars(keras_rlgen).get(n))
    }
    assert folders == set(FOLDERS)


def test_navigation_has_every_page():
    navigation = (ROOT / "mkdocs.yml").read_text("utf-8")
    for page in (ROOT / "docs").rglob("*.md"):
        assert f": {page.relative_to(ROOT / 'docs').as_posix()}\n" in navigation
