"""What stands around the tables of the annex and of the dimensions' pages: sources, notes, what is missing."""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from msgspec import Struct, convert

from analysis.indicators.sections import STAGE_NAMES
from questionnaires.county_words import name_own
from questionnaires.pack import read_toml
from questionnaires.vocabulary import Dimension
from reports.checking.published_round import PublishedRound
from reports.checking.tightening import tighten
from reports.checking.told_facts import told_days
from reports.report.point_words import say_source, say_word
from reports.setting.figures import numeral
from reports.setting.typesetting import TEMPLATES

THOUSANDTH = Decimal("0.001")
LACKING = "—"


class NoteParts(Struct, frozen=True, kw_only=True):
    """Notes with something of the county in them."""

    short: str
    composite: str
    borderline: str
    decides: str
    only_targets: str
    calendar: str
    computed: str
    phase: str
    until: str
    change: str
    no_change: str
    policy: str


class NoteWords(Struct, frozen=True, kw_only=True):
    """All that may stand outside the tables; `notes` by the kind of a table, in their order."""

    none: str
    self_check: str
    source_end: str
    source_of_round: str
    header: str
    lacking: list[str]
    lacks: str
    lacks_of_stage: str
    conflicts: str
    conflict: str
    reading: str
    used: str
    parts: NoteParts
    notes: dict[str, list[str]]


@cache
def load_note_words() -> NoteWords:
    """All of them."""
    return convert(read_toml(TEMPLATES / "checked_notes.toml"), NoteWords)


def list_notes(kind: str, round_: PublishedRound) -> list[str]:
    """The notes that a table of a kind must have below it, without spaces, in their order."""
    return [tighten(line) for note in load_note_words().notes[kind] for line in _fill(note, round_)]


def _fill(note: str, round_: PublishedRound) -> Iterator[str]:
    """A note with its blanks filled, the lines that are made of several things, or none where there is nothing."""
    several = {
        "{composite}": _say_composite,
        "{borderline}": _say_borderline,
        "{goals}": _say_goals,
        "{calendar}": _say_calendar,
        "{formulas}": _say_formulas,
        "{changes}": _say_changes,
        "{policy}": _say_policy,
    }
    if note in several:
        yield from several[note](round_)
        return
    standard = round_.facts.standard
    yield note.format(
        short=load_note_words().parts.short,
        whole=round_.facts.whole,
        need=round_.need,
        required=f"{standard.school_rule.required.value:g}",
        share=f"{100 * standard.school_rule.remainder.value:g}",
        late=f"{100 * standard.back_loaded.value:.3g}",
        year=round_.published.judgement.provenance.as_of,
    )


def _say_composite(round_: PublishedRound) -> Iterator[str]:
    """The mean of a stage's coefficients, from the coefficients themselves."""
    resources = round_.published.judgement.dimensions.resources
    stages = {stage: [own[stage].cv for own in resources.indicators.values()] for stage in resources.composite}
    each = "，".join(f"{STAGE_NAMES[stage]}{_mean(values)}" for stage, values in stages.items())
    yield load_note_words().parts.composite.format(count=numeral(len(resources.indicators)), each=each)


def _mean(values: list[float | None]) -> str:
    there = [value for value in values if value is not None]
    if len(there) < len(values) or not there:
        return LACKING
    return str(Decimal(str(round(sum(there) / len(there), 12))).quantize(THOUSANDTH, ROUND_HALF_UP))


def _say_borderline(round_: PublishedRound) -> Iterator[str]:
    found = round_.published.judgement.dimensions.resources.borderline
    if found:
        yield load_note_words().parts.borderline.format(schools="、".join(own.name or own.school for own in found))


def _say_goals(round_: PublishedRound) -> Iterator[str]:
    parts = load_note_words().parts
    yield parts.decides if all(goal.decides for goal in round_.published.judgement.goals) else parts.only_targets


