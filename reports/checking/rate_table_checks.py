"""Checks of tables of rates: groups, topics, items, other choices, the verdict, rounds before, the method."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from analysis.change import Change, change
from analysis.release.rounded_record import P_STEPS
from analysis.results import COUNTY, Choice, CountyRate
from questionnaires.vocabulary import PaperKind
from reports.checking.cells_agree import (
    HIDDEN,
    NONE,
    Grid,
    list_shown,
    same_count,
    same_difference,
    same_figure,
    same_number,
    same_share,
    tell_row,
    word_of,
)
from reports.checking.published_round import PublishedRound, agrees, name_of
from reports.checking.table_words import CellWords, load_table_words
from reports.checking.tightening import tighten
from reports.checking.told_facts import told_days
from reports.report.choices import name_choice

Row = Sequence[str]
TableCheck = Callable[[Grid, PublishedRound], Iterator[str]]
NEARLY = 0.9999


def each_row(
    table: str, holds: Callable[[Row, PublishedRound], bool], *, all_of: Callable[[PublishedRound], int] | None = None
) -> TableCheck:
    """A check of a table row by row, and of how many rows there are."""

    def check(grid: Grid, round_: PublishedRound) -> Iterator[str]:
        for row in grid[1:]:
            if not _safely(holds, row, round_):
                yield tell_row(table, row)
        if all_of is not None and len(grid) - 1 != all_of(round_):
            yield f"table {table}: {len(grid) - 1} rows"

    return check


def _safely(holds: Callable[[Row, PublishedRound], bool], row: Row, round_: PublishedRound) -> bool:
    try:
        return holds(row, round_)
    except (ValueError, KeyError, IndexError):
        return False


def _group_row(row: Row, round_: PublishedRound) -> bool:
    estimate = round_.published.estimate
    line = round_.share
    name, received, valid, rate, lower, upper, unknown = row
    if name == round_.facts.whole:
        county = estimate.county
        bounds = same_share(lower, county.lower, line) and same_share(upper, county.upper, line)
        counts = same_count(received, estimate.received) and same_count(valid, estimate.valid)
        return counts and bounds and same_share(rate, county.rate, line) and unknown == NONE
    own = round_.groups[name]
    bounds = same_share(lower, own.lower) and same_share(upper, own.upper)
    counts = same_count(received, own.received) and same_count(valid, own.valid)
    return counts and bounds and same_figure(rate, own, line) and same_share(unknown, own.unknown)


def _insert_row(row: Row, round_: PublishedRound) -> bool:
    name, issued, received, valid, rate, span = row
    estimate = round_.published.estimate
    counts = round_.published.status.groups
    if name == round_.facts.county:
        whole = estimate.county
        told = same_count(issued, sum(group.issued for group in counts.values())) and same_count(valid, estimate.valid)
        figure = same_share(rate, whole.rate, round_.share)
        return told and figure and same_count(received, estimate.received) and _same_span(span, whole, round_.share)
    key = list_shown(round_)[name]
    own = estimate.groups.get(key)
    given = sum(counts[group].issued for group in key.split("+") if group in counts)
    if own is None:
        came = sum(counts[group].forms for group in key.split("+") if group in counts)
        return same_count(issued, given) and same_count(valid, 0) and rate == span == NONE and came >= 0
    told = same_count(issued, given) and same_count(received, own.received) and same_count(valid, own.valid)
    shown = own if own.rate is not None else HIDDEN
    return told and same_figure(rate, own, round_.share) and _same_span(span, shown, None)


def _same_span(cell: str, rate: object, line: float | None) -> bool:
    lower = getattr(rate, "lower", None)
    upper = getattr(rate, "upper", None)
    if lower is None or upper is None:
        return cell == NONE
    first, _, last = cell.partition(NONE)
    return same_share(first, lower, line) and same_share(last, upper, line)


def check_topics(grid: Grid, round_: PublishedRound) -> Iterator[str]:
    """Every topic of the county and of each group."""
    topics = {topic.name: topic.id for topic in round_.facts.papers[0].topics}
    keys = {name_of(key): key for key in round_.published.estimate.groups}
    columns = [COUNTY if name == round_.facts.whole else keys.get(name, "") for name in grid[0][1:]]
    for row in grid[1:]:
        domains = round_.published.estimate.topics.get(topics.get(row[0], ""), {})
        cells = zip(row[1:], columns, strict=True)
        if not all(same_figure(cell, domains.get(column, HIDDEN), round_.share) for cell, column in cells):
            yield tell_row("topics", row)


def check_three(grid: Grid, round_: PublishedRound) -> Iterator[str]:
    """Topics side by side, a name and its rate in turns."""
    for row in grid[1:]:
        for name, cell in zip(row[::2], row[1::2], strict=True):
            if name and not same_figure(cell, round_.topics.get(name, HIDDEN), round_.share):
                yield tell_row("topics", row)


def check_items(grid: Grid, round_: PublishedRound) -> Iterator[str]:
    """Items with their rates: the lowest come first, and whoever is left out is above all of them."""
    names = {tighten(text): figure for text, figure in round_.items.items()}
    told = sorted(figure.rank for figure in names.values() if figure.rank is not None)
    shown = []
    for row in grid[1:]:
        figure = names.get(row[1], HIDDEN)
        shown.append(figure.rank)
        if not same_figure(row[-1], figure, round_.share):
            yield tell_row("items", row)
    above = told[len(shown) :]
    if shown != told[: len(shown)] or above[:1] in ([], shown[-1:]):
        yield f"table items: {shown}"


def _choice_row(row: Row, round_: PublishedRound) -> bool:
    name, rate, verdict = row
    county = round_.published.estimate.county
    if name == load_table_words().words.this_rule:
        return same_share(rate, county.rate, round_.share) and verdict == word_of(county.verdict)
    choice = _choices(round_)[name]
    return same_share(rate, choice.rate, round_.share) and verdict == word_of(choice.verdict)


def _choices(round_: PublishedRound) -> Mapping[str, Choice]:
    facts = round_.facts
    found = round_.published.estimate.sensitivity
    return {tighten(name_choice(choice.name, facts.rule, facts.papers)): choice for choice in found}


def _verdict_row(row: Row, round_: PublishedRound) -> bool:
    name, cell = row
    words = load_table_words().words
    estimate = round_.published.estimate
    county = estimate.county
    bounds = {
        words.lower: county.lower,
        words.upper: county.upper,
        words.lower95: county.lower95,
        words.upper95: county.upper95,
    }
    wanted = [share for end, share in bounds.items() if name.endswith(end)]
    if name == words.rate or wanted:
        return same_share(cell, county.rate if name == words.rate else wanted[0], round_.share)
    if name.endswith(words.chance):
        return _same_chance(cell, county.probability_above)
    above = "above" in county.evidence.value
    needed = (words.needed_above if above else words.needed_below).format(line=f"{round_.line.value:g}%")
    if name.startswith(needed):
        return (words.contented_first in name) == above and same_number(cell, county.ratio)
    if name.startswith(words.revisited):
        told = (words.revisit.format(ratio=k.ratio, lower=k.lower, upper=k.upper) for k in estimate.revisits)
        return cell in told
    return name.startswith(words.tipping) and _same_tip(cell, estimate.tipping_point, words)


def _same_tip(cell: str, tip: float | None, words: CellWords) -> bool:
    if tip is not None and (tip < 0 or tip > 1):
        return cell == (words.below_all if tip < 0 else words.above_all)
    return same_share(cell, tip)


def _same_chance(cell: str, chance: float | None) -> bool:
    if chance is None:
        return False
    if chance > NEARLY or chance < 1 - NEARLY:
        words = load_table_words().words
        return cell == (words.sure if chance > NEARLY else words.unsure)
    return agrees(cell, chance)


def _former_row(row: Row, round_: PublishedRound) -> bool:
    name, days, valid, rate, lower, upper, moved, said = row
    words = load_table_words().words
    now = round_.published.estimate
    if name.endswith(words.this_round):
        dated = days == told_days(round_.facts.opens, round_.facts.closes)
        figures = _same_rate((rate, lower, upper), now.county, round_) and same_count(valid, now.valid)
        return dated and figures and moved == NONE
    former = next(before for before in round_.published.former.rounds if before.name == name)
    found = change(now.county, former.county)
    moves = [] if found is None else [same_difference(moved, found.difference, now.county, former.county)]
    figures = _same_rate((rate, lower, upper), former.county, round_) and same_count(valid, former.valid)
    told = figures and days == told_days(former.opens, former.closes) and (all(moves) if moves else moved == NONE)
    compared = found if round_.is_comparable(former) else None
    apart = compared is not None and round_.is_apart(former)
    return told and _says_change(said, compared) and apart == (words.apart in said)


def _same_rate(cells: tuple[str, str, str], county: CountyRate, round_: PublishedRound) -> bool:
    shares = (county.rate, county.lower, county.upper)
    return all(same_share(cell, share, round_.share) for cell, share in zip(cells, shares, strict=True))


def _says_change(said: str, found: Change | None) -> bool:
    """Whether only a clear difference is called higher or lower."""
    words = load_table_words().words
    if found is None or not found.clear:
        return words.that_round not in said
    return (words.higher if found.difference > 0 else words.lower_than) in said


def _method_row(row: Row, round_: PublishedRound) -> bool:
    name, weight, rate, deff, p = row
    own = round_.groups[name]
    key = {name_of(key): key for key in round_.published.estimate.groups}[name]
    known = round_.published.estimate.provenance.weights.get(key)
    known_rate = same_number(weight, known) and same_figure(rate, own, round_.share)
    return known_rate and same_number(deff, own.deff) and p == _say_holm(own.p_holm)


def _say_holm(p: float | None) -> str:
    """A published p is "at most", and at most 1 says nothing: it is above the last step below 1."""
    words = load_table_words().words
    if p is None:
        return NONE
    return words.no_holm if p > P_STEPS[-2] else words.holm.format(p=p)


def rows_of_groups(round_: PublishedRound) -> int:
    """A row for each group that tables list."""
    return len(list_shown(round_))


PAPERS = tuple(kind.zh for kind in PaperKind)

CHECKS: Mapping[str, TableCheck] = {
    "groups": each_row("groups", _group_row, all_of=lambda round_: len(round_.groups) + 1),
    "insert_groups": each_row("insert_groups", _insert_row, all_of=lambda round_: rows_of_groups(round_) + 1),
    "choices": each_row("choices", _choice_row, all_of=lambda round_: len(round_.published.estimate.sensitivity) + 1),
    "verdict": each_row("verdict", _verdict_row),
    "former": each_row("former", _former_row, all_of=lambda round_: len(round_.published.former.rounds) + 1),
    "method": each_row("method", _method_row, all_of=lambda round_: len(round_.groups)),
}


def find_rate_check(head: Sequence[str]) -> TableCheck | None:
    """The check of a table of topics or items, whose heads hold groups or papers; None for another table."""
    words = load_table_words().words
    if head[0] != words.topic or asks(head):
        return None
    if head[1] == words.rate:
        return check_three
    return check_items if head[-1] == words.rate and any(paper in head for paper in PAPERS) else check_topics


def asks(head: Sequence[str]) -> bool:
    """Whether a table is the list of questions."""
    return head[0] == load_table_words().words.topic and all(name.startswith(PAPERS) for name in head[1:])
