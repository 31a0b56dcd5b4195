"""Assigning: what the heads and words of a refused file mean, said once and kept for the next one."""

import io
import zipfile
from collections.abc import Mapping as Texts
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from survey_app.core.errors import NotFoundError, SurveyError, advise
from survey_app.frame.assignments import load_assignment
from survey_app.frame.importing import Import
from survey_app.frame.sheets import Mapping, Problem, Upload
from survey_app.frame.sheets.mapping import ANSWERS
from survey_app.frame.sheets.sheet_problems import say
from survey_app.frame.sheets.unknown_words import Questions
from survey_app.imported_forms.imported_words import IMPORTED_WORDS
from survey_app.pages.console.console_drawing import load_advice
from survey_app.pages.console.console_forms import Line, PostedForm, Units
from survey_app.pages.console.console_request import ConsoleRequest, Page
from survey_app.pages.console.watch_pages import XLSX

LONGEST_MAPPING = 200_000
MappingText = Annotated[str, Field(max_length=LONGEST_MAPPING)]


def read_mapping(text: str) -> Mapping:
    """The mapping that a page carried along; raises SurveyError for one that no page of ours wrote."""
    try:
        return Mapping.model_validate_json(text) if text else Mapping()
    except ValueError as error:
        raise SurveyError(IMPORTED_WORDS.gone) from error


class RefusedFiles(PostedForm):
    """Refused files by their token, and what was chosen for heads and words, each with the number of its question."""

    token: Line = ""
    heads: Units = ()
    words: Units = ()


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A refused file and what is asked about it; `answers`: the options whose wording a person may type;
    `page`: where it was sent to."""

    kind: str
    error: SurveyError
    questions: Questions
    token: str
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
        problems=say_refused(refused.error),
        questions=refused.questions,
        kept=kept,
        page=refused.page,
        upload=refused.token,
        answers=refused.answers,
        codings=refused.codings,
        typed={value: word for word, value in kept.values.get(ANSWERS, {}).items()},
    )


def say_refused(error: SurveyError) -> tuple[str, ...]:
    """The problems, with what an office can do about each here."""
    return advise(error.problems, load_advice())


def has_places(error: SurveyError) -> bool:
    """Whether a copy of the file can show where its problems are."""
    return any(isinstance(problem, Problem) and problem.row > 0 for problem in error.problems)


def find_refused(console: ConsoleRequest, token: str) -> Import:
    """The refused files of this person with this token; raises NotFoundError where they are gone."""
    asked = console.deps.refused.find(token, console.person.name, console.now)
    if asked is None:
        raise NotFoundError(IMPORTED_WORDS.gone)
    return asked


def download_marked(console: ConsoleRequest, copies: Sequence[Upload]) -> Page:
    """The marked copy, or of several files an archive of them; made in memory."""
    if not copies:
        raise NotFoundError(IMPORTED_WORDS.gone)
    if len(copies) == 1:
        return console.download(copies[0].name, copies[0].content, XLSX)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for copy in copies:
            archive.writestr(copy.name, copy.content)
    return console.download(say("marked", "archive"), packed.getvalue(), "application/zip")
