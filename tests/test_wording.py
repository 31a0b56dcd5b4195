import re
from pathlib import Path
from shutil import copy

import pytest
from jinja2 import Environment
from msgspec import ValidationError

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


def test_a_language_that_lacks_a_sentence_or_its_direction_is_not_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = wording.TEMPLATES
    for path in whole.glob("*.html"):
        copy(path, tmp_path)
    text = (whole / "en.toml").read_text(encoding="utf-8")
    (tmp_path / "en.toml").write_text(text, encoding="utf-8")
    (tmp_path / "ug.toml").write_text(text.replace('"ltr"', '"rtl"').replace('"返回" = "Back"\n', ""), encoding="utf-8")
    forget()
    monkeypatch.setattr(wording, "TEMPLATES", tmp_path)
    try:
        assert list(wording.list_languages()) == [wording.OWN, "en"]
        assert wording.language_problems() == [
            "ug.toml: sentences: '返回' stands in the pages or in the overlay alone: not offered"
        ]
        assert wording.direction_of("ug") == "rtl"
        (tmp_path / "ug.toml").write_text(text.replace('direction = "ltr"\n', ""), encoding="utf-8")
        forget()
        with pytest.raises(ValidationError, match="direction"):
            wording.list_languages()
    finally:
        monkeypatch.undo()
        forget()


def forget() -> None:
    for remembered in (wording.list_languages, wording.list_sentences, wording.load_overlay, wording.load_environment):
        remembered.cache_clear()
