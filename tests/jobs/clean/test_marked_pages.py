"""The marked help pages, where Debian's package of them is installed."""

import pytest

from bench.extract import f1, marked, measured, rivals, visible
from bench.row import Absent
from jobs.clean.extract import main_text


def test_a_plain_rendering_has_a_line_a_block():
    page = "<head><title>x</title></head><p>하나 <b>둘</b><br>셋<script>y</script><ul><li>넷</li></ul><!-- z -->"
    assert visible(page) == ["하나 둘", "셋", "넷"]
    assert f1("가 나 다", "가 나 라") == pytest.approx(2 / 3)


def test_main_text_of_the_marked_pages_beats_the_defaults():
    try:
        pages = marked()
    except Absent as absent:
        pytest.skip(str(absent))
    assert len(pages) == 30
    _, own, _ = measured("ours", lambda page: main_text(page)[0], pages)
    assert own >= 0.98
    assert all(own > measured(name, extract, pages)[1] for name, extract in rivals() if name == "resiliparse")
