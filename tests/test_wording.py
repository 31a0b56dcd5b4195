import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from shutil import copy

import pytest
from jinja2 import Environment

from questionnaires.answers import SENTENCES
from questionnaires.paper import list_languages, list_papers
from questionnaires.vocabulary import Group
from survey_app.answering.writer import NOT_STORED
from survey_app.pages import wording
from survey_app.rounds.opening import PAPERS


def sentences_of_the_templates(environment: Environment) -> set[str]:
    found = (
        message
        for path in wording.TEMPLATES.glob("*.html")
        for _, _, message in environment.extract_translations(path.read_text(encoding="utf-8"))  # type: ignore[attr-defined]
    )
    return {one if isinstance(one, str) else one[0] for one in found if one}


def test_a_language_says_every_sentence_of_the_pages_and_no_other() -> None:
    needed = sentences_of_the_templates(wording.load_environment(wording.OWN))
    needed |= {*SENTENCES.values(), *(group.zh for group in Group), NOT_STORED, wording.PAUSED}
    needed |= {*wording.MINUTES.values()}

    for language in wording.list_languages().keys() - {wording.OWN}:
        assert set(wording.load_sentences(language)) == needed


def test_a_language_has_its_words_and_nothing_of_another_in_them() -> None:
    for chinese, english in wording.load_sentences("en").items():
        assert not re.search("[\u4e00-\u9fff]", english)
        assert set(re.findall(r"%\(\w+\)s|#", english)) <= set(re.findall(r"%\(\w+\)s|#", chinese))


def test_every_paper_of_a_new_round_speaks_every_language_of_the_pages() -> None:
    for paper in [*PAPERS, *(name for name in list_papers() if "2027" in name)]:
        assert {wording.OWN, *list_languages(paper)} == set(wording.list_languages())


def test_files_of_other_words_beside_the_overlays_are_no_languages() -> None:
    beside = {path.stem for path in wording.TEMPLATES.glob("*.toml")}
    assert set(wording.list_languages()) - {wording.OWN} < beside


@pytest.fixture
def third_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], None]]:
    """Lays one more language over the pages, with these words."""
    for path in wording.TEMPLATES.glob("*.html"):
        copy(path, tmp_path)
    copy(wording.TEMPLATES / "en.toml", tmp_path)
    monkeypatch.setattr(wording, "TEMPLATES", tmp_path)

    def lay(language: str, words: str) -> None:
        (tmp_path / f"{language}.toml").write_text(words, encoding="utf-8")
        forget()

    yield lay
    monkeypatch.undo()
    forget()


ENGLISH = (wording.TEMPLATES / "en.toml").read_text(encoding="utf-8")


def test_a_third_language_that_lacks_one_sentence_is_refused_and_the_sentence_named(
    third_language: Callable[[str, str], None],
) -> None:
    third_language("ug", ENGLISH.replace('"返回" = "Back"\n', ""))

    assert list(wording.list_languages()) == [wording.OWN, "en"]
    assert wording.language_problems() == [
        "ug.toml: sentences: '返回' stands in the pages or in the overlay alone: not offered"
    ]


def test_a_language_whose_dates_nobody_knows_is_refused(third_language: Callable[[str, str], None]) -> None:
    third_language("tji", ENGLISH)

    assert list(wording.list_languages()) == [wording.OWN, "en"]
    assert wording.language_problems() == ["tji.toml: CLDR has no dates in this language: not offered"]


def test_a_third_language_says_dates_and_begins_to_read_as_its_people_do(
    third_language: Callable[[str, str], None],
) -> None:
    third_language("ug", ENGLISH)
    say = wording.load_environment("ug").filters

    assert list(wording.list_languages()) == [wording.OWN, "en", "ug"]
    assert wording.direction_of("ug") == "rtl"
    assert say["moment"](datetime(2026, 12, 1, 8)) == "1-دېكابىر 08:00"
    assert say["end"](datetime(2026, 12, 1)) == "30-نويابىر 24:00"


def forget() -> None:
    for remembered in (wording.list_languages, wording.list_sentences, wording.load_overlay, wording.load_environment):
        remembered.cache_clear()
