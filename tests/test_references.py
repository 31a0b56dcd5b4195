"""「见表…」 names the table that shows what is said, not only one that is there."""

import pytest

from reports.checking.checker import check_written
from reports.checking.document_reading import Written
from reports.checking.references import CAPTION, LABEL, check_references, read_captions
from tests.drawn_results import KINDS
from tests.test_true_counties import documents_of, round_of, words_of


def list_swapped(paragraphs, captions):
    """Every paragraph with one of its references sent to another table, each to each."""
    for paragraph in (line for line in paragraphs if not CAPTION.match(line)):
        for label in LABEL.finditer(paragraph):
            others = [other for other, caption in captions.items() if caption != captions[label[0]]]
            yield from (f"{paragraph[: label.start()]}{other}{paragraph[label.end() :]}" for other in others)


@pytest.mark.parametrize("seed", range(len(KINDS)))
def test_a_reference_to_any_other_table_is_found(seed):
    planted = 0
    for document in documents_of(round_of(seed)):
        paragraphs = words_of(document).paragraphs
        captions = read_captions(paragraphs)
        assert [line for paragraph in paragraphs for line in check_references(paragraph, captions)] == []
        for paragraph in list_swapped(paragraphs, captions):
            planted += 1
            assert list(check_references(paragraph, captions)), paragraph
    assert planted > 100


def test_the_checker_of_documents_finds_a_wrong_one_and_one_that_is_not_there():
    captions = ["表4-1：自评结论的依据", "表4-2：各类对象的认可度"]
    (wrong,) = check_written(Written(["各类对象的认可度见表4-1", *captions], []), round_of(0))
    assert wrong == "wrong table: 表4-1: 各类对象的认可度见表4-1"
    assert list(check_written(Written(["各类对象的认可度见表4-2", *captions], []), round_of(0))) == []
    (missing,) = check_written(Written(["各类对象的认可度见表4-3", *captions], []), round_of(0))
    assert missing == "no such table: 表4-3"


def test_a_wording_that_no_rule_knows_is_no_reference_to_anything():
    assert list(check_references("天气见表4-2", {"表4-2": "各类对象的认可度"}))
