import re
from dataclasses import replace
from datetime import date
from zipfile import ZipFile

import docx
import pytest
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.oxml.ns import qn

from reports.charts.charts import Bar, Chart
from reports.document.document import Document, Heading, Paragraph, Table
from reports.document.looks import LOOKS, STAND_INS
from reports.document.word import write_docx
from reports.setting.typesetting import FontMissingError

TABLE = Table(
    "表1　份数", "单位：份", ("对象", "收回"), (False, True), (("家长", "1,210"), ("学生", "56")), ("注：甲。",)
)
DOCUMENT = Document(
    title=("明江县2025年义务教育优质均衡发展", "社会认可度自查报告"),
    author="明江县督导室",
    day=date(2025, 5, 20),
    mark="",
    blocks=(
        Heading("一、依据与方法", 1),
        Heading("（一）依据", 2),
        Paragraph(("正文。",)),
        TABLE,
        Chart((Bar("家长", 0.9, 0.88, 0.92, "90.00%"),), 0.85, "85%", "图1　认可度"),
        Paragraph(("明江县督导室", "2025年5月20日"), "signature"),
    ),
)


@pytest.fixture
def written(tmp_path):
    def write(document=DOCUMENT):
        write_docx(document, tmp_path / "report.docx")
        return docx.Document(str(tmp_path / "report.docx"))

    return write


def test_the_page_is_a4_with_the_margins_of_the_standard(written):
    page = written().sections[0]
    edges = (page.top_margin, page.bottom_margin, page.left_margin, page.right_margin)
    assert [round(edge.mm) for edge in edges] == [37, 35, 28, 26]
    assert [round(side.mm) for side in (page.page_width, page.page_height)] == [210, 297]


def test_22_lines_fit_on_a_page(written):
    word = written()
    page, pitch = word.sections[0], word.styles["Body Text"].paragraph_format.line_spacing
    assert (page.page_height - page.top_margin - page.bottom_margin) // pitch == 22


@pytest.mark.parametrize(
    ("style", "typeface", "points"),
    [
        ("Title", "方正小标宋简体", 22),
        ("Heading 1", "黑体", 16),
        ("Heading 2", "楷体_GB2312", 16),
        ("Body Text", "仿宋_GB2312", 16),
        ("Table Text", "仿宋_GB2312", 10.5),
    ],
)
def test_every_style_names_the_chinese_typeface_of_the_standard(written, style, typeface, points):
    found = written().styles[style]
    assert found.element.rPr.rFonts.get(qn("w:eastAsia")) == typeface
    assert found.font.size.pt == points


def test_typefaces_of_the_standard_have_stand_ins_that_every_computer_has(written):
    written()
    package = written().part.package
    fonts = next(part.blob for part in package.iter_parts() if part.partname == "/word/fontTable.xml").decode()
    assert '<w:font w:name="仿宋_GB2312"><w:altName w:val="仿宋"/></w:font>' in fonts


def test_paragraphs_stand_in_their_styles_and_order(written):
    found = [(line.style.name, line.text) for line in written().paragraphs if line.text]
    assert found == [
        ("Title", "明江县2025年义务教育优质均衡发展\n社会认可度自查报告"),
        ("Heading 1", "一、依据与方法"),
        ("Heading 2", "（一）依据"),
        ("Body Text", "正文。"),
        ("Caption", "表1　份数"),
        ("Table Unit", "单位：份"),
        ("Table Note", "注：甲。"),
        ("Picture Caption", "图1　认可度"),
        ("Signature", "明江县督导室"),
        ("Signature", "2025年5月20日"),
    ]


def test_numbers_in_a_table_are_right_aligned_and_its_head_is_repeated(written):
    grid = written().tables[0]
    assert [[cell.text for cell in row.cells] for row in grid.rows] == [
        ["对象", "收回"],
        ["家长", "1,210"],
        ["学生", "56"],
    ]
    assert grid.rows[1].cells[1].paragraphs[0].style.paragraph_format.alignment == WD_ALIGN_PARAGRAPH.RIGHT
    assert grid.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None


def test_the_folio_stands_between_dashes_at_the_outer_edge(written):
    page = written().sections[0]
    for footer, side in ((page.footer, WD_ALIGN_PARAGRAPH.RIGHT), (page.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT)):
        line = footer.paragraphs[0]
        assert "".join(re.findall("<w:t[^>]*>(.*?)</w:t>", line._p.xml)) == "— 1 —"
        assert line._p.find(qn("w:fldSimple")).get(qn("w:instr")) == "PAGE"
        assert line.alignment == side


@pytest.mark.parametrize("mark", ["演示数据", ""])
def test_the_mark_stands_on_odd_and_even_pages(written, mark):
    page = written(replace(DOCUMENT, mark=mark)).sections[0]
    assert [header.paragraphs[0].text for header in (page.header, page.even_page_header)] == [mark, mark]


def test_the_same_document_gives_the_same_bytes_whatever_the_time(written, tmp_path):
    written()
    first = (tmp_path / "report.docx").read_bytes()
    written()
    assert (tmp_path / "report.docx").read_bytes() == first
    with ZipFile(tmp_path / "report.docx") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_properties_come_from_the_document(written):
    of = written().core_properties
    assert (of.title, of.author, of.created.date()) == ("".join(DOCUMENT.title), "明江县督导室", DOCUMENT.day)


