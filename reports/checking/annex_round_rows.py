"""Rows of the annex on the round: what the headline rests on, topics, items, other choices, returns, checks."""

from collections.abc import Iterator, Sequence

from analysis.change import change
from analysis.plan import group_quotas
from analysis.published import FormerRound
from analysis.results import COUNTY
from analysis.round_counts import StratumCounts
from analysis.standard.limits import Limit
from questionnaires.vocabulary import Locale, Stage
from reports.checking.annex_cells import NOTHING, Row, Wanted, hundredths, limit_of, told_figure, verdict_word
from reports.checking.annex_table_words import load_annex_table_words
from reports.checking.cells_agree import HIDDEN, find_order
from reports.checking.published_round import PublishedRound, name_of
from reports.report.choices import load_choice_words, name_choice

NEARLY = 0.9999


def rule_line(round_: PublishedRound) -> Limit:
    """The line of the rule, in hundredths."""
    threshold = round_.facts.rule.threshold
    return limit_of(threshold.operator, 100 * threshold.value)


def list_headline(round_: PublishedRound) -> list[Row]:
    """What the county's figure rests on."""
    labels = load_annex_table_words().headline
    cells = {**_headline_counts(round_), **_headline_shares(round_)}
    return [[Wanted(label), cells[name], Wanted(unit)] for name, (label, unit) in labels.items()]


def _headline_counts(round_: PublishedRound) -> dict[str, Wanted]:
    estimate = round_.published.estimate
    groups = round_.published.status.groups.values()
    people = round_.facts.population
    return {
        "population": Wanted(people),
        "quota": Wanted(sum(group_quotas(round_.facts.rule, people).values())),
        "target": Wanted(sum(group.target for group in groups)),
        "issued": Wanted(sum(group.issued for group in groups)),
        "received": Wanted(estimate.received),
        "valid": Wanted(estimate.valid),
    }


def _headline_shares(round_: PublishedRound) -> dict[str, Wanted]:
    estimate = round_.published.estimate
    county = estimate.county
    issued = sum(group.issued for group in round_.published.status.groups.values())
    return {
        "return": hundredths(estimate.received / issued if issued else None),
        "validity": hundredths(estimate.valid / estimate.received if estimate.received else None),
        "rate": hundredths(county.rate, rule_line(round_)),
        "lower": hundredths(county.lower),
        "upper": hundredths(county.upper),
        "lower95": hundredths(county.lower95),
        "upper95": hundredths(county.upper95),
        "probability_above": _chance(county.probability_above),
        "tipping_point": hundredths(estimate.tipping_point),
    }


def _chance(share: float | None) -> Wanted:
    """A probability, never told as certain."""
    return hundredths(None if share is None else min(max(share, 1 - NEARLY), NEARLY))


def topic_heads(round_: PublishedRound) -> list[str]:
    """The county, then the groups that have results."""
    keys = find_order([*round_.published.estimate.groups])
    return [round_.facts.whole, *map(name_of, keys)]


def list_topics(round_: PublishedRound) -> list[Row]:
    """Every topic of the county and of each group."""
    estimate = round_.published.estimate
    columns = [COUNTY, *find_order([*estimate.groups])]
    line = rule_line(round_)
    rows: list[Row] = []
    for topic in round_.facts.papers[0].topics:
        domains = estimate.topics.get(topic.id, {})
        if topic.id in estimate.topics:
            rows.append([Wanted(topic.name), *(told_figure(domains.get(key, HIDDEN), line) for key in columns)])
    return rows


def paper_heads(round_: PublishedRound) -> list[str]:
    """The papers."""
    return [paper.title for paper in round_.facts.papers]


def list_items(round_: PublishedRound) -> list[Row]:
    """Every item of a topic, its words on each paper and the county's rate."""
    papers = round_.facts.papers
    names = {topic.id: topic.name for topic in papers[0].topics}
    texts = [{item.id: item.text for item in paper.items} for paper in papers]
    found = round_.published.estimate.items
    return [
        [
            Wanted(names[item.topic]),
            *(Wanted(own.get(item.id, "")) for own in texts),
            told_figure(found[item.id].get(COUNTY, HIDDEN), rule_line(round_)),
        ]
        for item in papers[0].items
        if item.topic and item.id in found
    ]


