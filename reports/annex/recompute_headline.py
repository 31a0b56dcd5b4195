"""The county's figure from the printed rates of its groups, with formulas that a spreadsheet computes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from analysis.disclosure.headline_steps import FINEST, PLACES
from analysis.disclosure.rounding import round_down, round_share, round_up
from analysis.results import Figure
from reports.annex.recompute_words import load_recompute_words
from reports.annex.tables import AnnexTable, Cell, build_table, count_decimals
from reports.report.telling import RoundFacts, RoundResults
from reports.setting.figures import short_percent
from reports.setting.findings import name_groups, order_groups
from reports.setting.told_figures import tell_figure

FIRST = 5  # the spreadsheet's row of the first group
SLACK = 1e-6
SHARES = 6
"""Decimals of shares and products."""
LOWER = "=MAX(0,IF(AND({rate}>{line},{rate}-{step}<={line}+{slack}),MIN({line},{rate}-{step}/2),{rate}-{step}/2))"
UPPER = "=MIN(100,IF(AND({rate}<{line},{rate}+{step}>={line}-{slack}),MAX({line},{rate}+{step}/2),{rate}+{step}/2))"


@dataclass(frozen=True, kw_only=True)
class PrintedRate:
    """A rate as it is printed, in hundredths: its number or None, to what it was rounded, and where it can lie.

    `weight` is None for a group without answers, which is left out of the county's figure.
    """

    name: str
    weight: float | None
    rate: float | None
    step: float | None
    lower: float
    upper: float
    said: str


def headline_table(facts: RoundFacts, found: RoundResults, source: str) -> AnnexTable:
    """Weights times printed rates, added up, beside the county's printed figure; only what was published is in it."""
    words = load_recompute_words()
    line = 100 * facts.rule.threshold.value
    groups = read_groups(found, line)
    county = read_county(found, line)
    rows = _Sheet(groups=groups, county=county, line=line).rows()
    note = say_bounds(groups, county)
    return replace(build_table(words.recognition, rows, notes=[note], line=f"{line:g}"), source=source)


def read_groups(found: RoundResults, line: float) -> list[PrintedRate]:
    """The groups of the county's figure as they are printed, `line` in hundredths."""
    estimate = found.estimate
    steps = {} if found.release is None else {key: group.step for key, group in found.release.groups.items()}
    return [
        _read_rate(
            group,
            name=group.name,
            weight=None if group.key in estimate.county.incomplete else estimate.provenance.weights.get(group.key),
            step=steps.get(group.key) or FINEST,
            line=line,
        )
        for group in order_groups(estimate.groups)
    ] + [_without_forms(key) for key in estimate.county.incomplete if key not in estimate.groups]


def read_county(found: RoundResults, line: float) -> PrintedRate:
    """The county's printed figure, `line` in hundredths."""
    step = FINEST if found.release is None else found.release.county_step
    told = Figure(rate=found.estimate.county.rate)
    return _read_rate(told, name=load_recompute_words().rows.told, weight=None, step=step, line=line)


def band_of(rate: float, step: float, line: float) -> tuple[float, float]:
    """Where a rate can lie that is printed so; rounding never carried it across the line. All in hundredths.

    >>> band_of(84.9, 0.1, 85.0), band_of(86.0, 1.0, 85.0), band_of(100.0, 1.0, 85.0)
    ((84.85, 85.0), (85.0, 86.5), (99.5, 100.0))
    """
    lower = rate - step / 2
    upper = rate + step / 2
    if rate > line >= rate - step - SLACK:
        lower = min(line, lower)
    if rate < line <= rate + step + SLACK:
        upper = max(line, upper)
    return round(max(lower, 0.0), 10), round(min(upper, 100.0), 10)


def add_up(groups: Sequence[PrintedRate]) -> tuple[float | None, float, float]:
    """The county's figure by the printed rates, None where one is no number; the least and the most it can be."""
    whole = _weigh(groups)
    counted = [group for group in groups if group.weight is not None]
    rates = [group.rate for group in counted]
    exact = None
    if all(rate is not None for rate in rates):
        exact = sum((group.weight or 0.0) * (group.rate or 0.0) for group in counted) / whole
    lower = sum((group.weight or 0.0) * group.lower for group in counted) / whole
    upper = sum((group.weight or 0.0) * group.upper for group in counted) / whole
    return exact, lower, upper


def say_bounds(groups: Sequence[PrintedRate], county: PrintedRate) -> str:
    """Whether the county's figure follows from what is printed, and between which bounds it lies."""
    words = load_recompute_words()
    if county.rate is None or not _weigh(groups):
        return words.nothing_to_add
    exact, lower, upper = add_up(groups)
    hidden = "、".join(f"{group.name}（{group.said}）" for group in groups if group.weight and group.rate is None)
    return (words.exact if exact is not None else words.bounds).format(
        names=hidden,
        rate="" if exact is None else short_percent(round_share(exact / 100, 2), ""),
        lower=short_percent(round_down(lower / 100, 2), ""),
        upper=short_percent(round_up(upper / 100, 2), ""),
        told=county.said.rstrip("%"),
    )


