"""Forms in, the recognition object out: what `survey estimate --json` prints and a closed round publishes."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from analysis.cells.tallying import HEADLINE
from analysis.estimate import Recognition, combine_groups
from analysis.estimate.holm import holm_p
from analysis.plain import plain
from analysis.plan import sample_plan
from analysis.recognition.coverage import case_of
from analysis.recognition.measuring import Survey, measure_survey
from analysis.recognition.sensitivity import sensitivity, tipping_point
from analysis.weights import nonresponse_classes, silent_places
from questionnaires.paper import Paper
from questionnaires.rule import Rule

Row = dict[str, Any]
_COUNTY = (
    "rate", "se", "lower", "upper", "lower95", "upper95", "threshold",
    "verdict", "evidence", "probability_above", "incomplete",
)  # fmt: skip
_GROUP = {
    "estimate": "rate", "se": "se", "lower": "lower", "upper": "upper", "n_eff": "n_eff", "df": "df", "deff": "deff",
}  # fmt: skip
_SHARE = {"estimate": "rate", "se": "se", "lower": "lower", "upper": "upper", "n": "n"}


def recognise(
    forms: pd.DataFrame,
    frame: pd.DataFrame,
    rule: Rule,
    *papers: Paper,
    population: int | None = None,
    bursts: pd.DataFrame | None = None,
) -> Row:
    """The recognition rate of one survey with everything beside it (spec 5), ready for JSON.

    `population` as in `describe_survey`, the rest as in `measure_survey`.
    """
    return describe_survey(
        measure_survey(forms, frame, rule, *papers, bursts=bursts), rule, *papers, population=population
    )


def describe_survey(survey: Survey, rule: Rule, *papers: Paper, population: int | None = None) -> Row:
    """The recognition object of a survey that was measured.

    `population` is the county's, for the plan's targets and shortfalls. `valid_return` tells of valid forms
    among all invited and whether they are as many as the rule asks for; nothing else depends on it, nor on a
    group's `p_holm`. `suppressed` names what is not shown by itself: `why` is joined (with `shown_in`),
    left_out or too_few (with `measure`).
    """
    county = _county(survey, HEADLINE, rule)
    listed = survey.drawn.assign(group=survey.drawn["listed_as"])
    plan = None if population is None else sample_plan(rule, listed, population)
    groups = _groups(survey, rule, plan)
    topics = [topic.id for topic in papers[0].topics]
    people = {str(group): int(count) for group, count in survey.counts["population"].items()}
    found: Row = plain(
        {
            "rule": rule.id,
            "received": survey.counts["received"].sum(),
            "valid": survey.counts["valid"].sum(),
            "valid_return": _valid_return(survey, rule),
            "recognition": {name: getattr(county, name) for name in _COUNTY},
            "groups": groups,
            "items": {item: _item(survey, item, rule) for item in papers[0].item_ids},
            "topics": {topic: _shares(survey, f"topic:{topic}", rule) for topic in topics},
            "sensitivity": sensitivity(
                survey.cells, survey.estimates, survey.weights, people, rule, frame_cells=survey.raked
            ),
            "tipping_point": _tipping_point(groups, survey.weights, rule),
            "integrity": {
                "flagged": int(survey.integrity.flagged.sum()),
                "checks": survey.integrity.checks,
                "findings": [_finding(one) for one in survey.integrity.findings],
            },
            "shortfalls": [] if plan is None else _shortfalls(plan),
            "suppressed": _suppressed(survey, papers[0]),
            "provenance": _provenance(survey, rule, papers, population),
        }
    )
    return found


def _finding(found: Row) -> Row:
    """Where a check spoke and whether it took forms; its figures could tell a rate that is hidden."""
    return {**{name: found[name] for name in ("group", "place", "check")}, "flagged": bool(found["flagged"])}


def _county(survey: Survey, measure: str, rule: Rule) -> Recognition:
    return combine_groups(
        survey.estimates[survey.estimates["measure"] == measure],
        survey.weights,
        threshold=rule.threshold.value,
        operator=rule.threshold.operator,
        confidence=rule.confidence.value,
    )


def _valid_return(survey: Survey, rule: Rule) -> Row:
    invited, valid = int(survey.counts["invited"].sum()), int(survey.counts["valid"].sum())
    rate = valid / invited if invited else None
    least = rule.valid_return.value if rule.valid_return else None
    return {"rate": rate, "least": least, "met": None if least is None or rate is None else rate >= least}


def _groups(survey: Survey, rule: Rule, plan: pd.DataFrame | None) -> dict[str, Row]:
    """Every group's entry, with its target where there is a plan and Holm's p where it has a rate."""
    headline = survey.estimates[survey.estimates["measure"] == HEADLINE]
    p = holm_p(headline[headline["domain"].isin(list(survey.weights))], rule.threshold.value)
    targets = {} if plan is None else plan[plan["unit"] == ""].set_index("group")["target"].to_dict()
    return {
        group: {
            **_group(group, survey),
            "target": sum(targets[one] for one in group.split("+")) if targets else None,
            "p_holm": p.get(group),
        }
        for group in survey.weights
    }


def _group(group: str, survey: Survey) -> Row:
    """One group's entry; without enough answers its figures are None."""
    rows = survey.estimates[survey.estimates["domain"] == group].set_index("measure")
    shown = HEADLINE in rows.index
    counts = survey.counts.reindex([group], fill_value=0).loc[group]
    return {
        **{name: rows.at[HEADLINE, column] if shown else None for column, name in _GROUP.items()},
        "received": counts["received"],
        "valid": counts["valid"],
        "response_rate": counts["valid"] / counts["invited"] if counts["invited"] else None,
        "unknown": rows.at[f"{HEADLINE}|unknown", "estimate"] if shown else None,
    }


