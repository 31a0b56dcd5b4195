"""Points: what the documents of a round say first, and of whom, each as a claim."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from analysis.integrity.integrity_findings import list_doubted, list_full
from analysis.plan import group_quotas
from analysis.results import Choice
from questionnaires.school_year import SchoolYear, SchoolYearError
from questionnaires.vocabulary import Evidence, Operator, Verdict
from reports.claims.claim import Claim, make_claim
from reports.report.comparison import FormerLine
from reports.report.movements import say_earlier, say_margins, say_moved
from reports.report.point_words import list_names, load_point_words, say_word
from reports.report.standings import Weak, find_weak, say_group, say_groups, say_lowest, say_problems
from reports.report.telling import Telling
from reports.setting.figures import count, percent, whole_percent
from reports.setting.findings import name_groups

MOST_POINTS = 5
CLEAR_CHANGES = ("change_up", "change_down", "apart_change_up", "apart_change_down")
TOPICS = "topics"
ALL_HIGHEST = "all_highest"
ESTABLISHED = (Evidence.ESTABLISHED_ABOVE, Evidence.ESTABLISHED_BELOW)


class Points(NamedTuple):
    """The claims of a report: `main` (at most five), what `turns` the verdict, how many choices `turned` it, one of
    each group, `lowest` by what is compared, `problems` and what of them is `weak`, who was `asked` and `planned`, what
    integrity checks found, the change since the last round, of the county and of what `moved`, `margins` for stages and
    localities, what became of `earlier` problems, and `years` where the data are not of the plan's year.
    """

    main: list[Claim]
    verdict: Claim
    evidence: Claim | None
    turns: list[Claim]
    turned: list[Claim]
    groups: list[Claim]
    lowest: dict[str, Claim]
    problems: list[Claim]
    weak: Weak
    asked: Claim
    planned: Claim
    response: Claim | None
    integrity: list[Claim]
    change: list[Claim]
    moved: list[Claim]
    margins: list[Claim]
    earlier: list[Claim]
    years: list[Claim]


def describe_points(told: Telling) -> Points:
    """What is said first of a round, and of whom."""
    line = told.facts.rule.threshold.value
    weak = find_weak(told)
    return Points(
        main=_list_main(told, weak),
        verdict=say_verdict(told),
        evidence=say_evidence(told),
        turns=list(_say_turns(told)),
        turned=[_count_turned(verdict, choices) for verdict, choices in told.rates.turned],
        groups=[say_group(group, line) for group in told.groups],
        lowest=say_lowest(told),
        problems=[] if told.estimate.county.rate is None else list(say_problems(told, weak)),
        weak=weak,
        asked=_say_asked(told),
        planned=_say_planned(told),
        response=_say_response(told),
        integrity=list(_say_integrity(told)),
        change=list(_say_change(told)),
        moved=list(_say_moves(told)),
        margins=list(say_margins(told.margins, told.facts.rule.confidence.value)),
        earlier=list(say_earlier(told.problems)),
        years=list(_say_years(told)),
    )


def _list_main(told: Telling, weak: Weak) -> list[Claim]:
    """The verdict and how far to believe it, a change beyond error, who is below the line, the four dimensions."""
    if told.estimate.county.rate is None:
        return [say_verdict(told), _say_four(told)]
    evidence = say_evidence(told)
    change = list(_say_change(told))[:1]
    clear = [claim for claim in change if claim.form in CLEAR_CHANGES]
    points = [say_verdict(told), *([evidence] if evidence else []), *clear, *say_groups(told, weak)]
    points += [] if clear else change or list(_say_turns(told))[:1]
    return [*points[: MOST_POINTS - 1], _say_four(told)]


def say_verdict(told: Telling) -> Claim:
    """The one verdict of the round, by the line of the standard that is cited."""
    county = told.estimate.county
    rule = told.facts.rule
    line = rule.threshold.value
    if county.rate is None:
        return make_claim("no_forms", county=told.facts.county)
    return make_claim(
        f"verdict_{county.verdict.value}",
        county=told.facts.county,
        rate=percent(county.rate, line),
        confidence=whole_percent(rule.confidence.value),
        lower=percent(county.lower, line),
        upper=percent(county.upper, line),
        need=Operator(rule.threshold.operator).zh + whole_percent(line),
        groups=list_names(map(name_groups, county.incomplete)),
    )


def say_evidence(told: Telling) -> Claim | None:
    """How far the figure may be believed, and on what assumption where groups are missing; None without a figure."""
    county = told.estimate.county
    line = told.facts.rule.threshold.value
    if county.rate is None:
        return None
    below = county.evidence in (Evidence.BELOW_AMONG_ANSWERED, Evidence.ESTABLISHED_BELOW)
    bounds = (county.upper95, county.lower95) if below else (county.lower95, county.upper95)
    bound = percent(bounds[0], line)
    other = percent(bounds[1], line)
    form = (
        f"assuming_{county.evidence}"
        if told.estimate.some_unknown and county.evidence in ESTABLISHED
        else county.evidence.value
    )
    return make_claim(form, bound=bound, other=other, line=whole_percent(line))


def _say_turns(told: Telling) -> Iterator[Claim]:
    for verdict, choices in told.rates.turned:
        yield make_claim("turned", choices=_quote(choices, told), verdict=load_point_words().verdicts[verdict.value])
    if not told.rates.turned and told.estimate.sensitivity:
        yield make_claim("unturned")


def _count_turned(verdict: Verdict, choices: Sequence[Choice]) -> Claim:
    return make_claim("turned_count", count=len(choices), outcome=verdict.zh)


def _quote(choices: Sequence[Choice], told: Telling) -> str:
    return "".join(say_word("quoted", name=told.choice(choice.name)) for choice in choices)


def _say_four(told: Telling) -> Claim:
    return make_claim("four", verdict=load_point_words().verdicts[told.judgement.verdict.value])


def _say_asked(told: Telling) -> Claim:
    asked = told.facts.rule.groups
    groups = list_names(map(name_groups, asked))
    missing = told.estimate.county.incomplete
    if missing and told.estimate.county.rate is not None:
        return make_claim(
            "asked_missing", groups=groups, count=len(asked), missing=list_names(map(name_groups, missing))
        )
    return make_claim("asked", groups=groups, count=len(asked))


def _say_planned(told: Telling) -> Claim:
    """What the rule asks of the population, what the plan has of it, and why where it is less."""
    facts = told.facts
    sample = facts.rule.sample
    quota = sum(group_quotas(facts.rule, facts.population).values())
    target = told.returns.totals.target
    short = list_names(name_groups(shortfall.group) for shortfall in told.estimate.shortfalls)
    said = {"population": count(facts.population), "quota": count(quota), "target": count(target), "groups": short}
    if sample.floor and sample.floor_below and facts.population < sample.floor_below.value:
        return make_claim("planned_floor", below=count(sample.floor_below.value), **said)
    form = "planned_capped" if short and target < quota else "planned"
    return make_claim(form, permille=f"{sample.permille.value:g}", **said)


def _say_response(told: Telling) -> Claim | None:
    """How many of those with a code answered: it cannot be left out."""
    issued = told.returns.totals.issued
    if not issued or not told.estimate.received:
        return None
    share = percent(told.estimate.received / issued)
    return make_claim("response", valid=count(told.estimate.valid), share=share)


def _say_integrity(told: Telling) -> Iterator[Claim]:
    found = told.estimate.integrity
    if found.flagged:
        yield make_claim("flagged", forms=count(found.flagged))
    elif len(told.untested) < len(found.checks):
        yield make_claim("unflagged")
    listed = found.checks.get(ALL_HIGHEST)
    if listed and listed.listed_forms:
        said = {"places": count(listed.listed_places), "forms": count(listed.listed_forms)}
        yield _say_without(told, "listed", "without_listed", said)
    if full := list_full(found):
        yield _say_without(told, "full", "without_full", {"places": count(len(full))})
    if doubted := list_doubted(found):
        yield _say_without(told, "doubted", "without_doubted", {"places": count(len(doubted))})


def _say_without(told: Telling, form: str, choice: str, said: dict[str, str]) -> Claim:
    """What was listed, and the figure without it: withheld, or not made, where it would tell of a few."""
    without = next((row for row in told.estimate.sensitivity if row.name == choice), None)
    if without is None:
        return make_claim(f"{form}_alone", **said)
    verdict = load_point_words().verdicts[(without.verdict or Verdict.UNDETERMINED).value]
    if without.rate is None:
        return make_claim(f"{form}_withheld", **said, verdict=verdict)
    rate = percent(without.rate, told.facts.rule.threshold.value)
    return make_claim(form, **said, rate=rate, verdict=verdict)


def _say_change(told: Telling) -> Iterator[Claim]:
    """The last round against this one, by a tested difference."""
    for former in told.former[:1]:
        before = say_word("month", year=former.opens.year, month=former.opens.month)
        if not former.comparable:
            yield make_claim("change_none", before=before)
        elif former.change is not None:
            yield _say_moved(former, before, told)


def _say_moved(former: FormerLine, before: str, told: Telling) -> Claim:
    assert former.change is not None
    line = told.facts.rule.threshold.value
    moved = former.change.difference
    way = "open" if not former.change.clear else "up" if moved > 0 else "down"
    return make_claim(
        f"{'apart_' if former.apart else ''}change_{way}",
        before=before,
        then=percent(former.rate, line),
        now=percent(told.estimate.county.rate, line),
        points=former.difference.removeprefix("-"),
    )


def _say_moves(told: Telling) -> Iterator[Claim]:
    """What rose and fell among groups and topics; of topics, where other groups than before make them up."""
    yield from say_moved(told.moved)
    if told.former and told.former[0].apart and any(line.kind == TOPICS for line in told.moved):
        yield make_claim("moved_apart")


def _say_years(told: Telling) -> Iterator[Claim]:
    """Where the data are of other years than the plan's targets or the survey."""
    as_of = told.judgement.provenance.as_of
    first = told.facts.standard.first_target_year
    try:
        year = SchoolYear.parse(told.facts.school_year)
    except SchoolYearError:
        return
    school_year = told.facts.school_year.replace("-", "—")
    if first is not None and as_of is not None and as_of < first:
        yield make_claim("years_apart", school_year=school_year, first=first)
    elif told.facts.opens.year > year.first + 1:
        yield make_claim("years_late", survey=told.facts.opens.year, school_year=school_year, as_of=as_of)
