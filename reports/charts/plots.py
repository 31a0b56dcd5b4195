"""Plots: the charts of documents drawn by Plotly, for pages where people zoom in and ask for single values.

Each figure is made of the same object as its SVG (`reports.charts.charts`); it is plain data, the same bytes each time.
"""

import json
from base64 import b64encode
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from math import ceil
from textwrap import wrap
from typing import Any

from questionnaires.pack import read_toml
from reports.charts.charts import Chart, Dot, Drawing, Marks, Panels, Scale, scale_of
from reports.setting.figures import NONE, percent
from reports.setting.typesetting import SANS, TEMPLATES

Figure = dict[str, Any]
INK = "#000"
MIDDLE = "#9a9a9a"
FAINT = "#ccc"
PAPER = "#fff"
FAMILIES = ", ".join(("system-ui", *SANS, "sans-serif"))
ROW = 30  # pixels
EDGE = 44  # pixels above and below all rows
LINE = 16  # pixels
LETTER = 8  # pixels
LONGEST = 14  # letters of a name in one line
PANEL = 92  # pixels, the least width
GAP = 0.045  # between two panels, as a share of the width
SCRIPT = (TEMPLATES / "plots.js").read_text(encoding="utf-8")


@cache
def read_bundle() -> str:
    """Plotly's program for the browser, as the Python package brings it."""
    return (files("plotly") / "package_data" / "plotly.min.js").read_text(encoding="utf-8")


def allow(source: str) -> str:
    """How a content security policy names one script or style that is allowed.

    >>> allow("")
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
    """
    return f"'sha256-{b64encode(sha256(source.encode()).digest()).decode()}'"


def write_plot(chart: Drawing) -> str:
    """A figure as it stands inside a page: JSON in which no text can end the element around it."""
    text = json.dumps(plot(chart), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def plot(chart: Drawing) -> Figure:
    """The figure of a chart: `data` and `layout`, in black, white and grey.

    >>> from reports.charts.charts import Bar
    >>> plot(Chart((Bar("家长", 0.9, 0.8, 0.95, "90.00%"),), 0.85, "85%"))["data"][0]["x"]
    [0.9]
    """
    match chart:
        case Chart():
            return _plot_rates(chart)
        case Marks():
            return _plot_marks(chart)
        case Panels():
            return _plot_panels(chart)


def _plot_rates(chart: Chart) -> Figure:
    bars = chart.bars
    line = chart.line
    rates: Figure = {
        "type": "scatter",
        "mode": "markers",
        "x": [bar.middle for bar in bars],
        "y": _places(bars),
        "marker": {"color": INK, "size": 9, "opacity": [float(bar.rate is not None) for bar in bars]},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [bar.upper - bar.middle for bar in bars],
            "arrayminus": [bar.middle - bar.lower for bar in bars],
            "color": "#555",
            "thickness": 2,
            "width": 5,
        },
        "hovertext": [
            _say("rate", bar.name, bar.shown, lower=percent(bar.lower, line), upper=percent(bar.upper, line))
            if bar.lower < bar.upper
            else _say("mark", bar.name, bar.shown)
            for bar in bars
        ],
        "hoverinfo": "text",
    }
    rows = [(bar.name, bar.shown) for bar in bars]
    layout = _layout(len(bars), rows) | {"shapes": [_line(line, "x")]}
    return {"data": [rates], "layout": layout | {"xaxis": _shares(scale_of(chart))}}


def _plot_marks(chart: Marks) -> Figure:
    marks = chart.marks
    places = _places(marks)
    told = [_say("mark", mark.name, mark.shown) for mark in marks]
    bars: Figure = {
        "type": "bar",
        "orientation": "h",
        "name": _text(chart.legend[0]),
        "x": [mark.value for mark in marks],
        "y": places,
        "width": 0.5,
        "marker": {"color": MIDDLE, "line": {"color": INK, "width": 0.5}},
        "hovertext": told,
        "hoverinfo": "text",
    }
    lines: Figure = {
        "type": "scatter",
        "mode": "markers",
        "name": _text(chart.legend[1]),
        "x": [mark.mark for mark in marks],
        "y": places,
        "marker": {"symbol": "line-ns", "size": 20, "line": {"color": INK, "width": 3}},
        "hovertext": told,
        "hoverinfo": "text",
    }
    axis = _shares(scale_of(chart))
    layout = _layout(len(marks), [(mark.name, mark.shown) for mark in marks]) | {
        "xaxis": axis if chart.whole else axis | {"tickformat": ".2f"},
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "traceorder": "normal"},
    }
    return {"data": [bars, lines], "layout": layout}