def _weigh(groups: Sequence[PrintedRate]) -> float:
    return sum(group.weight or 0.0 for group in groups)


def _read_rate(figure: Figure, *, name: str, weight: float | None, step: float, line: float) -> PrintedRate:
    if figure.rate is None:
        least, most = figure.span
        said = tell_figure(figure) if figure.is_statement else load_recompute_words().withheld
        lower = round(100 * least, 10)
        upper = round(100 * most, 10)
        return PrintedRate(name=name, weight=weight, rate=None, step=None, lower=lower, upper=upper, said=said)
    told = round_share(figure.rate, PLACES[step], line / 100)
    rate = round(100 * told, 10)
    lower, upper = band_of(rate, 100 * step, line)
    said = short_percent(told)
    return PrintedRate(name=name, weight=weight, rate=rate, step=100 * step, lower=lower, upper=upper, said=said)


def _without_forms(key: str) -> PrintedRate:
    said = load_recompute_words().withheld
    name = name_groups(key)
    return PrintedRate(name=name, weight=None, rate=None, step=None, lower=0.0, upper=100.0, said=said)


@dataclass(frozen=True, kw_only=True)
class _Sheet:
    """The rows of the sheet: the groups from row FIRST on, then their sums."""

    groups: Sequence[PrintedRate]
    county: PrintedRate
    line: float

    @property
    def total(self) -> int:
        """The spreadsheet's row of the sums."""
        return FIRST + len(self.groups)

    def rows(self) -> list[list[Cell]]:
        """All rows; sums only where there is something to add."""
        rows = [self._group_row(row, group) for row, group in enumerate(self.groups, FIRST)]
        return rows if self.county.rate is None or not _weigh(self.groups) else [*rows, *self._sum_rows()]

    def _group_row(self, row: int, group: PrintedRate) -> list[Cell]:
        if not group.weight:
            return [Cell(group.name), Cell(load_recompute_words().not_counted), *[Cell(None)] * 8]
        share = group.weight / _weigh(self.groups)
        product = Cell(None)
        if group.rate is not None:
            product = Cell(share * group.rate, SHARES, formula=f"=G{row}*C{row}")
        return [
            Cell(group.name),
            Cell(group.weight, SHARES),
            *self._rate_cells(row, group),
            Cell(share, SHARES, formula=f"=B{row}/B${self.total}"),
            product,
            Cell(share * group.lower, SHARES, formula=f"=G{row}*E{row}"),
            Cell(share * group.upper, SHARES, formula=f"=G{row}*F{row}"),
        ]

    def _rate_cells(self, row: int, printed: PrintedRate) -> list[Cell]:
        """The printed figure, to what it was rounded, and where it can lie."""
        if printed.rate is None or printed.step is None:
            return [Cell(printed.said), Cell(None), Cell(printed.lower, 1), Cell(printed.upper, 1)]
        places = count_decimals(printed.step, 2)
        names = {"rate": f"C{row}", "step": f"D{row}", "line": f"{self.line:g}", "slack": f"{SLACK:f}"}
        return [
            Cell(printed.rate, places),
            Cell(printed.step, places),
            Cell(printed.lower, places + 2, formula=LOWER.format_map(names)),
            Cell(printed.upper, places + 2, formula=UPPER.format_map(names)),
        ]

    def _sum_rows(self) -> list[list[Cell]]:
        words = load_recompute_words().rows
        exact, lower, upper = add_up(self.groups)
        blank = Cell(None)
        sums = [
            Cell(words.total),
            Cell(_weigh(self.groups), SHARES, formula=self._sum("B")),
            *[blank] * 4,
            Cell(1.0, SHARES, formula=self._sum("G")),
            blank if exact is None else Cell(exact, SHARES, formula=self._sum("H")),
            Cell(lower, SHARES, formula=self._sum("I")),
            Cell(upper, SHARES, formula=self._sum("J")),
        ]
        rest = [blank] * 4
        told = [Cell(words.told), blank, *self._rate_cells(self.total + 1, self.county), *rest]
        agrees = [Cell(words.agrees), blank, self._agrees(lower, upper), *[blank] * 3, *rest]
        rows = [sums, told, agrees]
        return rows if exact is None else [*rows, [Cell(words.rounded), blank, self._rounded(exact), *[blank] * 7]]

    def _sum(self, column: str) -> str:
        return f"=SUM({column}{FIRST}:{column}{self.total - 1})"

    def _agrees(self, lower: float, upper: float) -> Cell:
        """Whether what the printed figure can be, and what the groups make of it, have something in common."""
        words = load_recompute_words()
        told = self.total + 1
        fits = self.county.upper >= lower - SLACK and self.county.lower <= upper + SLACK
        test = f"AND(F{told}>=I{self.total}-{SLACK:f},E{told}<=J{self.total}+{SLACK:f})"
        return Cell(words.same if fits else words.other, formula=f'=IF({test},"{words.same}","{words.other}")')

    def _rounded(self, exact: float) -> Cell:
        places = count_decimals(self.county.step or 0.0, 2)
        shown = round(100 * round_share(exact / 100, places), 10)
        return Cell(shown, places, formula=f"=ROUND(H{self.total},{places})")
