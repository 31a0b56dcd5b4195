from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from xml.etree import ElementTree

import docx
import pytest
from docx.oxml.ns import qn
from PIL import Image

from reports.charts.charts import (
    Bar,
    Chart,
    Dot,
    Mark,
    Marks,
    Panels,
    Scale,
    describe,
    draw_narrow_svg,
    draw_png,
    draw_svg,
)
from reports.charts.plots import plot
from reports.document.word import write_docx
from reports.setting.typesetting import FontMissingError
from tests.test_pdf import DOCUMENT

RATES = Chart(
    (Bar("家长", 0.9, 0.88, 0.92, "90.00%"), Bar("学生", 0.8, 0.7, 0.9, "80.00%")), 0.85, "85%", "图1　认可度"
)
RETURNS = Marks(
    (Mark("家长", 1.36, 1.0, "455/334"), Mark("学生", 0.5, 1.0, "5/10")), ("收回", "计划"), caption="图2　回收"
)
TOPICS = Panels(
    ("家长", "人大代表、政协委员"),
    (("立德树人", (Dot(0.8, "80.00%"), Dot(None, "—"))), ("教育公平", (Dot(0.9, "90.00%"), Dot(1.0, "100.00%")))),
    0.85,
    "85%",
    "图3　方面",
)
every_kind = pytest.mark.parametrize("chart", [RATES, RETURNS, TOPICS], ids=["rates", "marks", "panels"])


def texts_of(svg):
    return [element.text for element in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def circles_of(svg):
    return list(ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}circle"))


@every_kind
def test_a_chart_says_in_words_what_it_shows(chart):
    assert ElementTree.fromstring(draw_svg(chart)).get("aria-label") == describe(chart)
    assert chart.caption in describe(chart)


@every_kind
def test_a_chart_needs_no_colour(chart):
    inks = {
        element.get(name) for element in ElementTree.fromstring(draw_svg(chart)).iter() for name in ("fill", "stroke")
    }
    hexes = {ink.lstrip("#") for ink in inks - {None, "none"}}
    assert all(len(set(ink if len(ink) == 3 else (ink[:2], ink[2:4], ink[4:]))) == 1 for ink in hexes)


def test_on_a_phone_letters_are_as_large_as_text_and_no_name_runs_into_its_figure():
    names = ("家长", "人大代表、政协委员、其他群众和校长")
    chart = replace(RATES, bars=tuple(replace(bar, name=name) for bar, name in zip(RATES.bars, names, strict=True)))
    svg = ElementTree.fromstring(draw_narrow_svg(chart))
    assert float(svg.get("viewBox").split()[2]) == 328
    assert float(svg.get("font-size")) >= 12
    lines = [
        [float(text.get("y")) for text in svg.iter() if text.text in told]
        for told in zip(names, ("90.00%", "80.00%"), strict=True)
    ]
    assert [len(set(line)) for line in lines] == [1, 2]
    assert texts_of(draw_narrow_svg(chart))[-1].endswith("%")


def test_rates_stand_on_their_side_of_the_line():
    svg = draw_svg(RATES)
    line = next(path for path in ElementTree.fromstring(svg).iter() if path.get("stroke-dasharray")).get("d")
    at = float(line.split()[0].lstrip("M"))
    above, below = (float(circle.get("cx")) for circle in circles_of(svg))
    assert below < at < above


def test_a_bar_beyond_its_mark_still_fits_the_page():
    root = ElementTree.fromstring(draw_svg(RETURNS))
    ends = [float(one.get("x")) + float(one.get("width")) for one in root.iter("{http://www.w3.org/2000/svg}rect")]
    assert max(ends) <= 156
    assert {"455/334", "5/10", "收回", "计划"} <= set(texts_of(draw_svg(RETURNS)))


def test_a_dot_below_the_line_is_hollow_and_a_hidden_one_is_not_there():
    fills = [circle.get("fill") for circle in circles_of(draw_svg(TOPICS))]
    assert sorted(fills) == ["#000", "#000", "#fff"]


def test_a_picture_has_300_dots_an_inch():
    with Image.open(BytesIO(draw_png(RATES))) as picture:
        assert picture.width == pytest.approx(156 / 25.4 * 300, abs=2)


def test_word_carries_the_picture_with_its_words(tmp_path):
    write_docx(replace(DOCUMENT, blocks=(RATES,)), tmp_path / "chart.docx")
    word = docx.Document(str(tmp_path / "chart.docx"))
    (shape,) = word.inline_shapes
    assert shape._inline.docPr.get("descr") == describe(RATES)
    assert round(shape.width.mm) == 156
    assert word.element.body.findall(f".//{qn('w:drawing')}")


def test_without_a_typeface_word_carries_the_words_alone(tmp_path, monkeypatch):
    def refuse(chart):
        raise FontMissingError

    monkeypatch.setattr("reports.document.word.draw_png", refuse)
    write_docx(replace(DOCUMENT, blocks=(RATES,)), tmp_path / "chart.docx")
    word = docx.Document(str(tmp_path / "chart.docx"))
    assert len(word.inline_shapes) == 0
    assert describe(RATES) in [line.text for line in word.paragraphs]


def test_labels_stand_on_round_shares_and_apart():
    assert Scale(0.0, 1.05, 0, 76).labels == [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    assert len(Scale(0.0, 7.5, 0, 76).labels) <= 8


@pytest.mark.parametrize("times", [7.6, 11.4, 16.8, 20.0, 150.0])
def test_returns_many_times_their_plan_have_an_axis_of_round_shares_that_stand_apart(times):
    chart = replace(RETURNS, marks=(Mark("学生", times, 1.0, "380/19"), RETURNS.marks[1]))
    labels = [text for text in texts_of(draw_svg(chart)) if text.endswith("%")]
    steps = [int(label.removesuffix("%")) for label in labels]
    assert 4 <= len(steps) <= 8
    assert len({after - before for before, after in pairwise(steps)}) == 1
    assert steps[1] % 100 == 0
    mark = [path.get("d") for path in ElementTree.fromstring(draw_svg(chart)).iter() if "v4.8" in path.get("d", "")]
    assert len(set(mark)) == 1 + len(chart.marks)


def test_names_cannot_break_the_drawing():
    hostile = replace(RATES, bars=(replace(RATES.bars[0], name="<甲&乙>"),))
    assert "<甲&乙>" in texts_of(draw_svg(hostile))


def test_a_range_that_is_told_instead_of_a_rate_has_a_line_and_no_dot():
    whole = Chart((Bar("人大代表", None, 0.8, 0.9, "80%至90%"),), 0.85, "85%", "图1　认可度")
    assert "<circle" not in draw_svg(whole)
    assert plot(whole)["data"][0]["marker"]["opacity"] == [0.0]
    panels = Panels(("教师",), (("立德树人", (Dot(None, "不低于97.5%", (0.975, 1.0)),)),), 0.85, "85%", "图2　各方面")
    assert "<circle" not in draw_svg(panels)
    assert "不低于97.5%" in draw_svg(panels)
    assert [trace["x"] for trace in plot(panels)["data"]] == [[], [0.975, 1.0]]