def _plot_panels(chart: Panels) -> Figure:
    columns = len(chart.columns)
    width = (1 - GAP * (columns - 1)) / columns
    names = [name for name, _ in chart.rows]
    scale = scale_of(chart)
    data = []
    axes = {}
    lines = []
    heads = []
    for place, column in enumerate(chart.columns):
        axis = f"x{place + 1 if place else ''}"
        left = place * (width + GAP)
        cells = [(row, dots[place]) for row, (_, dots) in enumerate(chart.rows)]
        data.append(_dots([cell for cell in cells if cell[1].rate is not None], names, column, axis, chart.line))
        data += [_span(dot, row, names[row], column, axis) for row, dot in cells if dot.span]
        axes[axis.replace("x", "xaxis", 1)] = _shares(scale) | {
            "domain": [round(left, 6), round(left + width, 6)],
            "tickvals": [scale.start, scale.end],
            "tickfont": {"size": 10},
            **({"matches": "x"} if place else {}),
        }
        lines.append(_line(chart.line, axis))
        head = "<br>".join(map(_text, column.split("、")))
        heads.append(_note(head, left + width / 2, 1, xref="paper", yref="paper", xanchor="center", yanchor="bottom"))
    layout = _layout(len(names), [(name, "") for name in names]) | axes | {"shapes": lines, "annotations": heads}
    deepest = max((column.count("、") for column in chart.columns), default=0)
    layout["margin"] = layout["margin"] | {"t": EDGE + 16 * deepest, "r": 16}
    layout |= {"height": layout["height"] + 16 * deepest, "meta": {"least": PANEL * (columns + 1)}}
    return {"data": data, "layout": layout}


def _span(dot: Dot, row: int, name: str, column: str, axis: str) -> Figure:
    """What is told of one rate that is no number, as a line from end to end."""
    return {
        "type": "scatter",
        "mode": "lines",
        "xaxis": axis,
        "x": list(dot.span or ()),
        "y": [row, row],
        "line": {"color": "#555", "width": 3},
        "hovertext": [_say("dot", name, dot.shown, column=_text(column))] * 2,
        "hoverinfo": "text",
    }


def _dots(dots: list[tuple[int, Dot]], names: list[str], column: str, axis: str, line: float) -> Figure:
    """One panel: a dot below the line is hollow."""
    return {
        "type": "scatter",
        "mode": "markers",
        "xaxis": axis,
        "x": [dot.rate for _, dot in dots],
        "y": [row for row, _ in dots],
        "marker": {
            "size": 9,
            "color": [PAPER if dot.rate is not None and dot.rate < line else INK for _, dot in dots],
            "line": {"color": INK, "width": 1.5},
        },
        "hovertext": [_say("dot", names[row], dot.shown, column=_text(column)) for row, dot in dots],
        "hoverinfo": "text",
    }


def _layout(rows: int, told: list[tuple[str, str]]) -> Figure:
    """What all figures share: names at the left, the printed figures at the right, the first row on top."""
    names = ["<br>".join(map(_text, wrap(name, LONGEST))) for name, _ in told]
    row = ROW + LINE * max((name.count("<br>") for name in names), default=0)
    return {
        "annotations": [
            _note(shown, 1, row, xref="paper", yref="y", xanchor="left", yanchor="middle", xshift=8)
            for row, (_, shown) in enumerate(told)
            if shown not in ("", NONE)
        ],
        "dragmode": "zoom",
        "font": {"family": FAMILIES, "size": 13, "color": INK},
        "height": 2 * EDGE + row * max(1, rows),
        "hoverlabel": {
            "bgcolor": PAPER,
            "bordercolor": INK,
            "font": {"family": FAMILIES, "color": INK},
            "align": "left",
        },
        "hovermode": "closest",
        "margin": {
            "t": EDGE,
            "b": EDGE,
            "l": 8,
            "r": LETTER * (2 + max((_wide(shown) for _, shown in told), default=0)),
        },
        "paper_bgcolor": PAPER,
        "plot_bgcolor": PAPER,
        "separators": ".,",
        "showlegend": False,
        "yaxis": {
            "automargin": True,
            "fixedrange": True,
            "range": [rows - 0.5, -0.5],
            "showgrid": False,
            "tickmode": "array",
            "ticktext": names,
            "tickvals": list(range(rows)),
            "zeroline": False,
        },
    }


def _shares(scale: Scale) -> Figure:
    """An axis of shares, printed in hundredths, from edge to edge of the scale."""
    return {
        "gridcolor": FAINT,
        "linecolor": INK,
        "range": [scale.start, scale.end],
        "showline": True,
        "tickformat": ".0%",
        "ticks": "outside",
        "zeroline": False,
    }


def _line(share: float, axis: str) -> Figure:
    """The line that rates are held against, over the whole height."""
    return {
        "type": "line",
        "x0": share,
        "x1": share,
        "xref": axis,
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "line": {"color": INK, "width": 1.5, "dash": "dash"},
    }


def _note(text: str, x: float, y: float, **where: Any) -> Figure:
    return {"text": text, "x": round(x, 6), "y": y, "showarrow": False, **where}


def _places(rows: tuple[Any, ...]) -> list[int]:
    return list(range(len(rows)))


def _wide(text: str) -> int:
    """The room a printed figure needs, in figures."""
    return ceil(sum(1 if letter.isascii() else 2 for letter in text))


def _say(words: str, name: str, shown: str, **more: str) -> str:
    return str(_words()[words].format(name=_text(name), shown=shown, **more))


@cache
def _words() -> dict[str, Any]:
    return read_toml(TEMPLATES / "plots.toml")


def _text(name: str) -> str:
    """A name is text for Plotly, too, which reads some marks."""
    return escape(name, quote=False)
