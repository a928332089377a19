"""Writes a self-contained HTML page of scores and images."""

import base64
import html

from keras_rlgen.pictures import png_bytes
from keras_rlgen.whole_files import write_text

_STYLE = """
body { font: 15px/1.5 sans-serif; margin: 2em auto; max-width: 62em; }
table { border-collapse: collapse; }
td, th { padding: 0.1em 1em; text-align: right; }
td:first-child { text-align: left; }
tr:nth-child(even) { background: #f2f2f2; }
figure { display: inline-block; margin: 1em 1em 0 0; vertical-align: top; }
img { image-rendering: pixelated; max-width: 100%; }
""".strip()


def write_evaluation_page(path, title, table, pictures):
    """Writes an HTML page with embedded images.

    Args:
        path: File to write.
        title: String.
        table: `EvaluationTable`.
        pictures: Dict from captions to uint8 arrays `(height, width, 3)`.
    """
    title = html.escape(title)
    rows = "\n".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
        for row in table.rows()
    )
    figures = "\n".join(
        f"<figure><figcaption>{html.escape(caption)}</figcaption>"
        f'<img alt="{html.escape(caption)}" '
        f'src="data:image/png;base64,{base64.b64encode(png_bytes(pixels)).decode()}">'
        "</figure>"
        for caption, pixels in pictures.items()
    )
    page = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<style>
{_STYLE}
</style>
</head>
<body>
<h1>{title}</h1>
<table>
<tr><th></th><th>generated</th><th>real</th><th>ideal</th></tr>
{rows}
</table>
{figures}
</body>
</html>
"""
    write_text(path, page)
