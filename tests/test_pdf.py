import re
from dataclasses import replace
from datetime import date
from io import BytesIO

import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from reports.charts.charts import Bar, Chart
from reports.document.document import Document, Heading, Paragraph, Table
from reports.document.pdf import render_pdf
from reports.document.signing import indent_lines

MILLIMETRES = 25.4 / 72
RARE = "黔〔2024〕‰≥≤＞—－％“”、；：（）"
DOCUMENT = Document(
    title=("明江县2025年义务教育优质均衡发展", "社会认可度自查报告"),
    author="明江县督导室",
    day=date(2025, 5, 20),
    mark="演示数据",
    blocks=(
        Heading("一、依据与方法", 1),
        Heading("（一）依据", 2),
        Paragraph(("正文" * 14 + "。" + RARE,)),
        Table("表1　份数", "单位：份", ("对象", "收回"), (False, True), (("家长", "1,210"),) * 60, ("注：甲。",)),
        Chart((Bar("家长", 0.9, 0.88, 0.92, "90.00%"),), 0.85, "85%", "图1　认可度"),
        Paragraph(("明江县督导室", "2025年5月20日"), "signature"),
    ),
)


def open_pdf(document=DOCUMENT):
    return pypdfium2.PdfDocument(BytesIO(render_pdf(document)))


def texts_of(pdf):
    return [re.sub(r"\s", "", page.get_textpage().get_text_bounded()) for page in pdf]


def test_every_sign_of_the_document_has_a_glyph():
    text = "".join(texts_of(open_pdf()))
    written = "".join(map(str, (*DOCUMENT.title, *DOCUMENT.blocks[2].lines, "90.00%图1认可度单位：份注：甲。")))
    assert set(written) - set(text) == set()
    assert "\ufffd" not in text
    assert "\x00" not in text


def test_only_embedded_fonts_are_used():
    page = open_pdf()[0]
    fonts = [
        pdfium.FPDFTextObj_GetFont(thing.raw) for thing in page.get_objects() if thing.type == pdfium.FPDF_PAGEOBJ_TEXT
    ]
    assert fonts
    assert all(pdfium.FPDFFont_GetIsEmbedded(font) == 1 for font in fonts)


def left_edges(page, lines):
    """How far from the left edge of the type area each line begins, in characters of 28."""
    text = page.get_textpage()
    signs = text.get_text_range()
    starts = [text.get_charbox(signs.rindex(line), loose=True)[0] for line in lines]
    return [(start * MILLIMETRES - 28) / (156 / 28) for start in starts]


@pytest.mark.parametrize("office", ["明江县督导室", "明江县人民政府教育督导室"])
def test_who_signs_and_the_day_stand_where_the_standard_has_them(office):
    lines = (office, "2025年5月20日")
    page = open_pdf(replace(DOCUMENT, blocks=(Paragraph(("正文。",)), Paragraph(lines, "signature"))))[0]
    assert left_edges(page, lines) == pytest.approx(indent_lines(lines), abs=0.3)


def test_a_line_of_the_type_area_holds_28_characters():
    (page,) = open_pdf(replace(DOCUMENT, blocks=(Paragraph(("正文" * 50,)),), mark=""))
    lines = page.get_textpage().get_text_range().splitlines()
    assert [len(line) for line in lines if line.startswith(("正", "文"))] == [26, 28, 28, 18]


def test_the_type_area_keeps_the_margins_of_the_standard():
    (page,) = open_pdf(replace(DOCUMENT, blocks=(Paragraph(("正文" * 50,)),), mark=""))
    boxes = [thing.get_bounds() for thing in page.get_objects() if thing.type == pdfium.FPDF_PAGEOBJ_TEXT]
    assert [round(side * MILLIMETRES) for side in page.get_size()] == [210, 297]
    assert min(left for left, _, _, _ in boxes) * MILLIMETRES == pytest.approx(28, abs=1)
    assert 210 - max(right for _, _, right, _ in boxes) * MILLIMETRES == pytest.approx(26, abs=1)
    assert 297 - max(top for _, _, _, top in boxes) * MILLIMETRES == pytest.approx(37, abs=1.5)


def test_folio_and_mark_stand_on_every_page():
    pages = texts_of(open_pdf())
    assert len(pages) > 2
    assert all(f"—{number}—" in text for number, text in enumerate(pages, start=1))
    assert all("演示数据" in text for text in pages)


def test_no_mark_stands_on_a_real_report():
    assert "演示数据" not in "".join(texts_of(open_pdf(replace(DOCUMENT, mark=""))))


def test_a_long_table_repeats_its_head_on_the_next_page():
    assert sum("对象收回" in text for text in texts_of(open_pdf())) > 1


def test_the_chart_draws_rates_and_line_with_their_printed_values():
    text = texts_of(open_pdf())[-1]
    assert "90.00%" in text
    assert "图1认可度" in text


def test_the_same_document_gives_the_same_bytes():
    assert render_pdf(DOCUMENT) == render_pdf(DOCUMENT)


def test_no_row_of_a_table_is_broken_over_two_pages():
    rows = tuple((f"第{number:02}行", f"始{number:02}" + "内容" * 120 + f"末{number:02}") for number in range(40))
    table = Table("表1　原因", "", ("维度", "原因"), (False, False), rows, ())
    pages = texts_of(open_pdf(replace(DOCUMENT, blocks=(table,))))
    assert len(pages) > 2
    for text in pages:
        assert re.findall(r"始(\d\d)", text) == re.findall(r"末(\d\d)", text)
