import base64
import io
import re

import numpy as np
from PIL import Image

from keras_rlgen.evaluation import EvaluationTable
from keras_rlgen.evaluation.evaluation_page import write_evaluation_page


def test_the_page_holds_all_and_escapes_what_it_is_given(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (4, 5, 3), np.uint8)
    table = EvaluationTable({"<b>recall</b>": 0.25}, real={"<b>recall</b>": 0.75})
    path = tmp_path / "page.html"
    write_evaluation_page(path, "A <script> & more", table, {'one "two"': pixels})
    page = path.read_text("utf-8")
    assert "<script>" not in page and "A &lt;script&gt; &amp; more" in page
    assert "<td>&lt;b&gt;recall&lt;/b&gt;</td><td>0.2500</td><td>0.7500</td>" in page
    assert 'alt="one &quot;two&quot;"' in page
    assert "http" not in page
    (encoded,) = re.findall(r'src="data:image/png;base64,([^"]+)"', page)
    image = Image.open(io.BytesIO(base64.b64decode(encoded)))
    np.testing.assert_array_equal(np.asarray(image), pixels)
