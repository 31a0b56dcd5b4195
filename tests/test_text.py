"""Text: what was typed stays, what nobody can see goes, wherever it came from."""

from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.etree import Element

from questionnaires.text import clean_text

TYPED = "实验小学（东校区）No.1 A—B·龘𠮷é"


@pytest.mark.parametrize(
    "unseen",
    ["\x00", "\x0e", "\x7f", "\x90", "\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u202e", "\u2066", "\ufe0f",
     "\U000e0101", "\u3164", "\u2800", "\uffff", "\ufdd0", "\U0001fffe", "\ue000", "\ud800"],
)  # fmt: skip
def test_what_cannot_be_seen_is_left_out(unseen):
    assert clean_text(f"{unseen}实{unseen}验小学{unseen}") == "实验小学"
    assert clean_text(unseen) == ""


@pytest.mark.parametrize("space", [*"\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f\x85\u00a0\u2003\u2028\u2029\u3000", "\r\n", " \t "])
def test_white_space_of_every_kind_is_one_blank_and_none_at_the_ends(space):
    assert clean_text(f"{space}东{space}校区{space}") == "东 校区"


def test_what_can_be_seen_stays_as_it_was_typed():
    assert clean_text(TYPED) == TYPED


@given(st.text(st.characters(codec=None)))
def test_what_is_cleaned_can_be_stored_and_stand_in_a_word_file(text):
    cleaned = clean_text(text)
    Element("text").text = cleaned
    assert cleaned.encode().decode() == cleaned
    assert clean_text(cleaned) == cleaned
    assert not {category(character) for character in cleaned} & {"Cc", "Cf", "Cs", "Co"}
