"""Assigning: what the heads and words of a refused file mean, said once and kept for the next one."""

from collections.abc import Mapping as Texts
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from survey_app.core.errors import SurveyError, advise
from survey_app.frame.assignments import load_assignment
from survey_app.frame.sheets import Mapping
from survey_app.frame.sheets.mapping import ANSWERS
from survey_app.frame.sheets.unknown_words import Questions
from survey_app.imported_forms.imported_words import IMPORTED_WORDS
from survey_app.pages.console.console_drawing import load_advice
from survey_app.pages.console.console_forms import PostedForm, Units
from survey_app.pages.console.console_request import ConsoleRequest, Page

LONGEST_MAPPING = 200_000
MappingText = Annotated[str, Field(max_length=LONGEST_MAPPING)]


def read_mapping(text: str) -> Mapping:
    """The mapping that a page carried along; raises SurveyError for one that no page of ours wrote."""
    try:
        return Mapping.model_validate_json(text) if text else Mapping()
    except ValueError as error:
        raise SurveyError(IMPORTED_WORDS.gone) from error


class Choices(PostedForm):
    """What was chosen for heads and words, each with the number of its question."""

    heads: Units = ()
    words: Units = ()


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A refused file and what is asked about it; `answers`: the options whose wording a person may type;
    `page`: where it was sent to."""

    kind: str
    error: SurveyError
    questions: Questions
    hidden: Texts[str, str] = field(default_factory=dict)
    answers: Texts[str, str] = field(default_factory=dict)
    codings: Texts[str, str] = field(default_factory=dict)
    page: str = "/console/import"


def draw_assign(console: ConsoleRequest, refused: Refused) -> Page:
    """The problems, and beside them what can be said to mend them; what was said before is filled in."""
    with console.reading() as session:
        kept = load_assignment(session, refused.kind)
    return console.page(
        "assign",
        422,
        problems=advise(refused.error.problems, load_advice()),
        questions=refused.questions,
        kept=kept,
        page=refused.page,
        hidden=refused.hidden,
        answers=refused.answers,
        codings=refused.codings,
        typed={value: word for word, value in kept.values.get(ANSWERS, {}).items()},
    )
