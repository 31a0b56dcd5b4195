"""Checks of tables of counts and conditions: returns, integrity, dimensions, indicators, targets, what is missing."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from analysis.round_counts import StratumCounts
from analysis.verdict.judgement import ConditionFinding
from analysis.verdict.ledgers import unmet_ledger
from analysis.verdict.plan_findings import TargetFinding
from questionnaires.vocabulary import Dimension, Locale, Stage, TargetStatus, Verdict
from reports.checking.cells_agree import (
    NONE,
    Grid,
    list_shown,
    same_bound,
    same_count,
    same_number,
    same_share,
    tell_row,
    word_of,
)
from reports.checking.published_round import NUMBER, PublishedRound
from reports.checking.rate_table_checks import Row, TableCheck, each_row
from reports.checking.return_checks import planned_of
from reports.checking.rule_rows import rule_row, term_row
from reports.checking.table_words import load_table_words
from reports.checking.tightening import tighten
from reports.report.choices import load_choice_words


def _sample_row(row: Row, round_: PublishedRound) -> bool:
    name, people, target, issued, received, valid, share = row
    status = round_.published.status
    estimate = round_.published.estimate
    if name == load_table_words().words.total:
        counts = status.groups.values()
        told = same_count(target, sum(own.target for own in counts)) and same_count(received, estimate.received)
        return told and same_count(issued, sum(own.issued for own in counts)) and same_count(valid, estimate.valid)
    key = list_shown(round_)[name]
    own = [status.groups[group] for group in key.split("+") if group in status.groups]
    rate = estimate.groups.get(key)
    return (
        same_count(people, sum(counts.population for counts in own))
        and same_count(target, planned_of(key, round_))
        and same_count(issued, sum(counts.issued for counts in own))
        and same_count(valid, rate.valid if rate else 0)
        and same_share(share.removesuffix("%"), rate.response_rate if rate else None)
        and (rate is None or same_count(received, rate.received))
    )


def check_strata(grid: Grid, round_: PublishedRound) -> Iterator[str]:
    """Invited, issued and forms by stage, then by locality."""
    kind = ""
    for row in grid[1:]:
        kind = row[0] or kind
        named = [own for own in round_.published.status.strata if _name_stratum(own, kind) == row[1]]
        if not _same_stratum(row, named):
            yield tell_row("stages", row)


def _name_stratum(own: StratumCounts, kind: str) -> str:
    words = load_table_words().words
    key = own.stage if kind == words.by_stage else own.locale
    known = [term.zh for term in (*Stage, *Locale) if term.value == key]
    return known[0] if known else words.unknown.format(kind=kind)


def _same_stratum(row: Row, own: Iterable[StratumCounts]) -> bool:
    counts = list(own)
    invited = sum(stratum.invited for stratum in counts)
    forms = sum(stratum.forms for stratum in counts)
    told = same_count(row[2], invited) and same_count(row[3], sum(stratum.issued for stratum in counts))
    return (
        told
        and same_count(row[4], forms)
        and same_share(row[5].removesuffix("%"), forms / invited if invited else None)
    )


def _unit_row(row: Row, round_: PublishedRound) -> bool:
    """One unit of this name with these counts."""
    sums: dict[str, list[int]] = {}
    for counts in round_.published.status.units:
        own = sums.setdefault(counts.unit, [0, 0, 0, 0])
        told = (counts.target, counts.issued, counts.spent, max(counts.target - counts.spent, 0))
        sums[counts.unit] = [a + b for a, b in zip(own, told, strict=True)]
    schools = {school.school: school.name for school in round_.published.judgement.dimensions.resources.schools}
    named = [own for unit, own in sums.items() if _cell(schools.get(unit, unit)) == row[0]]
    return any(
        all(same_count(cell, count) for cell, count in zip(row[1:], own, strict=True)) and own[-1] > 0 for own in named
    )


def _cell(text: str) -> str:
    """A text as it stands in a cell."""
    return tighten(text.replace("|", "｜"))


def _check_row(row: Row, round_: PublishedRound) -> bool:
    names = {word: name for name, word in load_choice_words().checks.items()}
    found = round_.published.estimate.integrity.checks[names[row[0]]]
    counts = (found.tests, found.flagged_places, found.flagged_forms)
    return all(same_count(cell, count) for cell, count in zip(row[1:4], counts, strict=True))


def _dimension_row(row: Row, round_: PublishedRound) -> bool:
    names = {tighten(dimension.zh): dimension.value for dimension in Dimension}
    name = names[row[0]]
    dimensions = round_.published.judgement.dimensions
    if row[1] != word_of(dimensions.verdict(name)):
        return False
    if name == Dimension.RECOGNITION:
        social = dimensions.recognition
        return same_share(row[2].removesuffix("%"), social.rate, social.threshold) and row[3] == _cell(social.reason)
    numbers = [int(number) for number in NUMBER.findall(row[2])]
    if name == Dimension.RESOURCES:
        spread = [own.cv_verdict for stages in dimensions.resources.indicators.values() for own in stages.values()]
        schools = [school.verdict for school in dimensions.resources.schools]
        told = [schools.count(Verdict.MET), len(schools), spread.count(Verdict.MET), len(spread)]
        return numbers == told and _reasons_agree(row[3], schools, spread)
    found = [indicator.verdict for indicator in dimensions.indicators(name).values()]
    return numbers == [found.count(Verdict.MET), len(found)]


def _reasons_agree(text: str, schools: list[Verdict], spread: list[Verdict]) -> bool:
    """The numbers of a reason: failing schools by stage, coefficients over, schools without data."""
    counts = [int(number) for number in NUMBER.findall(text)]
    failing = [schools.count(Verdict.NOT_MET)]
    others = [count for count in (spread.count(Verdict.NOT_MET), schools.count(Verdict.UNDETERMINED)) if count]
    tail = counts[len(counts) - len(others) :] if others else []
    return tail == others and sum(counts[: len(counts) - len(others)]) == sum(failing)


def _condition_row(row: Row, round_: PublishedRound) -> bool:
    judgement = round_.published.judgement
    words = load_table_words().conditions
    both: tuple[tuple[list[str], tuple[ConditionFinding, ...]], ...] = (
        (words.preconditions, judgement.preconditions),
        (words.vetoes, judgement.vetoes),
    )
    found = [(said, own) for said, conditions in both for own in conditions if _cell(own.title) == row[0]]
    return any(row[1] == said[list(Verdict).index(own.verdict)] for said, own in found)


def check_resources(grid: Grid, round_: PublishedRound) -> Iterator[str]:
    """Every resource indicator by stage."""
    title = ""
    standard = round_.facts.standard
    found = round_.published.judgement.dimensions.resources.indicators
    ids = {_cell(standard.indicators[key].title): key for key in found}
    for row in grid[1:]:
        title = row[0] or title
        stage = next((stage.value for stage in Stage if stage.zh == row[1]), "")
        own = found[ids[title]][stage] if title in ids and stage in found[ids[title]] else None
        if own is None or not (
            same_bound(row[2], own.threshold)
            and same_number(row[3], own.mean)
            and row[4] == f"{own.met}/{own.schools}"
            and same_number(row[5], own.cv)
            and same_bound(row[6], own.cv_limit)
            and row[7] == word_of(own.verdict)
        ):
            yield tell_row("resources", row)


def _short_row(row: Row, round_: PublishedRound) -> bool:
    dimensions = round_.published.judgement.dimensions
    found = [own for name in ("guarantee", "quality") for own in dimensions.indicators(name).values()]
    return any(
        own.verdict == Verdict.NOT_MET and _cell(own.title) == row[0] and _cell(own.reason) == row[1] for own in found
    )


def _ledger_row(row: Row, round_: PublishedRound) -> bool:
    counts: Counter[tuple[str, str, Verdict]] = Counter()
    for unmet in unmet_ledger(round_.published.judgement, round_.facts.standard):
        stage = next((stage.zh for stage in Stage if stage.value == unmet.stage), NONE)
        counts[_cell(unmet.title), stage, unmet.verdict] += 1
    told = (counts[row[0], row[1], Verdict.NOT_MET], counts[row[0], row[1], Verdict.UNDETERMINED])
    return sum(told) > 0 and all(same_count(cell, count) for cell, count in zip(row[2:], told, strict=True))


def _plan_row(row: Row, round_: PublishedRound) -> bool:
    """A target that is behind: planned and found, of the year and stage."""
    return any(
        target.status == TargetStatus.BEHIND
        and row[2] == str(target.year)
        and row[1] == next((stage.zh for stage in Stage if stage.value == target.stage), NONE)
        and _same_target(row, target)
        for target in round_.published.judgement.targets
    )


def _same_target(row: Row, target: TargetFinding) -> bool:
    planned = target.planned
    actual = target.actual
    if planned.share is None or actual.share is None:
        return False
    if planned.met is not None:
        schools = load_table_words().words.schools
        return row[3:5] == [schools.format(count=f"{met:,}") for met in (planned.met, actual.met)]
    return same_number(row[3].removesuffix("%"), planned.share) and same_share(
        row[4].removesuffix("%"), actual.share / 100
    )


def _missing_row(row: Row, round_: PublishedRound) -> bool:
    return any(row[1].endswith(_cell(missing.why)) for missing in round_.published.judgement.missing)


def _conflict_row(row: Row, round_: PublishedRound) -> bool:
    return any(
        conflict.used is not None and _cell(conflict.title) == row[0] and same_number(row[1], conflict.used)
        for conflict in round_.published.judgement.contradictions
    )


def _process_row(row: Row, round_: PublishedRound) -> bool:
    days = load_table_words().facts.days
    told = (
        (days.format(day=record.day), record.kind.zh, record.what, record.took_part or NONE, record.kept_at or NONE)
        for record in round_.facts.own.process
    )
    return tuple(row) in {tuple(map(tighten, cells)) for cells in told}


CHECKS: Mapping[str, TableCheck] = {
    "sample": each_row("sample", _sample_row, all_of=lambda round_: len(list_shown(round_)) + 1),
    "stages": check_strata,
    "units": each_row("units", _unit_row),
    "checks": each_row("checks", _check_row, all_of=lambda round_: len(round_.published.estimate.integrity.checks)),
    "dimensions": each_row("dimensions", _dimension_row, all_of=lambda _: len(Dimension)),
    "conditions": each_row("conditions", _condition_row),
    "resources": check_resources,
    "shortage": each_row("shortage", _short_row),
    "ledger": each_row("ledger", _ledger_row),
    "plans": each_row("plans", _plan_row),
    "missing": each_row("missing", _missing_row, all_of=lambda round_: len(round_.published.judgement.missing)),
    "conflicts": each_row("conflicts", _conflict_row),
    "rule": each_row("rule", rule_row),
    "process": each_row("process", _process_row, all_of=lambda round_: len(round_.facts.own.process)),
    "glossary": each_row("glossary", term_row),
}
