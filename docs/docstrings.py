"""Puts docstrings into the Markdown that mkdocs reads, an extension of griffe.

An example with prompts gets the fence it does not have in the source, and a list the
empty line before it.
"""

import re

import griffe

EXAMPLE = re.compile(r"(?m)^( *)>>> .*(?:\n\1\S.*)*")
LIST = re.compile(r"(?m)^( *\S.*(?:One of|:))\n( *- )")


class Markdown(griffe.Extension):
    """Changes docstrings after they were read."""

    def on_object(self, *, obj, **kwargs):
        """Called for each module, class, function and attribute."""
        if obj.docstring:
            text = EXAMPLE.sub(r"```pycon\n\g<0>\n```", obj.docstring.value)
            obj.docstring.value = LIST.sub(r"\1\n\n\2", text)
