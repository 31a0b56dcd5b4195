"""Plotly's figures: the charts of documents once more, from the same objects."""

import json
import re

import pytest
from plotly import graph_objects

from reports.charts.charts import Bar, Chart, draw_svg
from reports.charts.plots import SCRIPT, plot, read_bundle, write_plot
from tests.test_charts import RATES, RETURNS, TOPICS, every_kind, texts_of


@every_kind
def test_plotly_knows_every_property_of_a_figure(chart):
    graph_objects.Figure(plot(chart))


@every_kind
def test_every_value_of_the_chart_is_in_its_figure_as_it_is_printed(chart):
    written = write_plot(chart)
    printed = [text for text in texts_of(draw_svg(chart)) if re.search(r"\d\.\d|/", text)]
    for text in [*printed, *chart.told]:
        assert all(part in written for part in re.findall(r"[\d.,/]+%?", text))


@every_kind
def test_the_same_chart_gives_the_same_bytes(chart):
    assert write_plot(chart) == write_plot(chart)
    assert json.loads(write_plot(chart)) == plot(chart)


@every_kind
def test_a_figure_is_grey_so_that_it_needs_no_colour(chart):
    inks = re.findall(r'"#([0-9a-f]+)"', write_plot(chart))
    assert inks
    assert all(
        len({ink[place : place + len(ink) // 3] for place in range(0, len(ink), len(ink) // 3)}) == 1 for ink in inks
    )


def test_rates_stand_against_the_line_with_their_intervals():
    figure = plot(RATES)
    (rates,) = figure["data"]
    assert rates["x"] == [0.9, 0.8]
    assert [x + up for x, up in zip(rates["x"], rates["error_x"]["array"], strict=True)] == pytest.approx([0.92, 0.9])
    assert [x - down for x, down in zip(rates["x"], rates["error_x"]["arrayminus"], strict=True)] == pytest.approx(
        [0.88, 0.7]
    )
    assert figure["layout"]["shapes"][0]["x0"] == 0.85
    assert "区间88%至92%" in rates["hovertext"][0]


def test_a_bar_has_a_mark_of_its_own_and_both_are_named():
    bars, marks = plot(RETURNS)["data"]
    assert (bars["x"], marks["x"]) == ([1.36, 0.5], [1.0, 1.0])
    assert (bars["name"], marks["name"]) == ("收回", "计划")


def test_panels_share_one_scale_and_a_hidden_dot_is_not_there():
    figure = plot(TOPICS)
    first, second = figure["data"]
    assert (first["y"], second["y"]) == ([0, 1], [1])
    assert first["marker"]["color"] == ["#fff", "#000"]
    assert figure["layout"]["xaxis2"]["matches"] == "x"


def test_a_name_is_text_and_ends_no_element():
    hostile = Chart((Bar('</script><a href="javascript:x">', 0.9, 0.8, 0.95, "90%"),), 0.85, "85%")
    assert "<" not in write_plot(hostile)
    assert "&lt;/script&gt;" in plot(hostile)["layout"]["yaxis"]["ticktext"][0]


def test_the_bundle_can_stand_inside_a_page():
    assert "</script" not in read_bundle().lower()
    assert "</script" not in SCRIPT.lower()
    assert read_bundle().startswith("/**\n* plotly.js")