def list_choices(round_: PublishedRound) -> list[Row]:
    """The rule's own way of counting, then the others."""
    facts = round_.facts
    county = round_.published.estimate.county
    line = rule_line(round_)
    name = Wanted(load_annex_table_words().words.this_rule)
    first = [[name, hundredths(county.rate, line), verdict_word(county.verdict)]]
    others = round_.published.estimate.sensitivity
    return [
        *(first if county.rate is not None else []),
        *(
            [
                Wanted(name_choice(choice.name, facts.rule, facts.papers)),
                hundredths(choice.rate, line),
                verdict_word(choice.verdict),
            ]
            for choice in others
        ),
    ]


def list_strata(round_: PublishedRound) -> list[Row]:
    """Returns by stage, then by locality; what is not known comes last."""
    words = load_annex_table_words().words
    strata = round_.published.status.strata
    stages = {**{term.value: term.zh for term in Stage}, "": words.no_stage}
    locales = {**{term.value: term.zh for term in Locale}, "": words.no_locale}
    by_stage = [(zh, [own for own in strata if own.stage == key]) for key, zh in stages.items()]
    by_locale = [(zh, [own for own in strata if own.locale == key]) for key, zh in locales.items()]
    return [_stratum_row(name, own) for name, own in (*by_stage, *by_locale) if own]


def _stratum_row(name: str, own: Sequence[StratumCounts]) -> Row:
    invited = sum(counts.invited for counts in own)
    forms = sum(counts.forms for counts in own)
    issued = sum(counts.issued for counts in own)
    return [Wanted(name), *map(Wanted, (invited, issued, forms)), hundredths(forms / invited if invited else None)]


def list_units(round_: PublishedRound) -> list[Row]:
    """Every unit's counts over its groups, those that lack most first."""
    sums: dict[str, list[int]] = {}
    for counts in round_.published.status.units:
        own = sums.setdefault(counts.unit, [0, 0, 0])
        sums[counts.unit] = [own[0] + counts.target, own[1] + counts.issued, own[2] + counts.spent]
    schools = {own.school: own.name for own in round_.published.judgement.dimensions.resources.schools}
    lacks = dict.fromkeys(sums, 0)
    for counts in round_.published.status.units:
        lacks[counts.unit] += max(0, counts.target - counts.spent)
    order = sorted(sums, key=lambda unit: (-lacks[unit], unit))
    return [
        [Wanted(unit), Wanted(schools.get(unit, unit)), *map(Wanted, sums[unit]), Wanted(lacks[unit])] for unit in order
    ]


def list_checks(round_: PublishedRound) -> list[Row]:
    """The checks of integrity: tests, places and forms, and by which measure."""
    names = load_choice_words().checks
    tuned = load_annex_table_words().words.tuned
    return [
        [
            Wanted(names[name]),
            *map(Wanted, (own.tests, own.flagged_places, own.flagged_forms)),
            Wanted(own.clause.replace(tuned, "")),
        ]
        for name, own in round_.published.estimate.integrity.checks.items()
    ]


def list_former(round_: PublishedRound) -> list[Row]:
    """The rounds before."""
    return [[*_former_row(own, round_)] for own in round_.published.former.rounds]


def _former_row(own: FormerRound, round_: PublishedRound) -> Iterator[Wanted]:
    county = own.county
    moved = change(round_.published.estimate.county, county)
    yield from map(Wanted, (own.name, own.opens.isoformat(), own.closes.isoformat()))
    yield Wanted(own.valid)
    yield hundredths(county.rate, rule_line(round_))
    yield from map(hundredths, (county.lower, county.upper))
    yield hundredths(moved.difference) if moved else NOTHING
    yield Wanted(own.rule)
