"""Findings of the city and of inspections as a sheet: checked row by row, entered once however often it is imported."""

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256

import pandas as pd
from msgspec import UNSET, Struct, convert
from sqlalchemy import select
from sqlalchemy.orm import Session

from questionnaires.vocabulary import ProblemSource
from survey_app.core.errors import SurveyError
from survey_app.core.models import Problem
from survey_app.problems.problem_words import PROBLEM_WORDS, is_post
from survey_app.problems.register import Finding, Remedy, add_problem, change_problem, read_date, read_funds

COLUMNS = [
    "source", "school", "stage", "indicator", "text", "root_cause", "measure", "lead", "cooperating", "post",
    "due", "funds", "progress",
]  # fmt: skip
BY_SHEET = "sheet"


class FindingRow(Struct, frozen=True, kw_only=True):
    """A row of the sheet, as it was read."""

    source: str
    text: str
    school: str = ""
    stage: str = ""
    indicator: str = ""
    root_cause: str = ""
    measure: str = ""
    lead: str = ""
    cooperating: str = ""
    post: str = ""
    due: str = ""
    funds: str = ""
    progress: str = ""

    @property
    def identity(self) -> str:
        """What tells this finding from every other, in whatever file it comes."""
        about = "\n".join((self.source, self.school, self.stage, self.indicator, self.text))
        return f"{BY_SHEET}/{sha256(about.encode()).hexdigest()}"

    @property
    def remedy(self) -> Remedy:
        """What the row says of what is done; an empty cell says nothing."""
        return Remedy(
            root_cause=self.root_cause or UNSET,
            measure=self.measure or UNSET,
            lead=self.lead or UNSET,
            cooperating=self.cooperating or UNSET,
            post=self.post or UNSET,
            due=read_date(self.due) or UNSET,
            funds=read_funds(self.funds) if self.funds else UNSET,
            progress=self.progress or UNSET,
        )


def read_rows(table: pd.DataFrame) -> list[FindingRow]:
    """The rows of a sheet that was read."""
    return convert(table.fillna("").to_dict("records"), list[FindingRow])


def find_faults(table: pd.DataFrame) -> Iterator[tuple[int, str]]:
    """What no column alone shows to be wrong: the number of the row, from 0, and a sentence."""
    for number, row in enumerate(read_rows(table)):
        if not is_post(row.post):
            yield number, PROBLEM_WORDS.not_a_post.format(typed=row.post)
        for read, typed in ((read_date, row.due), (read_funds, row.funds)):
            try:
                read(typed)
            except SurveyError as error:
                yield number, error.problems[0]


def store_findings(session: Session, table: pd.DataFrame, *, actor: str, now: datetime) -> None:
    """Enter what is new; of what is there, closed or not, what the sheet says of its remedy is written down."""
    known = {problem.identity: problem.number for problem in session.scalars(select(Problem))}
    for row in read_rows(table):
        number = known.get(row.identity)
        if number is not None:
            change_problem(session, number, row.remedy, actor=actor, now=now)
            continue
        finding = Finding(
            text=row.text,
            source=ProblemSource(row.source),
            school=row.school,
            stage=row.stage,
            indicator=row.indicator,
            identity=row.identity,
        )
        add_problem(session, finding, row.remedy, actor=actor, now=now)


def load_findings(session: Session, table: pd.DataFrame) -> pd.DataFrame:
    """The rows of the register that a sheet speaks of, as the sheet would write them."""
    meant = {row.identity for row in read_rows(table)}
    found = session.scalars(select(Problem).where(Problem.identity.startswith(f"{BY_SHEET}/")).order_by(Problem.number))
    rows = [[_write(getattr(problem, name)) for name in COLUMNS] for problem in found if problem.identity in meant]
    return pd.DataFrame(rows, columns=COLUMNS)


def _write(value: object) -> str:
    return "" if value is None else str(value)