def _shares(survey: Survey, measure: str, rule: Rule) -> Row:
    """One item's or topic's rate, se, interval and n for the county and each group that may be shown."""
    rows = survey.estimates[survey.estimates["measure"] == measure]
    rows = rows[rows["domain"].isin(list(survey.weights))]
    county = _county(survey, measure, rule)
    bounds = {name: getattr(county, name) for name in ("lower", "upper")}
    shares: Row = {"county": {"rate": county.rate, "se": county.se, **bounds, "n": rows["n"].sum()}}
    for row in rows.to_dict("records"):
        shares[row["domain"]] = {name: row[column] for column, name in _SHARE.items()}
    return shares


def _item(survey: Survey, item: str, rule: Rule) -> Row:
    """One item's shares, each with the share of 不了解 among those who marked something."""
    unknown = _shares(survey, f"{item}|unknown", rule)
    return {domain: {**row, "unknown": unknown[domain]["rate"]} for domain, row in _shares(survey, item, rule).items()}


def _tipping_point(groups: Mapping[str, Row], weights: Mapping[str, float], rule: Rule) -> float | None:
    rated = {group: row for group, row in groups.items() if row["rate"] is not None}
    if not rated:
        return None
    rates = {group: row["rate"] for group, row in rated.items()}
    response = {group: row["response_rate"] for group, row in rated.items()}
    return tipping_point(rates, weights, response, rule.threshold.value)


def _shortfalls(plan: pd.DataFrame) -> list[Row]:
    """The groups with fewer people than the rule asks for: all are taken, nobody else fills the gap."""
    short = plan[(plan["unit"] == "") & (plan["shortfall"] > 0)]
    return _records(short[["group", "population", "quota", "target", "shortfall"]])


def _suppressed(survey: Survey, paper: Paper) -> list[Row]:
    """Who and what is not shown on its own, and why."""
    printed = [*paper.item_ids, *(f"topic:{topic.id}" for topic in paper.topics)]
    groups = [
        {"group": group, "measure": None, "why": "joined" if label else "left_out", "shown_in": label or None}
        for group, label in survey.labels.items()
        if label != group
    ]
    return groups + [
        {"group": group, "measure": measure, "why": "too_few", "shown_in": None}
        for group, measure in sorted(survey.hidden)
        if measure in printed
    ]


def _provenance(survey: Survey, rule: Rule, papers: Iterable[Paper], population: int | None) -> Row:
    """What the figures rest on: packs, weights, nonresponse classes, lonely strata, who was out of reach, how
    sure the intervals are (docs/method.md)."""
    classes = nonresponse_classes(survey.drawn)
    headline = survey.estimates[survey.estimates["measure"] == HEADLINE]
    out_of_reach = survey.places[~survey.places["reached"]].groupby("group")["population"].sum()
    return {
        "rule": rule.id,
        "papers": [paper.id for paper in papers],
        "population": population,
        "weights": survey.weights,
        "lonely_strata": dict(zip(headline["domain"], headline["lonely_strata"], strict=True)),
        "nonresponse": {
            "classes": _records(classes),
            "merged": _records(classes[classes["places"] > 1]),
            "without_forms": _records(silent_places(survey.drawn)),
        },
        "people_out_of_reach": out_of_reach.to_dict(),
        "coverage": case_of(survey.cells)._asdict(),
    }


def _records(table: pd.DataFrame) -> list[Row]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]
