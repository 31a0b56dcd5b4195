import re

from jinja2 import Environment

from questionnaires.answers import SENTENCES
from questionnaires.paper import list_languages
from questionnaires.vocabulary import Group
from survey_app.answering.writer import NOT_STORED
from survey_app.pages import wording
from survey_app.pages.respondent import PAUSED
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
    needed |= {*SENTENCES.values(), *(group.zh for group in Group), NOT_STORED, PAUSED}

    for language in wording.list_languages().keys() - {wording.OWN}:
        assert set(wording.load_sentences(language)) == needed


def test_a_language_has_its_words_and_nothing_of_another_in_them() -> None:
    for chinese, english in wording.load_sentences("en").items():
        assert not re.search("[\u4e00-\u9fff]", english)
        assert set(re.findall(r"%\(\w+\)s|#", english)) <= set(re.findall(r"%\(\w+\)s|#", chinese))


def test_every_paper_of_a_new_round_speaks_every_language_of_the_pages() -> None:
    for paper in PAPERS:
        assert {wording.OWN, *list_languages(paper)} == set(wording.list_languages())


def test_files_of_other_words_beside_the_overlays_are_no_languages() -> None:
    beside = {path.stem for path in wording.TEMPLATES.glob("*.toml")}
    assert set(wording.list_languages()) - {wording.OWN} < beside
