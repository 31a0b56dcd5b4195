"""Movements: groups and topics since the round before, stages and localities, what became of earlier problems."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from analysis.published import FormerProblem, FormerRound, UnitRow
from analysis.recognition.ordering import find_lowest, find_moved
from analysis.results import COUNTY, Estimate, Figure, GroupRate, ItemRate
from questionnaires.paper import Paper
from questionnaires.vocabulary import Locale, ProblemState, Stage, words
from reports.claims.claim import Claim, make_claim
from reports.report.comparison import say_difference
from reports.report.point_words import list_names, load_point_words, say_word
from reports.setting.figures import count
from reports.setting.findings import name_groups
from reports.setting.told_figures import tell_figure

SHOWN = "shown"
WHOLE = "whole"
TOLD_APART = ("lowest_apart", "lowest_tied")
MOST_PROBLEMS = 20
KINDS: Mapping[str, Mapping[str, str]] = {"stage": words(Stage), "locale": words(Locale)}


class MovedLine(NamedTuple):
    """A group or topic in both rounds; `clear` where a test over all of its kind tells the two apart."""

    kind: str
    name: str
    before: Figure
    now: Figure
    difference: float
    told: str
    clear: bool


class MarginLine(NamedTuple):
    """A stage or locality of one group."""

    group: str
    kind: str
    name: str
    rate: UnitRow


def list_moved(former: Sequence[FormerRound], estimate: Estimate, paper: Paper, confidence: float) -> list[MovedLine]:
    """Groups, then topics, that were told in the round before and now; `former` begins with one that compares."""
    if not former:
        return []
    titles = {topic.id: topic.name for topic in paper.topics}
    topics = {key: domains[COUNTY] for key, domains in estimate.topics.items() if COUNTY in domains and key in titles}
    lines: list[MovedLine] = []
    for kind, now, before in (("groups", estimate.groups, former[0].groups), ("topics", topics, former[0].topics)):
        lines += [
            MovedLine(
                kind=kind,
                name=titles.get(own.name) or name_groups(own.name),
                before=before[own.name],
                now=now[own.name],
                difference=own.change.difference,
                told=say_difference(own.change, now[own.name], before[own.name]),
                clear=own.clear,
            )
            for own in find_moved(now, before, confidence)
        ]
    return lines


def say_moved(lines: Iterable[MovedLine]) -> Iterator[Claim]:
    """What rose and what fell, or that no test tells a change; groups, then topics."""
    listed = list(lines)
    for kind in ("groups", "topics"):
        own = [line for line in listed if line.kind == kind]
        what = load_point_words().compared[kind]
        rose = [line for line in own if line.clear and line.difference > 0]
        fell = [line for line in own if line.clear and line.difference < 0]
        if rose:
            yield make_claim("moved_up", what=what, moved=_name_moved(rose))
        if fell:
            yield make_claim("moved_down", what=what, moved=_name_moved(fell))
        if own and not rose and not fell:
            yield make_claim("moved_open", what=what)


def _name_moved(lines: Iterable[MovedLine]) -> str:
    return list_names(
        say_word("moved", name=line.name, before=tell_figure(line.before), now=tell_figure(line.now)) for line in lines
    )


def list_margins(rows: Iterable[UnitRow]) -> list[MarginLine]:
    """The stages and localities of each group, as far as they are told as numbers."""
    found = []
    for row in rows:
        name = KINDS.get(row.level, {}).get(row.place.rpartition("/")[2])
        if name is not None and row.scope == WHOLE and row.state == SHOWN and row.rate is not None:
            found.append(MarginLine(group=name_groups(row.group), kind=row.level, name=name, rate=row))
    return found


def say_margins(lines: Sequence[MarginLine], confidence: float) -> Iterator[Claim]:
    """Which stage and which kind of locality of a group is lowest, where a test tells; else nothing is said.

    Rates of units are told in whole hundredths: that two are alike says nothing.
    """
    for group, kind in dict.fromkeys((line.group, line.kind) for line in lines):
        figures = {line.name: line.rate for line in lines if (line.group, line.kind) == (group, kind)}
        what = load_point_words().compared[kind].format(group=group)
        claim = word_lowest(figures, confidence, what=what, table="margins")
        if claim and claim.form in TOLD_APART:
            yield claim


def word_lowest(
    figures: Mapping[str, GroupRate | ItemRate | UnitRow], confidence: float, *, what: str, table: str
) -> Claim | None:
    """The superlative of some rates: told by a test, tied, the same, or open; None with a statement among them."""
    lowest = find_lowest(figures, confidence)
    if lowest is None or any(figure.is_statement for figure in figures.values()):
        return None
    first = lowest.names[0]
    rate = tell_figure(figures[first])
    if lowest.same:
        return make_claim("lowest_same", table=table, what=what, rate=rate)
    if not lowest.apart:
        return make_claim("lowest_open", table=table, what=what)
    if len(lowest.names) == 1:
        return make_claim("lowest_apart", table=table, what=what, names=first, rate=rate)
    named = (say_word("named", name=name, rate=tell_figure(figures[name])) for name in lowest.names)
    return make_claim("lowest_tied", table=table, what=what, rated=list_names(named))


def say_earlier(problems: Sequence[FormerProblem]) -> Iterator[Claim]:
    """How many problems were known before the round, and where they stand at its close."""
    if not problems:
        return
    states = Counter(problem.state for problem in problems)
    yield make_claim(
        "earlier_problems",
        total=count(len(problems)),
        closed=count(states[ProblemState.CLOSED]),
        applied=count(states[ProblemState.APPLIED]),
        open=count(states[ProblemState.OPEN]),
    )
    if again := sum(problem.reopened > 0 for problem in problems):
        yield make_claim("earlier_again", count=count(again))
