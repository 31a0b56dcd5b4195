"""The printed form: one sheet that says whose survey it is and how to hand it in, and that tells of nobody."""

import re
from dataclasses import replace
from io import BytesIO
from zipfile import ZipFile

import docx
import pypdfium2
import pytest
from msgspec.structs import astuple

from questionnaires.county_words import speak_of
from questionnaires.paper import list_papers, load_paper
from reports.handouts.handout_words import load_handout_words
from reports.handouts.notices import WordingError
from reports.handouts.paper_forms import PrintedStack, form_document, pack_forms, render_forms
from tests.test_section import text_of
from tests.test_slips import NOTICE, read_texts

PAPERS = [load_paper(name) for name in list_papers()]
CLASS = PrintedStack("城关小学", "三年级2班", "parent", 3)
by_paper = pytest.mark.parametrize("paper", PAPERS, ids=[paper.id for paper in PAPERS])


def bare(text: str) -> str:
    return re.sub(r"\s+", "", text)


@by_paper
def test_every_sheet_is_one_page_with_the_first_words_every_item_and_every_option(paper):
    group = paper.groups[0]
    asked = speak_of(paper, NOTICE.county)
    _, *sheets = read_texts(render_forms(paper, CLASS._replace(group=group), NOTICE))
    assert len(sheets) == 3
    for text in (sheets[0], bare(text_of(form_document(paper, group, NOTICE)))):
        wanted = [*asked.opening, paper.guardian, paper.stem, *(item.text for item in asked.items)]
        wanted += [load_handout_words().paper.hand_in, load_handout_words().paper.how, NOTICE.organiser]
        assert [one for one in wanted if bare(one) not in text] == []
    assert all(option.label in bare(sheets[0]) for option in paper.options)


def test_a_sheet_is_like_every_other_and_names_no_unit_no_class_and_no_code():
    cover, *sheets = read_texts(render_forms(PAPERS[0], CLASS, NOTICE))
    assert len(set(sheets)) == 1
    assert not re.search("城关小学|三年级2班|[0-9A-Z]{8}", sheets[0])
    assert "三年级2班" in cover
    assert "份数3份" in cover


@by_paper
def test_there_is_a_box_for_each_option_of_each_item(paper):
    word = docx.Document(BytesIO(_word_of(paper)))
    [table] = word.tables
    assert len(table.rows) == 1 + len(paper.items)
    assert sum(cell.text == "□" for row in table.rows for cell in row.cells) == len(paper.items) * len(paper.options)


def test_apart_from_the_questions_nothing_hints_at_an_answer():
    cover, sheet = read_texts(render_forms(PAPERS[0], CLASS._replace(people=1), NOTICE))
    assert not re.search("满意|85|得分", cover + "".join(astuple(load_handout_words().paper)))
    assert "演示数据" not in cover + sheet
    with pytest.raises(WordingError):
        render_forms(PAPERS[0], CLASS, replace(NOTICE, organiser="满意办公室"))


def test_invented_forms_are_called_so_on_cover_and_sheet():
    texts = read_texts(render_forms(PAPERS[0], CLASS, replace(NOTICE, invented=True)))
    assert [text.count("演示数据") for text in texts] == [1, 1, 1, 1]
    assert form_document(PAPERS[0], "parent", replace(NOTICE, invented=True)).mark == "演示数据"


def test_the_same_bundle_gives_the_same_bytes():
    assert pack_forms(PAPERS[0], CLASS, NOTICE) == pack_forms(PAPERS[0], CLASS, NOTICE)


def test_forms_for_many_stay_small_enough_to_send():
    pdf = render_forms(PAPERS[0], CLASS._replace(people=120), NOTICE)
    assert len(pypdfium2.PdfDocument(BytesIO(pdf))) == 121
    assert len(pdf) < 1_000_000


def _word_of(paper):
    archive = ZipFile(BytesIO(pack_forms(paper, CLASS._replace(group=paper.groups[0]), NOTICE)[1]))
    return archive.read(archive.namelist()[1])
