"""Sections: every school with its rows, and its primary and junior part each as a school of its own."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from analysis.indicators.reported import ListedSchool, ResourceRow
from analysis.standard import Standard
from questionnaires.bad_input import BadInputError
from questionnaires.vocabulary import ReportedStage, words

STAGE_NAMES = words(ReportedStage)
PARTS = {
    "primary": ("primary",),
    "point": ("primary",),
    "junior": ("junior",),
    "complete_secondary": ("junior",),
    "nine_year": ("primary", "junior"),
    "twelve_year": ("primary", "junior"),
}
THROUGH = {"nine_year", "twelve_year"}
SHARING = THROUGH | {"complete_secondary"}
WITH_SENIOR = {"twelve_year", "complete_secondary"}
ROOMS = ("music_rooms", "art_rooms")
ALL_ROOMS = ("music_rooms_all", "art_rooms_all")
CROWDED = ("classes_over", "classes_56", "classes_66")


class TableError(BadInputError, ValueError):
    """A table cannot be used; `problems` holds one Chinese sentence for each place."""

    def __init__(self, problems: Sequence[str]):
        self.problems = list(problems)
        super().__init__("\n".join(problems))


@dataclass(frozen=True)
class School:
    """One school and its resource rows by stage (primary, junior, whole); blank cells are None."""

    code: str
    name: str
    kind: str
    parent: str
    locale: str = ""
    rows: dict[str, dict[str, float | None]] = field(default_factory=dict)

    def label(self, stage: str) -> str:
        """How a sentence names it, e.g. `P01 城关小学（小学）`."""
        return f"{self.code} {self.name}".rstrip() + f"（{STAGE_NAMES.get(stage, stage)}）"

    def own(self, stage: str, column: str) -> float | None:
        """What the row of one stage says; None where there is no row or nothing in it."""
        return self.rows.get(stage, {}).get(column)

    def pupils(self, stage: str) -> float | None:
        """Pupils of one stage: from its own row, else from the whole row's pupils_<stage>."""
        own = self.own(stage, "pupils")
        whole = self.own("whole", f"pupils_{stage}")
        return whole if own is None else own

    @property
    def shares(self) -> bool:
        """Whether anything is reported for the whole school."""
        return "whole" in self.rows


def gather_schools(resources: Sequence[ResourceRow], schools: Sequence[ListedSchool]) -> list[School]:
    """Every school with its rows; without a table of schools the kinds follow from the stages reported."""
    rows: dict[str, dict[str, dict[str, float | None]]] = {}
    for row in resources:
        rows.setdefault(row.school, {}).setdefault(row.stage, row.amounts)
    listed = schools or [ListedSchool(code=code, kind=kind_from_rows(found)) for code, found in rows.items()]
    return [
        School(
            code=school.code,
            name=school.name,
            kind=school.kind,
            parent=school.parent,
            locale=school.locale,
            rows=rows.get(school.code, {}),
        )
        for school in listed
    ]


def kind_from_rows(rows: Mapping[str, Mapping[str, float | None]]) -> str:
    """The kind of school that its rows (by stage) speak for, when no table of schools says it.

    >>> kind_from_rows({"primary": {}, "junior": {}}), kind_from_rows({"junior": {}, "whole": {}})
    ('nine_year', 'complete_secondary')
    """
    whole = rows.get("whole", {})
    primary = "primary" in rows or whole.get("pupils_primary") is not None
    junior = "junior" in rows or whole.get("pupils_junior") is not None
    if primary and junior:
        return "twelve_year" if whole.get("pupils_senior") else "nine_year"
    if junior:
        return "complete_secondary" if "whole" in rows else "junior"
    return "primary"


def counted_sections(schools: list[School], standard: Standard) -> Iterator[tuple[School, str]]:
    """Every (school, stage) that the standard counts; a school without any row is still owed one.

    A teaching point that names its parent school and has no row of its own is reported by the parent.
    """
    for school in schools:
        if not is_excluded(school, standard):
            for stage in PARTS[school.kind]:
                if stage != "primary" or school.kind not in THROUGH or _counts_primary(standard):
                    yield school, stage


def is_excluded(school: School, standard: Standard) -> bool:
    """Whether the resource indicators leave the school out: by kind, or as a small teaching point."""
    if school.kind in standard.excluded.kinds.value:
        return True
    if school.kind != "point":
        return False
    pupils = school.pupils("primary")
    if pupils is None:
        return not school.rows and school.parent != ""
    return pupils < standard.excluded.points_under.value


def _counts_primary(standard: Standard) -> bool:
    return standard.through_school_primary.value == "counted"


def share_of_whole(school: School, stage: str, standard: Standard) -> float | None:
    """The part of a shared resource that falls to one stage: its weighted pupils among all the school's.

    w_s P_s / sum(w P), w = primary 1, junior 1.1, senior 1.32 (the standard's `split_ratio`, with its
    clause). None for a school without pupils. 110 primary and 100 junior pupils: 110/(110 + 1.1 x 100).

    >>> from analysis.standard import load_standard
    >>> school = School("N01", "", "nine_year", "", rows={"primary": {"pupils": 110}, "junior": {"pupils": 100}})
    >>> round(share_of_whole(school, "primary", load_standard("national-2017")), 12)
    0.5
    """
    ratio = standard.split_ratio.value
    weighted: dict[str, float] = {part: weight * (school.pupils(part) or 0) for part, weight in ratio.items()}
    total = sum(weighted.values())
    return weighted[stage] / total if total else None


def sum_known(parts: list[float | None]) -> float | None:
    """The sum of the parts; None while one of them is not known.

    >>> sum_known([1.0, 2.0]), sum_known([1.0, None])
    (3.0, None)
    """
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None
