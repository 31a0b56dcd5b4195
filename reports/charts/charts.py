"""Charts: what a document draws, each kind drawn once as SVG for the page, the PDF and Word alike."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from math import ceil, floor
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from reports.setting.typesetting import SANS, TEMPLATES, compile_png

WIDTH = 156.0  # millimetres: the type area of GB/T 9704-2012
NARROW, NARROW_EDGE = 328, 20  # pixels: a phone's 360 without margins, and room for half a label
MOST_BESIDE = 14  # characters of a name that leave room for its figure in one line
STEPS = 20  # steps of five hundredths
MOST_LABELS = 7
ROUND_STEPS = (1, 2, 4, 5, 10, 20, 40, 100, 200, 400, 1000, 2000)  # from one label to the next
DOTS_PER_POINT = 300 / 72


@dataclass(frozen=True)
class Bar:
    """One rate of a chart with its interval, all as shares, and what is printed of it.

    `rate` is None where only a range is told: it has no dot.
    """

    name: str
    rate: float | None
    lower: float
    upper: float
    shown: str

    @property
    def middle(self) -> float:
        """The rate, or the middle of the range."""
        return (self.lower + self.upper) / 2 if self.rate is None else self.rate


@dataclass(frozen=True)
class Chart:
    """Rates with intervals against a line."""

    bars: tuple[Bar, ...]
    line: float
    line_shown: str
    caption: str = ""

    @property
    def told(self) -> tuple[str, ...]:
        """Each row in words, for those who do not see the chart."""
        return tuple(f"{bar.name}{bar.shown}" for bar in self.bars)


@dataclass(frozen=True)
class Mark:
    """A value as a share, the mark it is held against, and both as they are printed."""

    name: str
    value: float
    mark: float
    shown: str


@dataclass(frozen=True)
class Marks:
    """Values as bars, each against a mark of its own; `legend` names bar and mark, `whole` prints hundredths."""

    marks: tuple[Mark, ...]
    legend: tuple[str, str]
    whole: bool = True
    caption: str = ""

    @property
    def told(self) -> tuple[str, ...]:
        """Each row in words, for those who do not see the chart."""
        return tuple(f"{mark.name}{mark.shown}" for mark in self.marks)


class Dot(NamedTuple):
    """One rate of a panel and what is printed of it; without a rate the `span` that is told instead, if any."""

    rate: float | None
    shown: str
    span: tuple[float, float] | None = None


@dataclass(frozen=True)
class Panels:
    """One dot for each row and column, every column a panel of its own against the same line."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Dot, ...]], ...]
    line: float
    line_shown: str
    caption: str = ""

    @property
    def told(self) -> tuple[str, ...]:
        """Each row in words, for those who do not see the chart."""
        return tuple(
            f"{name}{'、'.join(f'{column}{dot.shown}' for column, dot in zip(self.columns, dots, strict=True))}"
            for name, dots in self.rows
        )


Drawing = Chart | Marks | Panels


class Scale(NamedTuple):
    """Where a share stands between two edges, in millimetres, and the shares that are labelled."""

    start: float
    end: float
    left: float
    width: float

    def at(self, share: float) -> float:
        """The place of a share.

        >>> Scale(0.5, 1.0, 30, 100).at(0.75)
        80.0
        """
        return self.left + self.width * (share - self.start) / (self.end - self.start)

    @property
    def labels(self) -> list[float]:
        """Shares a few steps apart.

        >>> Scale(0.8, 1.0, 0, 100).labels
        [0.8, 0.85, 0.9, 0.95, 1.0]
        """
        steps = round((self.end - self.start) * STEPS)
        every = next((every for every in ROUND_STEPS if steps // every < MOST_LABELS), steps)
        return [round(self.start + step / STEPS, 2) for step in range(0, steps + 1, every)]


def fit_scale(values: Iterable[float], left: float, width: float, *, most: float = 1.0) -> Scale:
    """The scale that holds all values with a little room, on round shares between 0 and `most`.

    >>> fit_scale([0.87, 0.93], 0, 100)[:2]
    (0.85, 0.95)
    """
    known = list(values)
    start = floor(min(known) * STEPS - 0.2) / STEPS
    end = ceil(max(known) * STEPS + 0.2) / STEPS
    return Scale(max(0.0, start), min(most, end), left, width)


def draw_svg(chart: Drawing) -> str:
    """The chart as an SVG of the type area's width, without its caption."""
    scale = scale_of(chart)
    kind = type(chart).__name__.lower()
    return (
        _templates()
        .get_template(f"{kind}.svg")
        .render(chart=chart, scale=scale, families=", ".join((*SANS, "sans-serif")), describe=describe(chart))
    )


def draw_narrow_svg(chart: Chart) -> str:
    """The chart as a phone shows it: a name above each interval, letters of 14 pixels on a screen of 360."""
    scale = fit_scale([chart.line, *_ends(chart)], NARROW_EDGE, NARROW - 2 * NARROW_EDGE)
    words = {"families": ", ".join((*SANS, "sans-serif")), "describe": describe(chart)}
    return _templates().get_template("narrow.svg").render(chart=chart, scale=scale, most=MOST_BESIDE, **words)


def draw_png(chart: Drawing) -> bytes:
    """The chart as a picture of 300 dots an inch.

    Raises:
        FontMissingError: no Chinese typeface is installed.
    """
    image = {"chart.svg": draw_svg(chart).encode()}
    return compile_png("chart.typ", {}, image, pixels_per_point=DOTS_PER_POINT)


def describe(chart: Drawing) -> str:
    """The chart in words (alternative text).

    >>> describe(Chart((Bar("家长", 0.9, 0.8, 0.95, "90.00%"),), 0.85, "85%", "图1　认可度"))
    '图1　认可度：家长90.00%。'
    """
    return f"{chart.caption}：{'；'.join(chart.told)}。"


def scale_of(chart: Drawing) -> Scale:
    """The shares that a chart shows and where, in millimetres (for `Panels` inside one panel)."""
    match chart:
        case Chart():
            return fit_scale([chart.line, *_ends(chart)], 36, 98)
        case Marks():
            highest = max([4 / STEPS, *(value for mark in chart.marks for value in (mark.value, mark.mark))])
            return Scale(0.0, ceil(highest * STEPS + 0.2) / STEPS, 52, 76)
        case Panels():
            dots = [dot for _, row in chart.rows for dot in row]
            rates = [dot.rate for dot in dots if dot.rate is not None]
            rates += [end for dot in dots if dot.span for end in dot.span]
            return fit_scale([chart.line, *rates], 0, (WIDTH - 22) / len(chart.columns) - 3)


def _ends(chart: Chart) -> list[float]:
    return [end for bar in chart.bars for end in (bar.lower, bar.upper)]


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES / "charts"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
