"""The form of every golden county's report and insert: GB/T 9704-2012, read from what is written."""

import re
from io import BytesIO
from itertools import pairwise

import pypdfium2
import pytest

from reports.document.document import Heading, Paragraph, Table, hold_names, read_document
from reports.document.pdf import render_pdf
from reports.document.signing import indent_lines
from reports.report import insert, section
from reports.screen.views import results_of
from reports.setting.figures import numeral
from reports.setting.texts import number_heading
from tests.golden_counties import COUNTIES, golden
from tests.test_document import read

WIDE_COUNTY = "秀山土家族苗族自治县"
NUMBERED = re.compile(r"^(\d+)\.(?!\d)")


def report_of(name):
    facts, published = golden(name)
    return section.section(facts, results_of(published))


def insert_of(name):
    facts, published = golden(name)
    return insert.insert(facts, results_of(published))


def find_misnumbered(headings):
    """Headings that do not bear the next number of their level."""
    counts = [0] * 4
    for heading in headings:
        level = heading.level - 1
        counts[level] += 1
        counts[level + 1 :] = [0] * (3 - level)
        sign = number_heading(heading.level, counts[level], "").partition(" ")[2]
        if not heading.text.startswith(sign):
            yield heading.text


@pytest.mark.parametrize("name", COUNTIES)
def test_the_headings_of_a_report_are_numbered_throughout(name):
    headings = [block for block in report_of(name).blocks if isinstance(block, Heading)]
    assert list(find_misnumbered(headings)) == []
    assert len(headings) > 20


@pytest.mark.parametrize("name", COUNTIES)
def test_the_insert_is_the_fourth_part_and_counts_its_own(name):
    first, *rest = [block for block in insert_of(name).blocks if isinstance(block, Heading)]
    assert first.text == f"（{numeral(4)}）社会认可度"
    assert [heading.text[:2] for heading in rest] == [f"{number}." for number in range(1, 6)]


def test_a_heading_without_its_number_would_be_found():
    headings = [Heading("一、结论", 1), Heading("前置条件", 2), Heading("（二）资源", 2), Heading("三、方法", 1)]
    assert list(find_misnumbered(headings)) == ["前置条件", "三、方法"]


@pytest.mark.parametrize("name", COUNTIES)
def test_points_in_a_part_are_numbered_without_a_gap(name):
    for run in list_points(report_of(name)):
        assert run == list(range(1, len(run) + 1))


def list_points(document):
    """The numbers at the head of paragraphs, a list for each part."""
    runs = [[]]
    for block in document.blocks:
        if isinstance(block, Heading):
            runs.append([])
        elif isinstance(block, Paragraph) and (number := NUMBERED.match(block.lines[0])):
            runs[-1].append(int(number[1]))
    return runs


@pytest.mark.parametrize("name", COUNTIES)
def test_no_heading_ends_a_document_or_stands_without_a_text_of_its_own(name):
    for before, after in pairwise((*report_of(name).blocks, None)):
        if isinstance(before, Heading):
            assert after is not None
            assert not isinstance(after, Heading) or after.level > before.level


@pytest.mark.parametrize("name", COUNTIES)
@pytest.mark.parametrize("write", [report_of, insert_of])
def test_the_year_stands_once_in_a_range_of_days(name, write):
    document = write(name)
    said = "".join(line for block in document.blocks if isinstance(block, Paragraph) for line in block.lines)
    assert re.search(r"(20\d\d)年[^，。；]{0,8}至\1年", said) is None
    assert re.search(r"20\d\d年\d+月\d+日至\d+月\d+日", said)


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("明江县2026年／／义务教育优质均衡发展", ("明江县2026年义务教育优质均衡发展",)),
        (f"{WIDE_COUNTY}2026年／／义务教育优质均衡发展", (f"{WIDE_COUNTY}2026年", "义务教育优质均衡发展")),
    ],
)
def test_a_title_is_broken_between_its_phrases_and_only_where_it_does_not_fit(title, lines):
    facts, _ = golden("F")
    document = read_document(f"# {title}", {}, author=facts.organiser, day=facts.closes, mark="")
    assert document.title == lines


def test_only_names_that_a_document_says_are_held_and_the_longer_first():
    document = hold_names(read("河东镇中心小学和河东镇。"), {"河东镇", "河东镇中心小学", "岭上乡小学", "长" * 13})
    assert document.names == ("河东镇中心小学", "河东镇")


@pytest.mark.parametrize(
    ("lines", "free"),
    [
        (("明江县人民政府教育督导室", "2026年4月24日"), [2, 5.5]),
        (("督导室", "2026年4月24日"), [7.5, 2]),
        (("2026年4月24日",), [2]),
    ],
)
def test_the_day_begins_two_characters_after_who_signs_and_two_stay_free(lines, free):
    lefts = indent_lines(lines)
    widths = [sum(0.5 if sign.isdigit() else 1 for sign in line) for line in lines]
    assert [28 - left - width for left, width in zip(lefts, widths, strict=True)] == free
    assert [after - before for before, after in pairwise(lefts)] == [2] * (len(lines) - 1)


def test_an_office_with_a_long_name_signs_from_the_left_edge():
    assert indent_lines(["长" * 30, "2026年4月24日"]) == [0, 2]


@pytest.mark.parametrize("name", COUNTIES)
@pytest.mark.parametrize("write", [report_of, insert_of])
def test_no_table_stands_without_a_caption_and_a_row_that_says_something(name, write):
    for table in (block for block in write(name).blocks if isinstance(block, Table)):
        assert table.caption
        assert table.rows
        assert all(any(cell.strip() for cell in row) for row in table.rows)


def test_where_nothing_falls_short_no_plan_is_drawn_to_be_filled():
    assert "没有列入整改安排的对象、方面和题目。" in str(insert_of("D"))
    assert "整改安排见" not in str(insert_of("D"))
    assert "整改安排见" in str(insert_of("E"))


@pytest.mark.parametrize("name", ["D", "F", "Q"])
def test_an_insert_without_problems_stands_on_two_pages(name):
    assert len(pypdfium2.PdfDocument(BytesIO(render_pdf(insert_of(name))))) <= 2
