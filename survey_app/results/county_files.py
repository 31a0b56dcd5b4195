"""The files of a county in a folder: facts.toml and its tables, read whole or refused with every problem."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import NamedTuple, Self

import pandas as pd
from pydantic import Field, ValidationInfo, field_validator, model_validator

from analysis.sample import Design, DesignError, read_design_file
from analysis.standard import Standard, list_standards
from analysis.verdict.judged import Judged
from questionnaires.pack import Pack, PackError, Text, read_pack
from questionnaires.paper import Paper
from questionnaires.rule import Rule, list_fitting_editions, list_rules, load_papers, load_rule
from questionnaires.school_year import SchoolYear
from questionnaires.text import clean_text
from reports.report.own_words import NO_WORDS, OwnWords
from survey_app.core.errors import SurveyError
from survey_app.frame.sheets import Coding, Mapping, Sheet, check_resources, check_responses, read_responses, read_sheet
from survey_app.frame.sheets.columns import load_kind
from survey_app.rounds.own_texts import take_words

BEFORE = "before"
FACTS = "facts.toml"


class CountyFacts(Pack):
    """facts.toml: what the tables do not say; `coding` where answers are numbers, `name` of the round if it has one.

    `edition` is that of the papers where the rule names another.

    `words` are those of the office: its texts and process evidence.
    """

    county: Text
    organiser: Text
    telephone: str = ""
    name: str = ""
    opens: date
    closes: date
    population: int = Field(gt=0)
    population_source: Text
    school_year: str
    standard: str
    rule: str
    edition: str = ""
    invented: bool = False
    document: str = ""
    approver: str = ""
    coding: Coding | None = None
    words: OwnWords = NO_WORDS

    @field_validator("*", mode="before")
    @classmethod
    def _is_cleaned(cls, value: object) -> object:
        return clean_text(value) if isinstance(value, str) else value

    @field_validator("rule")
    @classmethod
    def _is_a_rule(cls, name: str) -> str:
        return _choose(name, list_rules())

    @field_validator("standard")
    @classmethod
    def _is_a_standard(cls, name: str) -> str:
        return _choose(name, list_standards())

    @field_validator("school_year")
    @classmethod
    def _is_a_school_year(cls, text: str) -> str:
        return str(SchoolYear.parse(text))

    @field_validator("edition")
    @classmethod
    def _is_an_edition(cls, edition: str, info: ValidationInfo) -> str:
        rule = info.data.get("rule")
        return _choose(edition, list_fitting_editions(load_rule(rule))) if edition and rule else edition

    @model_validator(mode="after")
    def _closes_after_it_opens(self) -> Self:
        if self.closes < self.opens:
            raise ValueError("closes before it opens")
        return self


def _choose(name: str, known: Collection[str]) -> str:
    if name not in known:
        raise ValueError(f"must be one of {', '.join(known)}")
    return name


class CountyFiles(NamedTuple):
    """The tables of a folder; those of schools, resources and county have no rows where there is no file."""

    frame: pd.DataFrame
    forms: pd.DataFrame
    judged: Judged
    design: Design | None


def read_facts(folder: Path) -> CountyFacts:
    """What facts.toml says; raises SurveyError with everything that is wrong in it."""
    try:
        said = read_pack(folder / FACTS, CountyFacts)
    except PackError as error:
        raise SurveyError(*error.problems) from error
    return said.model_copy(update={"words": take_words(said.words)})


def read_files(folder: Path, facts: CountyFacts, rule: Rule, standard: Standard) -> CountyFiles:
    """Every table of a folder; a folder `before` in it holds those of the year before.

    Raises SurveyError with the problems of all files.
    """
    reading = _Reading(folder)
    frame = reading.read("frame", needed=True)
    schools = reading.read("schools")
    codes = set(schools.table.code) if len(schools.table) else None
    resources = reading.read("resources", known_schools=codes)
    county = reading.read("county")
    earlier = _Reading(folder / BEFORE, reading.problems)
    earlier_resources = earlier.read("resources", known_schools=codes)
    earlier_county = earlier.read("county")
    figures = reading.read("figures", known_schools=codes)
    earlier_figures = earlier.read("figures", known_schools=codes)
    scores = reading.read("scores", known_schools=codes)
    earlier_scores = earlier.read("scores", known_schools=codes)
    forms = reading.read_forms(frame, rule, load_papers(rule, facts.edition), facts.coding)
    design = reading.read_design()
    if len(resources.table):
        reading.run(lambda: check_resources(resources, schools.table, standard, checked=True))
    if reading.problems:
        raise SurveyError(*reading.problems)
    this_year = (schools.table, resources.table, county.table)
    judged = Judged(
        *this_year,
        earlier_resources.table,
        earlier_county.table,
        figures.table,
        earlier_figures.table,
        scores.table,
        earlier_scores.table,
    )
    return CountyFiles(frame=frame.table, forms=forms.table, judged=judged, design=design)


class _Reading:
    """Reads the files of a folder and collects what is wrong with each."""

    def __init__(self, folder: Path, problems: list[str] | None = None):
        self.folder = folder
        self.problems = [] if problems is None else problems

    def read(self, kind: str, *, known_schools: Collection[str] | None = None, needed: bool = False) -> Sheet:
        """The sheet of one kind; one without rows where there is no file or it is not to be read."""
        path = self.folder / f"{kind}.csv"
        empty = _empty_sheet(kind)
        if not needed and not path.exists():
            return empty
        with self._collecting():
            return read_sheet(kind, path, known_schools=known_schools)
        return empty

    def read_forms(self, frame: Sheet, rule: Rule, papers: Sequence[Paper], coding: Coding | None) -> Sheet:
        """The answers, checked against the frame."""
        mapping = Mapping().with_coding(coding)
        with self._collecting():
            forms = read_responses(self.folder / "responses.csv", papers[0].item_ids, mapping, papers=papers)
            check_responses(forms, frame.table[frame.table.group.isin(rule.groups)], papers)
            return forms
        return _empty_sheet("responses")

    def read_design(self) -> Design | None:
        """The declared design, if there is one."""
        path = self.folder / "design.json"
        if not path.exists():
            return None
        try:
            return read_design_file(path)
        except DesignError as error:
            self.problems += error.problems
            return None

    def run(self, check: Callable[[], None]) -> None:
        """Make a check and collect what it finds."""
        with self._collecting():
            check()

    @contextmanager
    def _collecting(self) -> Iterator[None]:
        try:
            yield
        except SurveyError as error:
            self.problems += error.problems


def _empty_sheet(kind: str) -> Sheet:
    return Sheet(kind, pd.DataFrame(columns=list(load_kind(kind).columns)), (), (), ())
