"""Results on a screen: what a closed round published, view by view, in the words and figures of the report."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache

from analysis.standard import Standard
from analysis.verdict import Judgement, read_judgement
from questionnaires.pack import read_toml
from reports.annex.condition_tables import conditions_table
from reports.annex.dimension_pages import dimension_tables, say_summary, show_table
from reports.annex.ledger_tables import met_table, unmet_table
from reports.annex.plan_tables import plan_tables
from reports.annex.tables import AnnexTable
from reports.annex.year_tables import year_tables
from reports.charts.charts import Bar, Chart, Drawing
from reports.charts.drawings import draw_groups, draw_returns, draw_topics, draw_variations
from reports.document.document import Document, Heading, Paragraph, Table, read_document
from reports.exports.formats import load_export_words
from reports.report.section import RETURNS, STAGES, VARIATIONS, RoundFacts, describe_round
from reports.setting.figures import percent, whole_percent
from reports.setting.findings import JOIN, Row, name_groups, order_groups
from reports.setting.texts import fill
from reports.setting.typesetting import TEMPLATES

COUNTY = "county"
BY_DOMAIN, BY_GROUP = ("topic", "item"), ("unit",)
MARGINS, DIMENSIONS = ("stage", "locale"), ("resources", "guarantee", "quality")
IN_ANNEX = (*DIMENSIONS, "ledgers")
MOST_BARS = 40
Published = Mapping[str, Row]


@cache
def load_result_words() -> Row:
    """What views and rows are called."""
    return read_toml(TEMPLATES / "results.toml")


def list_domains(view: str, published: Published) -> dict[str, str]:
    """What a view can be narrowed to, by key: the county and its groups, the groups alone, or nothing."""
    groups = {one["key"]: one["name"] for one in order_groups(published["recognition"]["groups"])}
    if view in BY_DOMAIN:
        return {COUNTY: load_result_words()["county"], **groups}
    if view in BY_GROUP:
        counted = {row["group"] for row in _rows(published)}
        return {key: name for key, name in groups.items() if key in counted}
    return dict(load_result_words()["ledgers"]) if view == "ledgers" else {}


def write_results(view: str, facts: RoundFacts, published: Published, domain: str = "") -> Document:
    """One view of load_result_words()["views"], for one of its `list_domains`, as a document without a title.

    Everything in it was published when the round was closed; nothing is computed from it.
    """
    judgement = read_judgement(published["judgement"])
    standard = facts.standard
    if view in DIMENSIONS:
        summary = Paragraph((say_summary(view, judgement),))
        told = _describe(view, facts, published, domain)
        charts = _draw(view, told, facts) if view == "resources" else {}
        blocks = [summary, *(one for one in charts.values() if one.told)]
        return _plain(facts, [*blocks, *map(as_table, dimension_tables(view, judgement, standard))])
    if view == "ledgers":
        return _plain(facts, map(as_table, _list_ledgers(domain, judgement, standard)))
    told = _describe(view, facts, published, domain)
    drawn = {name: chart for name, chart in _draw(view, told, facts).items() if chart.told}
    template = f"results/{'margin' if view in MARGINS else view}.jinja"
    document = read_document(
        fill(template, view=view, **told, charts=frozenset(drawn)),
        drawn,
        author=facts.organiser,
        day=facts.generated,
        mark=facts.mark,
    )
    tables = {"dimensions": [conditions_table(judgement)], "years": list(year_tables(judgement, standard))}
    return replace(document, blocks=(*document.blocks, *map(as_table, tables.get(view, []))))


def _list_ledgers(which: str, judgement: Judgement, standard: Standard) -> list[AnnexTable]:
    if which == "met":
        return [met_table(judgement, standard)]
    if which == "plans":
        return list(plan_tables(judgement, standard))
    return [unmet_table(judgement, standard, "resources", "guarantee")]


def as_table(table: AnnexTable) -> Table:
    """A table of the annex as a block of a document."""
    shown = show_table(table)
    return Table(
        caption=shown.title,
        unit="",
        head=tuple(head.text for head in shown.heads),
        numeric=tuple(head.number for head in shown.heads),
        rows=tuple(tuple(cell.text for cell in row) for row in shown.rows),
        notes=shown.notes,
    )


def _plain(facts: RoundFacts, blocks: Iterable[Heading | Paragraph | Table | Drawing]) -> Document:
    return Document((), facts.organiser, facts.generated, facts.mark, tuple(blocks))


def _describe(view: str, facts: RoundFacts, published: Published, domain: str) -> Row:
    """What the report tells, and what a view needs beside it."""
    found = published["status"], published["recognition"], read_judgement(published["judgement"])
    told = describe_round(facts, *found, published.get("former", {"rounds": []})["rounds"])
    names = {school.school: school.name or school.school for school in told["resources"].schools}
    rows = [_tell_row(one, view, names) for one in _rows(published) if _is_in(one, view, domain)]
    return {
        **told,
        "beside": say_beside,
        "domain": domain,
        "domain_name": list_domains(view, published).get(domain, ""),
        "nearest": find_nearest(published["recognition"]),
        "shares": sorted(_shares(view, facts, published, domain), key=_lowest_first),
        "rows": sorted(rows, key=_lowest_first),
        "rows_rated": sum(one["rate"] is not None for one in rows),
        "rows_drawn": min(MOST_BARS, sum(one["rate"] is not None for one in rows)),
        "findings": [
            _tell_finding(one, told["checks"], names) for one in published["recognition"]["integrity"]["findings"]
        ],
    }


def find_nearest(recognition: Row) -> Row | None:
    """The other choice that turns the verdict with the least change; if none does, the one nearest to the line.

    >>> line = {"rate": 0.9, "verdict": "met", "threshold": 0.85}
    >>> strict = {"name": "strict", "rate": 0.8, "verdict": "not_met"}
    >>> pooled = {"name": "pooled", "rate": 0.86, "verdict": "met"}
    >>> find_nearest({"recognition": line, "sensitivity": [pooled, strict]})["name"]
    'strict'
    """
    found = recognition["recognition"]
    choices = [
        {**one, "apart": abs(one["rate"] - found["rate"]), "turns": one["verdict"] != found["verdict"]}
        for one in recognition["sensitivity"]
        if found["rate"] is not None and one["rate"] is not None
    ]
    turning = [one for one in choices if one["turns"]]
    if turning:
        return min(turning, key=lambda one: float(one["apart"]))
    return min(choices, key=lambda one: abs(float(one["rate"]) - float(found["threshold"])), default=None)


def say_beside(one: Row, line: float) -> str:
    """Where an interval lies beside the line.

    >>> say_beside({"rate": 0.9, "lower": 0.86, "upper": 0.93}, 0.85)
    '高于'
    """
    words = load_result_words()
    if one.get("lower") is None or one.get("upper") is None:
        return "—"
    return str(words["above" if one["lower"] > line else "below" if one["upper"] < line else "between"])


def name_place(place: str, schools: Mapping[str, str]) -> str:
    """A place in words.

    >>> name_place("class/P01/三年级1班", {"P01": "第一小学"}), name_place("stratum/primary/town", {})
    ('第一小学 三年级1班', '小学·镇区')
    """
    words = load_result_words()
    level, *parts = place.split("/")
    if level in ("class", "unit"):
        return " ".join([schools.get(parts[0], parts[0]), *parts[1:]])
    if level == "stratum":
        known = zip(MARGINS, parts, strict=True)
        return "·".join(words[kind].get(part, part) for kind, part in known if part)
    if level in MARGINS:
        return str(words[level].get(parts[0], parts[0]))
    return parts[0] if parts else str(words["county"])


def _rows(published: Published) -> list[Row]:
    rows: list[Row] = published.get("units", {"rows": []})["rows"]
    return rows


def _is_in(row: Row, view: str, domain: str) -> bool:
    if view in MARGINS:
        return bool(row["level"] == view)
    return bool(view in BY_GROUP and row["level"] not in MARGINS and row["group"] == domain)


def _tell_row(row: Row, view: str, schools: Mapping[str, str]) -> Row:
    """A published row with its words; one that is not shown says why."""
    words, values = load_result_words(), load_export_words()["values"]
    name = name_place(row["place"], schools)
    if view in MARGINS:
        name = words["of_group"].format(group=name_groups(row["group"]), name=name)
    plain = row["scope"] == "whole" and view not in MARGINS
    scope = values["level"][row["level"]] if plain else values["scope"][row["scope"]]
    bounds = {one: row.get(one) for one in ("rate", "lower", "upper")}
    return {"name": name, "scope": scope, "n": row["n"], **bounds, "state": values["state"][row["state"]]}


def _tell_finding(one: Row, checks: Mapping[str, str], schools: Mapping[str, str]) -> Row:
    """Where a check spoke, in words."""
    return {
        "group": name_groups(one["group"]),
        "name": name_place(one["place"], schools),
        "check": checks[one["check"]],
        "flagged": one["flagged"],
    }


def _shares(view: str, facts: RoundFacts, published: Published, domain: str) -> list[Row]:
    """Topics or items of one domain, as they were published."""
    if view not in BY_DOMAIN:
        return []
    topics = {topic.id: topic.name for topic in facts.papers[0].topics}
    found = published["recognition"][f"{view}s"]
    if view == "topic":
        return [{"name": name, **_share(found[key][domain])} for key, name in topics.items() if domain in found[key]]
    groups = domain.split(JOIN)
    paper = next((one for one in facts.papers if groups[0] in one.groups), facts.papers[0])
    overall = load_result_words()["overall"]
    return [
        {
            "name": item.text,
            "text": item.text,
            "topic": topics.get(item.topic, overall),
            **_share(found[item.id][domain]),
        }
        for item in paper.items
        if domain in found.get(item.id, {})
    ]


def _share(row: Row) -> Row:
    return {name: row.get(name) for name in ("rate", "lower", "upper", "n", "unknown")}


def _lowest_first(row: Row) -> tuple[bool, float]:
    return row["rate"] is None, row["rate"] or 0.0


def _draw(view: str, told: Row, facts: RoundFacts) -> dict[str, Drawing]:
    line = facts.rule.threshold.value
    match view:
        case "verdict":
            return {"groups": draw_groups(told["groups"], line), "choices": _draw_choices(told, line)}
        case "group":
            return {
                "groups": draw_groups(told["groups"], line),
                "returns": draw_returns(told["sample"], RETURNS),
            }
        case "topic":
            topics = draw_topics(told["topics"], told["groups"], line)
            return {"shares": draw_groups(_bounded(told["shares"]), line), "topics": topics}
        case "item":
            return {"shares": draw_groups(_bounded(told["shares"]), line)}
        case "unit" | "stage" | "locale":
            return {"rows": draw_groups(_bounded(told["rows"])[:MOST_BARS], line)}
        case "resources":
            return {"variations": draw_variations(told["resources"], facts.standard, STAGES, VARIATIONS)}
        case "years" if told["former"]:
            now = {"name": facts.name, **told["recognition"]["recognition"]}
            return {"former": draw_groups(_bounded([now, *told["former"]]), line)}
    return {}


def _bounded(rows: Iterable[Row]) -> Sequence[Row]:
    """Rows with a rate and an interval."""
    return [one for one in rows if one["rate"] is not None and one["lower"] is not None]


def _draw_choices(told: Row, line: float) -> Chart:
    """The rate under each choice, a dot without an interval."""
    chosen = [(told["choice"](one["name"]), one["rate"]) for one in told["recognition"]["sensitivity"]]
    bars = [Bar(name, rate, rate, rate, percent(rate, line)) for name, rate in chosen if rate is not None]
    return Chart(tuple(bars), line, whole_percent(line))
