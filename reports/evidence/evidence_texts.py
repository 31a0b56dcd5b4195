"""Evidence: what a closed round keeps so that every figure can be computed again, as the texts of a sealed bundle."""

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from io import StringIO
from typing import Any

import pandas as pd

from analysis.disclosure import row_members
from analysis.disclosure.units import SHOWN
from analysis.estimate import joined_strata
from analysis.recognition.measuring import Survey
from analysis.recognition.sensitivity import weighted_choices
from analysis.standard import Standard, load_standard
from analysis.standard.edition import FOLDER as STANDARDS
from analysis.verdict.judged import Judged
from analysis.weights.margins import CATEGORY
from questionnaires.paper import FOLDER as PAPERS
from questionnaires.paper import Paper
from questionnaires.rule import FOLDER as RULES
from questionnaires.rule import Rule
from reports.setting.typesetting import TEMPLATES

Row = dict[str, Any]
Texts = dict[str, str]
PACKS = {"rules": RULES, "papers": PAPERS, "standards": STANDARDS}
COUNTY = "county"
TEXT = (
    "measure", "group", "shown", "stratum", "psu", "place", "township", "locale", "stage", "unit", "class",
    "kept_in", "level", "listed_as", "response_class", "category", "counted_in", "member", "scope", "choice", "domain",
)  # fmt: skip


def write_table(table: pd.DataFrame) -> str:
    """A table as CSV; every number reads back as it was.

    >>> write_table(pd.DataFrame({"group": ["parent"], "n": [0.1 + 0.2]}))
    'group,n\\nparent,0.30000000000000004\\n'
    """
    return table.to_csv(index=False, lineterminator="\n")


def read_table(text: str) -> pd.DataFrame:
    """The table that `write_table` wrote; texts stay texts, an empty number is missing.

    >>> read_table("group,class,n\\nparent,1,\\n").to_numpy().tolist()
    [['parent', '1', nan]]
    """
    columns = pd.read_csv(StringIO(text), nrows=0).columns
    numbers = {name: [""] for name in columns if name not in TEXT}
    return pd.read_csv(
        StringIO(text),
        dtype={name: str for name in columns if name in TEXT},
        keep_default_na=False,
        na_values=numbers,
    )


def write_json(content: Any) -> str:
    """An object as JSON, the same for the same content."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1) + "\n"


def digest(text: str) -> str:
    """SHA-256 of a text as it stands in a file."""
    return sha256(text.encode()).hexdigest()


def evidence_texts(
    survey: Survey,
    recognition: Row,
    judged: Judged,
    rule: Rule,
    standard: Standard,
    papers: Sequence[Paper],
    about: Mapping[str, Any],
    versions: Mapping[str, Any],
) -> Texts:
    """File name -> content of everything that the published figures follow from; no form is among it.

    `about` tells of the round (`population` among it). What R needs besides the cells is written out (`r_tables`).
    """
    tables = {
        "cells.csv": survey.tallied,
        "frame.csv": survey.drawn,
        "groups.csv": pd.DataFrame(sorted(survey.received.items()), columns=["group", "received"]),
        **r_tables(survey, recognition, rule),
    }
    round_ = {**about, "rule": rule.id, "standard": standard.id, "papers": [paper.id for paper in papers]}
    return {
        "round.json": write_json(round_),
        "versions.json": write_json(dict(versions)),
        "recompute.R": (TEMPLATES / "recompute.R").read_text(encoding="utf-8"),
        "judged.json": write_json({name: _records(table) for name, table in judged._asdict().items()}),
        **{name: write_table(table) for name, table in tables.items()},
        **_pack_texts(rule, standard, papers),
    }


def r_tables(survey: Survey, recognition: Row, rule: Rule) -> dict[str, pd.DataFrame]:
    """What the R script needs besides the cells: the published rates, and how groups, strata and places combine."""
    members = row_members(survey.cells, survey.places, rule)
    units = members[members["state"] == SHOWN].drop(columns="state")
    raked = pd.DataFrame(columns=["group", CATEGORY, "weight", "n_forms", "n", "total", "people"])
    if survey.raked is not None:
        own = survey.raked.cells
        raked = own.assign(people=own[CATEGORY].map(survey.raked.margins[CATEGORY]))[list(raked)]
    weights = pd.DataFrame(_weights(survey, recognition), columns=["choice", "measure", "group", "weight"])
    strata = pd.DataFrame(columns=["group", "stratum", "counted_in", "frame_psus"])
    labels = [(group, survey.labels.get(group, group)) for group in sorted(survey.tallied["group"].unique())]
    return {
        "labels.csv": pd.DataFrame(labels, columns=["group", "shown"]),
        "published.csv": pd.DataFrame(_rates(recognition), columns=["choice", "domain", "measure", "rate", "se"]),
        "weights.csv": weights,
        "strata.csv": joined_strata(survey.cells) if len(survey.cells) else strata,
        "raked.csv": raked,
        "unit_places.csv": units,
    }


def _rates(recognition: Row) -> Iterator[tuple[str, str, str, float, float | None]]:
    """Every published rate: choice, domain, measure, rate and standard error."""
    headline = {COUNTY: recognition["recognition"], **recognition["groups"]}
    shares: dict[str, Row] = {
        "headline": headline,
        "headline|unknown": {group: {"rate": row["unknown"]} for group, row in recognition["groups"].items()},
        **{f"topic:{topic}": rows for topic, rows in recognition["topics"].items()},
    }
    for item, rows in recognition["items"].items():
        shares[item] = rows
        shares[f"{item}|unknown"] = {domain: {"rate": row["unknown"]} for domain, row in rows.items()}
    for measure, rows in shares.items():
        for domain, row in rows.items():
            if row["rate"] is not None:
                yield "published", domain, measure, row["rate"], row.get("se")
    for choice in recognition["sensitivity"]:
        yield choice["name"], COUNTY, "", choice["rate"], None


def _weights(survey: Survey, recognition: Row) -> Iterator[tuple[str, str, str, float]]:
    """How the groups' rates of a measure combine under each choice; what is hidden or not answered is left out."""
    people = {str(group): int(count) for group, count in survey.counts["population"].items()}
    published = ["headline", *(f"topic:{topic}" for topic in recognition["topics"])]
    published += [measure for item in recognition["items"] for measure in (item, f"{item}|unknown")]
    answered = set(zip(survey.estimates["domain"], survey.estimates["measure"], strict=True))
    combinations = [
        *(("published", measure, survey.weights) for measure in published),
        *(("without_flagged", "headline", survey.weights), ("raked", "headline", survey.weights)),
        *weighted_choices(survey.estimates, survey.weights, people),
    ]
    for choice, measure, weights in combinations:
        for group, weight in weights.items():
            if (group, measure) in answered:
                yield choice, measure, group, weight


def _pack_texts(rule: Rule, standard: Standard, papers: Sequence[Paper]) -> Texts:
    """The packs word for word, with the standards that the standard extends."""
    lineage = [standard]
    while parent := lineage[-1].extends:
        lineage.append(load_standard(parent))
    papers_and_standards = [("papers", paper.id) for paper in papers] + [("standards", one.id) for one in lineage]
    return {
        f"packs/{kind}/{name}.toml": (PACKS[kind] / f"{name}.toml").read_text(encoding="utf-8")
        for kind, name in [("rules", rule.id), *papers_and_standards]
    }


def _records(table: pd.DataFrame) -> Row:
    rows = table.astype(object).where(table.notna(), None)
    return {"columns": [str(name) for name in table], "rows": rows.to_numpy().tolist()}