LONG = replace(
    DOCUMENT,
    contents=True,
    blocks=(
        Heading("一、依据与方法", 1),
        *(Paragraph(("正文。" * 200,)) for _ in range(4)),
        Heading("二、结果", 1),
        Paragraph(("结果“较好”，见表3-2，≥94.5，编号quality-2024。",)),
        TABLE,
        DOCUMENT.blocks[-1],
    ),
)


def test_contents_have_their_pages_written_in_and_lead_to_the_headings(written):
    word = written(LONG)
    entries = [line for line in word.paragraphs if line.style.name == "toc 1"]
    assert [line.text for line in entries] == ["一、依据与方法\t1", "二、结果\t5"]
    links = [line._p.find(qn("w:hyperlink")).get(qn("w:anchor")) for line in entries]
    marks = {
        mark.get(qn("w:name")): line.text
        for line in word.paragraphs
        if line.style.name == "Heading 1"
        for mark in line._p.findall(qn("w:bookmarkStart"))
    }
    assert [marks[link] for link in links] == ["一、依据与方法", "二、结果"]
    fields = re.findall("<w:instrText>(.*?)</w:instrText>", "".join(line._p.xml for line in entries))
    assert fields[0].startswith("TOC ")
    assert fields[1:] == [f"PAGEREF {link} \\h" for link in links]


def test_the_fields_of_the_contents_are_opened_and_closed(written):
    entries = [line._p.xml for line in written(LONG).paragraphs if line.style.name == "toc 1"]
    kinds = re.findall('w:fldCharType="(.*?)"', "".join(entries))
    assert (kinds.count("begin"), kinds.count("separate"), kinds.count("end")) == (3, 3, 3)
    assert (kinds[0], kinds[-1]) == ("begin", "end")


def test_dots_lead_to_the_pages_at_the_right_edge(written):
    (stop,) = written(LONG).styles["toc 1"].paragraph_format.tab_stops
    assert (round(stop.position.mm), stop.alignment, stop.leader) == (
        156,
        WD_TAB_ALIGNMENT.RIGHT,
        WD_TAB_LEADER.DOTS,
    )


def test_without_a_typeface_the_contents_are_links_without_pages(written, monkeypatch):
    def refuse(document):
        raise FontMissingError

    monkeypatch.setattr("reports.document.word.find_pages", refuse)
    entries = [line.text for line in written(LONG).paragraphs if line.style.name == "toc 1"]
    assert entries == ["一、依据与方法", "二、结果"]


@pytest.mark.parametrize("sign", ["“", "”", "‘", "’", "—", "…", "≥", "‰", "·"])
def test_signs_that_two_scripts_share_are_hinted_as_chinese_wherever_they_stand(written, sign):
    text = f"甲{sign}乙"
    table = replace(TABLE, caption=text, unit=text, head=(text, text), rows=((text, text),), notes=(text,))
    word = written(replace(DOCUMENT, blocks=(Heading(text, 1), Paragraph((text,)), table)))
    runs = [run for run in word.element.iter(qn("w:r")) if sign in "".join(run.itertext())]
    assert len(runs) == 9
    assert {run.rPr.find(qn("w:rFonts")).get(qn("w:hint")) for run in runs} == {"eastAsia"}


def test_a_text_of_one_script_needs_no_hint(written):
    word = written(replace(DOCUMENT, blocks=(Paragraph(("甲乙 2025",)),)))
    assert [run._r.rPr for run in word.paragraphs[-1].runs] == [None]


def test_no_label_is_broken_at_its_hyphen(written):
    line = next(line for line in written(LONG).paragraphs if "quality" in line.text)
    assert line.text == "结果“较好”，见表3-2，≥94.5，编号quality-2024。"
    assert "-" not in "".join(text.text for text in line._p.iter(qn("w:t")))
    assert len(list(line._p.iter(qn("w:noBreakHyphen")))) == 2


def test_who_signs_and_the_day_stand_as_the_standard_has_them(written):
    *_, before, office, day = written(
        replace(DOCUMENT, blocks=(Paragraph(("正文。",)), DOCUMENT.blocks[-1]))
    ).paragraphs
    character = 156 / 28
    lefts = [line.paragraph_format.left_indent.mm / character for line in (office, day)]
    assert lefts == pytest.approx([17.5, 19.5], abs=0.01)
    assert office.paragraph_format.space_before.pt == 28.95
    assert before.paragraph_format.keep_with_next
    assert office.paragraph_format.keep_with_next
    assert not day.paragraph_format.keep_with_next


@pytest.mark.parametrize("style", ["Heading 1", "Heading 2", "Heading 3", "Heading 4", "Caption", "Table Unit"])
def test_a_heading_or_caption_stays_with_what_follows_it(written, style):
    assert written().styles[style].paragraph_format.keep_with_next


@pytest.mark.parametrize(("typeface", "other"), STAND_INS.items())
def test_each_typeface_of_the_standard_has_a_substitute(written, typeface, other):
    word = written()
    fonts = next(part.blob for part in word.part.package.iter_parts() if part.partname == "/word/fontTable.xml")
    assert f'<w:font w:name="{typeface}"><w:altName w:val="{other}"/></w:font>' in fonts.decode()
    named = {look.typeface for look in LOOKS.values()}
    assert named - set(STAND_INS) == {"黑体"}