def _say_calendar(round_: PublishedRound) -> Iterator[str]:
    parts = load_note_words().parts
    roadmap = round_.published.judgement.roadmap
    phases = [
        parts.phase.format(name=step.name, start=step.start, until=parts.until.format(end=step.end) if step.end else "")
        for step in (roadmap.phases if roadmap else ())
    ]
    if phases:
        yield parts.calendar.format(phases="；".join(phases))


def _say_formulas(round_: PublishedRound) -> Iterator[str]:
    roadmap = round_.published.judgement.roadmap
    for own in roadmap.milestones if roadmap else ():
        if own.formula:
            yield load_note_words().parts.computed.format(id=own.id, formula=own.formula)


def _say_changes(round_: PublishedRound) -> Iterator[str]:
    parts = load_note_words().parts
    years = round_.published.judgement.years
    told = years.notes if years else ()
    yield from [parts.change.format(note=note) for note in told] or [parts.no_change]


def _say_policy(round_: PublishedRound) -> Iterator[str]:
    standard = round_.facts.standard
    for remark in round_.published.judgement.policy_notes:
        title = standard.entries[standard.whole(remark.indicator)].title
        yield load_note_words().parts.policy.format(title=title, note=remark.note, clause=remark.clause)


def check_above(source: str, self_check: str, round_: PublishedRound, *, of_round: bool) -> Iterator[str]:
    """What is untrue in the two lines that a sheet has above its head, and a page below all."""
    facts = round_.facts
    words = load_note_words()
    whole = words.source_of_round.format(
        name=facts.name,
        days=told_days(facts.opens, facts.closes),
        rule=say_word("own_rule", id=facts.rule.id),
    )
    end = words.source_end.format(standard=say_source(facts.standard))
    true = tighten(source) == tighten(whole) if of_round else tighten(source).endswith(tighten(end))
    if not true:
        yield f"source: {source}"
    if tighten(self_check) != tighten(words.self_check.format(own=name_own(facts.county))):
        yield f"self check: {self_check}"


def list_lacking(dimension: Dimension, round_: PublishedRound) -> list[str]:
    """What a dimension's page must say of what is missing and of documents that disagree."""
    standard = round_.facts.standard
    own = set(standard.of(dimension))
    for key in standard.of(dimension):
        own |= {name for requirement in standard.indicators[key].requires.values() for name in requirement.ids}
    lacking = [_say_lacking(name, stage, why, round_) for name, stage, why in _lacking(own, round_)]
    conflicts = [_say_conflict(place, round_) for place in _conflicts(own, round_)]
    words = load_note_words()
    told = [*(words.lacking if lacking else []), *lacking, *([words.conflicts] if conflicts else []), *conflicts]
    return [tighten(line) for line in told]


def _lacking(own: set[str], round_: PublishedRound) -> Iterator[tuple[str, str, str]]:
    for missing in round_.published.judgement.missing:
        if missing.indicator in own:
            yield missing.indicator, STAGE_NAMES.get(missing.stage, ""), missing.why


def _say_lacking(name: str, stage: str, why: str, round_: PublishedRound) -> str:
    standard = round_.facts.standard
    entry = standard.entries.get(standard.whole(name))
    if entry is None:
        return why
    words = load_note_words()
    return (words.lacks_of_stage if stage else words.lacks).format(title=entry.title, stage=stage, why=why)


def _conflicts(own: set[str], round_: PublishedRound) -> Iterator[int]:
    for place, conflict in enumerate(round_.published.judgement.contradictions):
        if conflict.indicator in own:
            yield place


def _say_conflict(place: int, round_: PublishedRound) -> str:
    conflict = round_.published.judgement.contradictions[place]
    words = load_note_words()
    values = "，".join(words.reading.format(value=f"{own.value:.10g}", clause=own.clause) for own in conflict.values)
    used = "" if conflict.used is None else words.used.format(value=f"{conflict.used:.10g}")
    return words.conflict.format(title=conflict.title, values=values, used=used, reason=conflict.reason)
