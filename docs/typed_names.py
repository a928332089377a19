"""Shows names in the reference as one types them, a hook of mkdocs.

After `import keras_rlgen as rlgen`, `keras_rlgen.rl_models.ReinforceGAN` is
`rlgen.ReinforceGAN`, and `keras_rlgen.rewards.Contrast` is `rlgen.rewards.Contrast`.
"""

import ast
import pathlib
import re

PACKAGE = pathlib.Path(__file__).parents[1] / "keras_rlgen"
HEADING = re.compile(r'(<h\d id="keras_rlgen[^>]*>)(.*?)(</h\d>)', re.DOTALL)
NAME = re.compile(r"(?<![\w.\"#])keras_rlgen(?:\.\w+)+")


def public_names():
    """Returns the names of `keras_rlgen.__all__`, without importing TensorFlow."""
    module = ast.parse((PACKAGE / "__init__.py").read_text("utf-8"))
    assigned = {
        node.targets[0].id: node.value
        for node in module.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    return set(ast.literal_eval(assigned["__all__"]))


def typed(path, top_level):
    """Returns the name of an object as one types it."""
    package, *folders, name = path.split(".")
    return ".".join(["rlgen", *([] if name in top_level else folders), name])


def on_page_content(html, page, config, files):
    """Called for each page: changes its headings and its table of contents."""
    if not page.file.src_uri.startswith("reference/"):
        return html
    top_level = public_names()
    items = list(page.toc)
    while items:
        item = items.pop()
        items += item.children
        if item.title.startswith("keras_rlgen."):
            item.title = typed(item.title, top_level)

    def change(heading):
        start, text, end = heading.groups()
        return start + NAME.sub(lambda m: typed(m[0], top_level), text) + end

    return HEADING.sub(change, html)
