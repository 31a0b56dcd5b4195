"""What claims are tested against: the published table, the facts of the round and its packs; nothing is made here."""

import re
from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_UP, Decimal

from msgspec import Struct

from analysis.published import FormerRound, Published, UnitRow
from analysis.results import COUNTY, Figure, GroupRate, ItemRate
from analysis.standard.limits import Limit
from questionnaires.vocabulary import Group, Locale, Operator, Stage
from reports.checking.table_words import load_table_words
from reports.report.telling import RoundFacts

NUMBER = re.compile(r"-?[\d,]+(?:\.\d+)?")
NEAR = Decimal("1e-12")


class PublishedRound(Struct, frozen=True, kw_only=True):
    """A round as it was published, with its facts."""

    facts: RoundFacts
    published: Published

    @property
    def line(self) -> Limit:
        """The line of the standard that is cited."""
        return self.facts.standard.recognition_line

    @property
    def share(self) -> float:
        """The line as a share."""
        return self.line.value / 100

    @property
    def need(self) -> str:
        """What the standard asks for, in words."""
        return f"{Operator(self.line.operator).zh}{self.line.value:g}%"

    def is_comparable(self, former: FormerRound) -> bool:
        """Whether a round before had this rule and these papers."""
        papers = tuple(paper.id for paper in self.facts.papers)
        return former.rule == self.facts.rule.id and former.papers == papers

    def is_apart(self, former: FormerRound) -> bool:
        """Whether other groups than in a round before had valid forms."""
        missing = ("+".join(county.incomplete) for county in (former.county, self.published.estimate.county))
        then, now = (set(labels.split("+")) for labels in missing)
        return then != now

    @property
    def groups(self) -> dict[str, GroupRate]:
        """The groups' results by their Chinese names."""
        return {name_of(key): rate for key, rate in self.published.estimate.groups.items()}

    @property
    def topics(self) -> dict[str, ItemRate]:
        """The county's topics by their Chinese names."""
        names = {topic.id: topic.name for topic in self.facts.papers[0].topics}
        found = self.published.estimate.topics.items()
        return {names[key]: domains[COUNTY] for key, domains in found if COUNTY in domains}

    @property
    def margins(self) -> dict[str, dict[str, UnitRow]]:
        """Stages and localities that are told as numbers, by what a sentence calls them together."""
        found: dict[str, dict[str, UnitRow]] = {}
        for what, name, row in _margins_of(self):
            found.setdefault(what, {})[name] = row
        return found

    @property
    def items(self) -> dict[str, ItemRate]:
        """The county's items, the overall one left out, by their words on the first paper."""
        texts = {item.id: item.text for item in self.facts.papers[0].items if item.topic}
        found = self.published.estimate.items.items()
        return {texts[key]: domains[COUNTY] for key, domains in found if key in texts and COUNTY in domains}


def _margins_of(round_: PublishedRound) -> Iterator[tuple[str, str, UnitRow]]:
    words = load_table_words().words
    kinds: tuple[tuple[str, str, type[Stage] | type[Locale]], ...] = (
        ("stage", words.stage_of, Stage),
        ("locale", words.locale_of, Locale),
    )
    for level, said, places in kinds:
        names = {place.value: place.zh for place in places}
        for row in round_.published.unit_rows:
            place = row.place.rpartition("/")[2]
            told = row.scope == "whole" and row.state == "shown" and row.rate is not None
            if row.level == level and told and place in names:
                yield said.format(group=name_of(row.group)), names[place], row


def name_of(key: str) -> str:
    """Groups by a key, in Chinese."""
    return "、".join(Group(group).zh for group in key.split("+"))


def read_number(text: str) -> Decimal:
    """A printed number; raises ValueError where there is none.

    >>> read_number("1,056份"), read_number("84.996%")
    (Decimal('1056'), Decimal('84.996'))
    """
    found = NUMBER.search(text)
    if found is None:
        raise ValueError(text)
    return Decimal(found[0].replace(",", ""))


def agrees(text: str, share: float | None, line: float | None = None) -> bool:
    """Whether a printed percentage is the share, rounded half up to two places or more, on its own side of the line.

    >>> agrees("84.996%", 0.84996, 0.85), agrees("85.00%", 0.84996, 0.85), agrees("91.2%", 0.91236)
    (True, False, False)
    """
    if share is None:
        return False
    printed = read_number(text)
    exact = Decimal(str(share)) * 100
    places = max(2, -int(printed.as_tuple().exponent))
    rounded = exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return printed == rounded and (line is None or _side(printed, line) == _side(exact, line))


def _side(value: Decimal, line: float) -> int:
    apart = value - Decimal(str(line)) * 100
    return 0 if abs(apart) <= NEAR else (1 if apart > 0 else -1)


def is_below(figure: Figure, line: float) -> bool:
    """Whether the measured rate falls short of the line."""
    most = figure.at_most if figure.rate is None else figure.rate
    return most is not None and most < line


def is_ranged(figure: Figure, line: float) -> bool:
    """Whether it is published as a range with the line inside."""
    if figure.rate is not None or (figure.at_least is None and figure.at_most is None):
        return False
    below = figure.at_least is None or figure.at_least < line
    return below and not is_below(figure, line)


def figure_agrees(text: str, figure: Figure, line: float) -> bool:
    """Whether a printed figure is the published one, a statement by its bound."""
    if figure.rate is not None:
        return agrees(text, figure.rate, line)
    told = [bound for bound in (figure.at_least, figure.at_most) if bound is not None]
    if told in ([0], [1]) and figure.span[0] == figure.span[1]:
        return agrees(text, told[0], line)
    words = {(True, False): "不低于", (False, True): "不高于", (True, True): "至"}
    sides = (figure.at_least is not None, figure.at_most is not None)
    numbers = [Decimal(number) for number in NUMBER.findall(text)]
    return sides in words and words[sides] in text and numbers == [Decimal(str(bound)) * 100 for bound in told]


def split_named(text: str) -> list[tuple[str, str]]:
    """Names with their figures: the figure in brackets at the end of each.

    >>> split_named("人大代表、政协委员（80.00%）、家长（81.00%）")
    [('人大代表、政协委员', '80.00%'), ('家长', '81.00%')]
    """
    return [(name.removeprefix("、"), rate) for name, rate in re.findall(r"(.+?)（([^（）]*\d[^（）]*%)）", text)]


def all_in_order(names: Iterable[str], wanted: Iterable[str]) -> bool:
    """Whether the same names were named, each once."""
    return sorted(names) == sorted(wanted)
