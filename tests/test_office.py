"""What an office sees: LibreOffice opens each Word file, and the page it makes keeps GB/T 9704-2012's measures."""

import itertools
import re
import shutil
import subprocess
from dataclasses import replace

import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from reports.document.word import render_docx
from reports.handouts.paper_forms import SHEET, form_document
from reports.progress.bulletin import bulletin
from reports.report.paperwork import LETTERS, REQUIRED, letter, write_paperwork
from reports.report.section import write_word
from tests.test_bulletin import BIG
from tests.test_bulletin import FACTS as NEWS
from tests.test_section import FACTS, PAPERS, judgement_of, recognition_of, status_of
from tests.test_slips import NOTICE
from tests.told_json import insert, section

OFFICE = shutil.which("soffice")
HEAD = re.compile(
    r"([一二三四五六七八九十]+、|（[一二三四五六七八九十]+）|\d\.(?=\D))[^，。；]{2,12}$|表\d+(-\d+)?(?![-。\d])"
)
CONTENTS_LINE = re.compile(r"(\D+?)\.{6,}(\d+)")
MILLIMETRES = 25.4 / 72
pytestmark = pytest.mark.skipif(
    OFFICE is None, reason="LibreOffice is not installed: apt-get install libreoffice-writer-nogui"
)


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """Every Word file as LibreOffice prints it, by name."""
    folder = tmp_path_factory.mktemp("office")
    recognition = recognition_of(sensitivity=[("pooled", 0.8, "not_met"), ("strict", 0.7, "not_met")])
    results = (FACTS, status_of(target=120), recognition, judgement_of(recognition))
    documents = {"annex": section(*results), "insert": insert(*results), "letter": letter(LETTERS[0], FACTS)}
    small = replace(BIG, townships=BIG.townships[:4], units=BIG.units[:6])
    documents |= {"bulletin": bulletin(NEWS, BIG), "short": bulletin(NEWS, small)}
    words = [path for name, document in documents.items() for path in write_word(folder, document, name)]
    words += write_paperwork(folder / "paperwork", FACTS)
    words.append(folder / "sheet.docx")
    words[-1].write_bytes(render_docx(form_document(FACTS.papers[0], "parent", replace(NOTICE, invented=True)), SHEET))
    subprocess.run(
        [OFFICE, f"-env:UserInstallation=file://{folder}/home", "--headless", "--convert-to", "pdf", *words],
        cwd=folder, check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    return {path.stem: pypdfium2.PdfDocument(folder / f"{path.stem}.pdf") for path in words}


def lines_of(page):
    """The lines of the type area from top to bottom: left, right and base in millimetres, with the size of type."""
    found = {}
    for thing in page.get_objects():
        if thing.type != pdfium.FPDF_PAGEOBJ_TEXT:
            continue
        left, bottom, right, top = (side * MILLIMETRES for side in thing.get_bounds())
        if 297 - top >= 35 and bottom >= 35:
            base = round(297 - bottom)
            line = found.setdefault(base, [left, right])
            line[:] = min(line[0], left), max(line[1], right)
    return sorted((base, *edges) for base, edges in found.items())


def test_each_word_file_opens_with_its_margins(opened):
    official = {name: pdf for name, pdf in opened.items() if name != "sheet"}
    assert len(official) == 6 + len(PAPERS) + len(LETTERS) + len(REQUIRED)
    for name, pdf in official.items():
        edges = [line for page in pdf for line in lines_of(page)]
        assert [round(side * MILLIMETRES) for side in pdf[0].get_size()] == [210, 297], name
        assert min(left for _, left, _ in edges) == pytest.approx(28, abs=1.5), name
        assert 210 - max(right for _, _, right in edges) == pytest.approx(26, abs=4), name
        assert all(base - 1 <= 297 - 35 for base, _, _ in edges), name


def test_nobody_signs_on_a_page_that_holds_nothing_else(opened):
    last = opened["annex"][len(opened["annex"]) - 1]
    assert len(lines_of(last)) > 3


def test_no_number_of_a_table_is_broken_in_two(opened):
    """A number that does not fit its cell goes on in the next line, where it stands alone."""
    lines = [line.strip() for page in opened["annex"] for line in page.get_textpage().get_text_range().splitlines()]
    assert [line for line in lines if re.fullmatch(r"\d?\.\d*|,\d+", line)] == []


def test_body_lines_are_28_95_points_apart(opened):
    page = opened["letter"][0]
    bases = [base for base, left, right in lines_of(page) if right - left > 120]
    steps = [after - before for before, after in itertools.pairwise(bases)]
    assert steps.count(10) + steps.count(11) + steps.count(9) > len(steps) / 2
    assert (bases[-1] - bases[0]) / round((bases[-1] - bases[0]) / (28.95 * MILLIMETRES)) == pytest.approx(
        28.95 * MILLIMETRES, abs=0.35
    )


def test_the_folio_stands_between_dashes_on_every_page(opened):
    for number, page in enumerate(opened["annex"], 1):
        text = re.sub(r"\s", "", page.get_textpage().get_text_bounded())
        assert f"—{number}—" in text


def texts_of(page):
    """The lines of a page as they are read, without its header and folio."""
    lines = [re.sub(r"\s", "", line) for line in page.get_textpage().get_text_range().splitlines()]
    return [line for line in lines if line and not re.fullmatch(r"—\d+—", line) and line != FACTS.mark]


def test_no_heading_or_caption_stands_at_the_foot_of_a_page(opened):
    ends = [texts_of(page)[-1] for name in ("annex", "insert") for page in opened[name]]
    assert len(ends) > 10
    assert [line for line in ends if HEAD.match(line)] == []


def test_a_heading_at_the_foot_would_be_found():
    assert all(map(HEAD.match, ("四、测算结果", "（二）各类对象", "3.测算结果", "表4-1自评结论的依据")))
    assert not any(map(HEAD.match, ("4.上一次（2025年4月）为79.89%，这一次为89%", "表4-1。", "85.2%")))


def test_the_pages_in_the_contents_are_those_where_the_parts_begin(opened):
    """As LibreOffice sets them with what stands in for the typefaces: none further off than a page."""
    pages = [texts_of(page) for page in opened["annex"]]
    told = dict(
        filter(None, (CONTENTS_LINE.fullmatch(line) and CONTENTS_LINE.fullmatch(line).groups() for line in pages[0]))
    )
    assert len(told) == 10
    found = {head: [number for number, lines in enumerate(pages, 1) if head in lines] for head in told}
    off = [abs(int(told[head]) - numbers[0]) for head, numbers in found.items()]
    assert max(off) <= 1
    assert off.count(0) >= 6


def test_the_insert_is_no_longer_than_two_pages(opened):
    assert len(opened["insert"]) <= 2


def test_a_bulletin_is_one_page_and_what_does_not_fit_comes_after_it(opened):
    assert len(opened["short"]) == 1
    first = opened["bulletin"][0].get_textpage().get_text_bounded()
    assert "任何人不得要求您怎么选" in first.replace(" ", "")


def test_what_class_teachers_get_is_one_page_each(opened):
    assert [len(opened[name]) for name in ("班主任须知", "微机室操作单")] == [1, 1]


def test_a_paper_form_is_one_page_of_word(opened):
    assert len(opened["sheet"]) == 1
