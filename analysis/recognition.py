"""Forms in, the recognition object out: what `survey estimate --json` prints and a closed round publishes."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import pandas as pd

from analysis.cells import HEADLINE, joint_items, tally, valid_forms
from analysis.coverage import case_of
from analysis.disclosure import (
    answers_by_group,
    hidden_measures,
    join_groups,
    joined,
    joined_weights,
)
from analysis.estimate import Recognition, combine_groups, weighted_share
from analysis.figures import plain
from analysis.holm import holm_p
from analysis.integrity import Integrity, check_integrity
from analysis.places import partition, place_forms
from analysis.plan import sample_plan
from analysis.sensitivity import sensitivity, tipping_point
from analysis.weights import design_weights, nonresponse_classes, silent_places
from analysis.weights.margins import FrameCells, frame_cells, shown_cells
from questionnaires.paper import Paper
from questionnaires.rule import Rule

Row = dict[str, Any]
_COUNTY = (
    "rate", "se", "lower", "upper", "lower95", "upper95", "threshold",
    "verdict", "evidence", "probability_above", "incomplete",
)  # fmt: skip
_GROUP = {"estimate": "rate", "se": "se", "lower": "lower", "upper": "upper", "n_eff": "n_eff"}


class Survey(NamedTuple):
    """One survey in sums, under the groups that may be shown.

    `places`: of design_weights; `cells`; `labels`: group -> where it is shown (`disclosure.join_groups`);
    `weights`: the rule's, by those; `counts`: population, invited, received, valid by those, and those of a
    group left out under its own name; `hidden`: (group, measure) that may not be shown; `estimates`: of
    weighted_share, without the hidden; `drawn`: `places` before groups were joined; `raked`: of
    `margins.frame_cells`, under the groups that may be shown; `integrity`: the forms that need a second look.
    """

    places: pd.DataFrame
    cells: pd.DataFrame
    labels: dict[str, str]
    weights: dict[str, float]
    counts: pd.DataFrame
    hidden: set[tuple[str, str]]
    estimates: pd.DataFrame
    drawn: pd.DataFrame
    raked: FrameCells | None
    integrity: Integrity


def measure_survey(
    forms: pd.DataFrame, frame: pd.DataFrame, rule: Rule, *papers: Paper, bursts: pd.DataFrame | None = None
) -> Survey:
    """Places, weights, cells and estimates of one survey; groups too small to show are joined or left out.

    `forms` come with (group, place) or (group, unit, class), `frame` with or without places, and with
    `kept_in` where forms are stored under joined groups (`disclosure.groups_to_keep`); its groups that the
    rule does not ask are no part of the survey. `papers` are all of the survey's, so that small groups find
    company on theirs; `bursts` is the ledger (`integrity.check_integrity`). Raises ValueError for forms from
    outside the frame and for papers that ask by different ids.
    """
    paper = joint_items(papers)
    asked = frame[frame["group"].isin(rule.groups)].reset_index(drop=True)
    kept: dict[str, str] = dict(zip(asked["group"], asked.get("kept_in", asked["group"]), strict=True))
    asked = asked.assign(group=asked["group"].map(kept))
    places = asked if "place" in asked else partition(asked, rule)
    placed = forms if "place" in forms else place_forms(forms, places)
    valid = placed[valid_forms(placed, paper, rule)]
    weighed = design_weights(places, valid, rule)
    integrity = check_integrity(valid, weighed, paper, rule, bursts=bursts)
    cells = tally(valid.assign(flagged=integrity.flagged), paper, rule, weighed)
    shown = join_groups(answers_by_group(cells), papers, rule.smallest)
    labels = shown | {group: shown.get(label, label) for group, label in kept.items()}
    raked = frame_cells(cells, weighed)
    cells = joined(cells, labels)
    estimates = _estimates(cells, rule)
    hidden = hidden_measures(estimates, paper, rule.smallest)
    may_show = [one not in hidden for one in zip(estimates["domain"], estimates["measure"], strict=True)]
    return Survey(
        joined(weighed, labels),
        cells,
        labels,
        joined_weights({group: float(part) for group, part in rule.weights.value.items()}, labels),
        _counts(places, placed, valid, labels),
        hidden,
        estimates[pd.Series(may_show, index=estimates.index, dtype=bool)],
        weighed,
        raked and shown_cells(raked, labels),
        integrity,
    )


def recognise(
    forms: pd.DataFrame,
    frame: pd.DataFrame,
    rule: Rule,
    *papers: Paper,
    population: int | None = None,
    bursts: pd.DataFrame | None = None,
) -> Row:
    """The recognition rate of one survey with everything beside it (spec 5), ready for JSON.

    `population` is the county's, for the plan's targets and shortfalls; the rest as in `measure_survey`.
    `valid_return` tells of valid forms among all invited and whether they are as many as the rule asks for;
    nothing else depends on it, nor on a group's `p_holm`. `suppressed` names what is not shown by itself:
    `why` is joined (with `shown_in`), left_out or too_few (with `measure`).
    """
    survey = measure_survey(forms, frame, rule, *papers, bursts=bursts)
    county = _county(survey, HEADLINE, rule)
    plan = None if population is None else sample_plan(rule, frame, population)
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
                "findings": survey.integrity.findings,
            },
            "shortfalls": [] if plan is None else _shortfalls(plan),
            "suppressed": _suppressed(survey, papers[0]),
            "provenance": _provenance(survey, rule, papers, population),
        }
    )
    return found


def _estimates(cells: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    if not cells["n"].any():
        return pd.DataFrame(columns=["domain", "measure", "n", "lonely_strata", *_GROUP])
    return weighted_share(cells, confidence=rule.confidence.value, threshold=rule.threshold.value)


def _counts(places: pd.DataFrame, placed: pd.DataFrame, valid: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame:
    counts = places.groupby("group")[["population", "invited"]].sum()
    counts["received"] = placed.groupby("group", observed=True).size()
    counts["valid"] = valid.groupby("group", observed=True).size()
    names = [labels.get(group, group) or group for group in counts.index]
    return counts.fillna(0).astype(int).groupby(names).sum()


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
    """One item's or topic's rate, se and n for the county and each group that may be shown."""
    rows = survey.estimates[survey.estimates["measure"] == measure]
    rows = rows[rows["domain"].isin(list(survey.weights))]
    county = _county(survey, measure, rule)
    shares: Row = {"county": {"rate": county.rate, "se": county.se, "n": rows["n"].sum()}}
    for row in rows.to_dict("records"):
        shares[row["domain"]] = {"rate": row["estimate"], "se": row["se"], "n": row["n"]}
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
