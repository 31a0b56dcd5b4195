"""The years that `survey judge` sets beside the one it judges: those of the store, or results in files."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from msgspec import ValidationError
from msgspec.structs import replace
from sqlalchemy.orm import Session

from analysis.standard import Standard
from analysis.verdict import Judgement, read_judgement
from analysis.verdict.series import list_years
from analysis.verdict.years import compare_years
from questionnaires.school_year import SchoolYear
from survey_app.cli.standard_lines import say_line
from survey_app.core.errors import SurveyError
from survey_app.frame.sheets import read_sheet
from survey_app.results.county_check import judge_stored

T = TypeVar("T")


def read_earlier(text: str) -> Judgement:
    """A result in a file; raises SurveyError for what is none."""
    return read_result(Path(text), "judge", read_judgement)


def find_earlier(session: Session, standard: Standard, text: str) -> Judgement:
    """A school year of the store under this standard with the recognition of its own round, or a result in a file."""
    if Path(text).exists():
        return read_earlier(text)
    return judge_stored(session, standard, SchoolYear.parse(text), by_own_round=True)


def check_before(judgement: Judgement, earlier: Sequence[Judgement]) -> None:
    """Raise SurveyError for an earlier year that is not before the one that is judged, or stands twice."""
    year = judgement.provenance.school_year
    named = Counter(other.provenance.school_year for other in earlier if other.provenance.school_year)
    late = [say_line("not_earlier", year=other, judged=year) for other in named if year and other >= year]
    twice = [say_line("year_twice", year=other) for other, times in named.items() if times > 1]
    if late or twice:
        raise SurveyError(*late, *twice)


def beside_earlier(
    judgement: Judgement,
    earlier: Sequence[Judgement],
    merged: Path | None,
    rates: Mapping[str, float | None] | None = None,
) -> Judgement:
    """The judgement beside the latest year before it, and all of them in a row; `rates` as for `list_years`."""
    if not earlier:
        return judgement
    *_, before = sorted(earlier, key=lambda other: other.provenance.school_year)
    mergers = _read_mergers(merged) if merged else None
    return replace(
        judgement,
        years=compare_years(before, judgement, merged=mergers),
        series=list_years([*earlier, judgement], rates),
    )


def read_result(path: Path, command: str, read: Callable[[Any], T]) -> T:
    """What another command printed; raises SurveyError when the file holds anything else."""
    try:
        return read(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, ValidationError) as error:
        raise SurveyError(say_line("no_result", name=path.name, command=command)) from error


def _read_mergers(path: Path) -> dict[str, str]:
    table = read_sheet("mergers", path).table
    return dict(zip(table.old, table.new, strict=True))
