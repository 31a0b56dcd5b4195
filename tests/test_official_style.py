"""What an experienced writer would not sign: a clause said over and over, a title that no document bears."""

import re
from collections import Counter

import pytest

from analysis.standard.document_titles import load_document_titles
from reports.checking.checker import load_fixed
from reports.document.document import Paragraph
from reports.setting.typesetting import TEMPLATES
from tests.golden_counties import COUNTIES, golden
from tests.house import ROOT
from tests.test_true_counties import PublishedRound, documents_of, words_of

CLAUSE = re.compile("[，。；：（）]")
LONG = 8  # characters of a clause that is noticed when it comes again
OFTEN = 4
TITLE = re.compile("《([^》{}]+)》")
OTHERS = {"个人信息保护法", "未成年人网络保护条例", "致家长的一封信"}  # laws by their usual names, a letter of our own
OWN_RULE = "本系统选定的测算口径"


def documents(name):
    facts, published = golden(name)
    return documents_of(PublishedRound(facts=facts, published=published))


def clauses_of(document):
    """In how many paragraphs each clause stands; a sentence for each group is one list, and counts once."""
    lines = [line for block in document.blocks if isinstance(block, Paragraph) for line in block.lines]
    return Counter(clause for line in lines for clause in set(CLAUSE.split(line)) if len(clause) >= LONG)


@pytest.mark.parametrize("name", COUNTIES)
def test_no_clause_is_said_over_and_over(name):
    for document in documents(name):
        assert {clause: times for clause, times in clauses_of(document).items() if times > OFTEN} == {}


@pytest.mark.parametrize("name", COUNTIES)
def test_every_title_in_a_document_is_the_title_of_one(name):
    known = {*load_document_titles().values(), *load_fixed()["titles"]}
    for document in documents(name):
        written = words_of(document)
        said = "".join([*written.paragraphs, *(cell for table in written.tables for row in table for cell in row)])
        assert set(TITLE.findall(said)) <= known
        assert f"《{OWN_RULE}" not in said


def test_every_title_in_a_template_is_the_title_of_one():
    known = {*load_document_titles().values(), *load_fixed()["titles"]}
    folders = (TEMPLATES, ROOT / "survey_app" / "templates")
    files = [
        path for folder in folders for path in folder.rglob("*") if path.suffix in {".jinja", ".toml", ".html", ".typ"}
    ]
    named = {title for path in files for title in TITLE.findall(path.read_text(encoding="utf-8"))}
    assert named <= known | OTHERS
