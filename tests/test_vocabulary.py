"""Closed lists: each value has its words, once."""

import msgspec
import pytest

from questionnaires import vocabulary
from questionnaires.vocabulary import VOCABULARIES, CodeKind, Group, Term, vocabulary_problems


def test_every_value_has_its_words() -> None:
    assert vocabulary_problems() == []


def test_a_value_without_a_word_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    class Fruit(Term):
        APPLE = "apple", "苹果", "apple"
        PEAR = "pear", "", "pear"
        QUINCE = "quince", "苹果", "quince"

    monkeypatch.setattr(vocabulary, "VOCABULARIES", (Fruit,))
    assert vocabulary_problems() == [
        "Fruit: pear lacks a word in Chinese or English",
        "Fruit: 苹果 names two values",
    ]


def test_a_term_is_stored_and_compared_as_its_plain_text() -> None:
    for members in VOCABULARIES:
        for term in members:
            assert term == term.value
            assert hash(term) == hash(term.value)
            assert msgspec.json.decode(msgspec.json.encode(term)) == term.value
    assert msgspec.convert("paper", CodeKind) is CodeKind.PAPER
    assert [group.value for group in Group][:2] == ["student", "parent"]
