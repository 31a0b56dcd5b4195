"""Years: two school years side by side, by school and indicator; no school is dropped in silence (年度对照)."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from analysis.indicators.sections import STAGE_NAMES, TableError
from analysis.sentences import say
from analysis.standard import list_standards, load_standard
from analysis.verdict.judgement import Judgement
from analysis.verdict.school_findings import JudgedSchool, StageFinding
from analysis.verdict.year_findings import (
    IndicatorChange,
    Pair,
    SchoolChange,
    SchoolStatus,
    VerdictPair,
    YearChange,
    YearComparison,
)

Key = tuple[str, str]
Sections = Mapping[Key, JudgedSchool]


def compare_years(before: Judgement, after: Judgement, *, merged: Mapping[str, str] | None = None) -> YearComparison:
    """Two judgements of a county, the earlier first, under one standard or two of the county's own.

    `merged` names the school (in the later year) that took over each school of the earlier one; the earlier
    values of all that went into a school are joined, weighted by pupils, as if they had been one. Returns
    `schools` (a record per school section: status, pupils, met, verdict and each indicator's value before,
    after and change; None where there was or is none), `indicators` (schools that meet it, mean and CV, by
    stage) and `notes`: a sentence for each school that vanished, appeared or merged. Only what both
    standards call by the same id and title is compared. Raises TableError on judgements under standards of
    different counties and on mergers that name no school of their year.
    """
    merged = dict(merged or {})
    then = _sections(before)
    now = _sections(after)
    if problems := [*_problems(before, after, merged)]:
        raise TableError(problems)
    sources = _sources(then, now, merged)
    rows = [_compare(key, [then[source] for source in sources.get(key, ())], school) for key, school in now.items()]
    taken = {source for found in sources.values() for source in found}
    rows += [_compare(key, [school], None) for key, school in then.items() if key not in taken]
    return YearComparison(
        standard=after.standard,
        schools=tuple(rows),
        indicators=_compare_indicators(before, after),
        notes=tuple(_notes(rows)),
    )


def _sections(judgement: Judgement) -> dict[Key, JudgedSchool]:
    return {(school.school, school.stage): school for school in judgement.dimensions.resources.schools}


def _codes(judgement: Judgement) -> set[str]:
    return {school.school for school in judgement.dimensions.resources.schools}


def _problems(before: Judgement, after: Judgement, merged: Mapping[str, str]) -> Iterator[str]:
    earlier = _codes(before)
    later = _codes(after)
    if not are_comparable(before.standard, after.standard):
        yield say("years.other_standards", before=before.standard, after=after.standard)
    yield from (say("years.unknown_old", school=old) for old in merged if old not in earlier)
    yield from (say("years.unknown_new", school=new) for new in merged.values() if new not in later)


def are_comparable(before: str, after: str) -> bool:
    """Whether two standards are one, or those of one county; the nation's is every county's.

    >>> are_comparable("national-2017", "qianjiang-2020"), are_comparable("fengjie-2021", "qianjiang-2020")
    (True, False)
    """
    shipped = list_standards()
    if before == after or not {before, after} <= {*shipped}:
        return before == after
    return len({load_standard(name).county for name in (before, after)} - {""}) <= 1


def _sources(then: Sections, now: Collection[Key], merged: Mapping[str, str]) -> dict[Key, list[Key]]:
    """The earlier sections that each later section comes from: its own, and those merged into it."""
    sources: dict[Key, list[Key]] = {}
    for code, stage in then:
        key = (merged.get(code, code), stage)
        if key in now:
            sources.setdefault(key, []).append((code, stage))
    return sources


def _compare(key: Key, earlier: Sequence[JudgedSchool], school: JudgedSchool | None) -> SchoolChange:
    code, stage = key
    others = [source.school for source in earlier if source.school != code]
    alone = earlier[0] if len(earlier) == 1 else None
    shown = school or earlier[0]
    return SchoolChange(
        school=code,
        name=shown.name,
        stage=stage,
        status=_status(earlier, school, merged=bool(others)),
        sources=tuple(source.school for source in earlier) if others else (),
        pupils=Pair(
            before=sum(source.pupils or 0 for source in earlier) if earlier else None,
            after=school.pupils if school else None,
        ),
        met=Pair(before=alone.met if alone else None, after=school.met if school else None),
        verdict=VerdictPair(before=alone.verdict if alone else None, after=school.verdict if school else None),
        indicators={
            name: _change(_joined(earlier, name), school.values[name] if school else None) for name in shown.values
        },
    )


def _status(earlier: Sequence[JudgedSchool], school: JudgedSchool | None, *, merged: bool) -> SchoolStatus:
    if school is None:
        return "gone"
    if merged:
        return "merged"
    return "continued" if earlier else "new"


def _joined(earlier: Sequence[JudgedSchool], indicator: str) -> float | None:
    """The value per pupil of several sections as one: weighted by pupils; None while one is not known."""
    if len(earlier) == 1:
        return earlier[0].values.get(indicator)
    total = 0.0
    everyone = 0.0
    for source in earlier:
        value = source.values.get(indicator)
        if value is None or source.pupils is None:
            return None
        total += value * source.pupils
        everyone += source.pupils
    return total / everyone if everyone else None


def _change(before: float | None, after: float | None) -> YearChange:
    change = None if before is None or after is None else after - before
    return YearChange(before=before, after=after, change=change)


def _compare_indicators(before: Judgement, after: Judgement) -> dict[str, dict[str, IndicatorChange]]:
    earlier = before.dimensions.resources.indicators
    later = after.dimensions.resources.indicators
    return {
        key: {
            stage: _compare_stage(earlier[key][stage], found)
            for stage, found in stages.items()
            if earlier[key][stage].title == found.title
        }
        for key, stages in later.items()
        if key in earlier
    }


def _compare_stage(then: StageFinding, now: StageFinding) -> IndicatorChange:
    return IndicatorChange(
        met=_change(then.met, now.met),
        schools=_change(then.schools, now.schools),
        mean=_change(then.mean, now.mean),
        cv=_change(then.cv, now.cv),
    )


def _notes(rows: Sequence[SchoolChange]) -> Iterator[str]:
    new = {(row.name, row.stage): row.school for row in rows if row.status == "new"}
    for row in rows:
        place = f"{row.school} {row.name}".rstrip() + f"（{STAGE_NAMES[row.stage]}）"
        if row.status == "new":
            yield say("years.new", place=place)
        elif row.status == "merged":
            key = "years.renamed" if len(row.sources) == 1 else "years.merged"
            yield say(key, place=place, schools="、".join(row.sources))
        elif row.status == "gone":
            twin = new.get((row.name, row.stage)) if row.name else None
            hint = say("years.twin", twin=twin) if twin else say("years.no_twin")
            yield say("years.gone", place=place, hint=hint)
