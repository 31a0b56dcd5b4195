"""Evidence: what a closed round keeps so that every figure can be computed again, as the texts of a sealed bundle."""

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from io import StringIO
from typing import Any, NamedTuple

import pandas as pd
from msgspec import Struct, to_builtins

from analysis.cells.tallying import HEADLINE
from analysis.disclosure.unit_rows import row_members, sum_units
from analysis.estimate import joined_strata
from analysis.indicators.county_tables import SPARE
from analysis.recognition.measuring import Survey
from analysis.recognition.sensitivity import weighted_choices
from analysis.results import COUNTY, Estimate, as_json
from analysis.sample import write_design
from analysis.standard import Standard, load_standard
from analysis.standard.edition import FOLDER as STANDARDS
from analysis.verdict.judged import Judged
from analysis.weights.margins import CATEGORY
from analysis.weights.rule_shares import rule_weight
from questionnaires.county_words import name_own
from questionnaires.paper import FOLDER as PAPERS
from questionnaires.paper import Paper
from questionnaires.rule import FOLDER as RULES
from questionnaires.rule import Rule
from reports.handouts.handout_words import load_handout_words
from reports.setting.typesetting import TEMPLATES

Texts = dict[str, str]
README = "README.txt"
REVISITS = "revisits.csv"
"""Forms of a re-contact by the groups that have a ratio; without one there is no such file."""
PACKS = {"rules": RULES, "papers": PAPERS, "standards": STANDARDS}
TEXT = (
    "measure", "group", "shown", "stratum", "psu", "ssu", "place", "township", "locale", "stage", "unit", "class",
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


class RoundRecord(Struct, frozen=True, kw_only=True):
    """What the evidence says about the round itself; `as_of` is the year of the plan."""

    round: str
    county: str
    population: int
    school_year: str
    as_of: int
    invented: bool


class Packs(NamedTuple):
    """What a round was surveyed and judged by."""

    rule: Rule
    standard: Standard
    papers: Sequence[Paper]


class Evidence(NamedTuple):
    """What the published figures follow from; `versions` names what computed them."""

    survey: Survey
    estimate: Estimate
    judged: Judged
    packs: Packs
    about: RoundRecord
    versions: Mapping[str, str]


def evidence_texts(found: Evidence) -> Texts:
    """File name -> content of everything that the published figures follow from; no form is among it.

    What R needs besides the cells is written out (`r_tables`).
    """
    survey = found.survey
    packs = found.packs
    tables = {
        "cells.csv": survey.tallied,
        "frame.csv": survey.drawn,
        "groups.csv": pd.DataFrame(sorted(survey.received.items()), columns=["group", "received"]),
        **r_tables(survey, found.estimate, packs.rule),
        **({REVISITS: survey.revisits} if len(survey.revisits) else {}),
    }
    used = {"rule": packs.rule.id, "standard": packs.standard.id, "papers": [paper.id for paper in packs.papers]}
    return {
        README: write_readme(found.about),
        "round.json": write_json(to_builtins(found.about) | used),
        "versions.json": write_json(dict(found.versions)),
        "recompute.R": (TEMPLATES / "recompute.R").read_text(encoding="utf-8"),
        "unrounded.json": write_json(as_json(found.estimate)),
        "design.json": write_json(write_design(survey.design)),
        "judged.json": write_json(table_records(found.judged._asdict())),
        **{name: write_table(table) for name, table in tables.items()},
        **_pack_texts(packs),
    }


def write_readme(about: RoundRecord) -> str:
    """What a bundle says of itself."""
    text = (TEMPLATES / "evidence.txt").read_text(encoding="utf-8")
    mark = f"\n{load_handout_words().invented}\n" if about.invented else ""
    return text.format(county=about.county, own=name_own(about.county), round=about.round, mark=mark)


def r_tables(survey: Survey, estimate: Estimate, rule: Rule) -> dict[str, pd.DataFrame]:
    """What the R script needs besides the cells: the published rates, and how groups, strata and places combine."""
    members = row_members(survey.cells, survey.places, rule)
    raked = pd.DataFrame(columns=["group", CATEGORY, "weight", "n_forms", "n", "total", "people"])
    if survey.raked is not None:
        own = survey.raked.cells
        raked = own.assign(people=own[CATEGORY].map(survey.raked.margins[CATEGORY]))[list(raked)]
    strata = pd.DataFrame(columns=["group", "stratum", "counted_in", "frame_psus"])
    weights = {str(group): float(part) for group, part in rule.weights.value.items()}
    labels = [
        (group, survey.labels.get(group, group), rule_weight(group, weights))
        for group in sorted(survey.tallied.group.unique())
    ]
    return {
        "labels.csv": pd.DataFrame(labels, columns=["group", "shown", "rule"]),
        "published.csv": pd.DataFrame(_rates(estimate), columns=["choice", "domain", "measure", "rate", "se"]),
        "weights.csv": pd.DataFrame(_weights(survey, estimate), columns=["choice", "measure", "group", "weight"]),
        "strata.csv": joined_strata(survey.cells) if len(survey.cells) else strata,
        "raked.csv": raked,
        "unit_places.csv": members.drop(columns="state"),
        "unrounded_units.csv": _unit_sums(survey, rule),
    }


def _unit_sums(survey: Survey, rule: Rule) -> pd.DataFrame:
    """Every row of units with its exact rate, told or not."""
    rows = [row for own in sum_units(survey.cells, survey.places, rule).values() for row in own]
    columns = ["group", "place", "level", "scope", "n", "rate", "state"]
    return pd.DataFrame([[getattr(row, name) for name in columns] for row in rows], columns=columns)


def _rates(estimate: Estimate) -> Iterator[tuple[str, str, str, float, float | None]]:
    """Every published rate: choice, domain, measure, rate and standard error."""
    for domain, measure, rate, se in _published_rates(estimate):
        if rate is not None:
            yield "published", domain, measure, rate, se
    for choice in estimate.sensitivity:
        if choice.rate is not None:
            yield choice.name, COUNTY, "", choice.rate, None


def _published_rates(estimate: Estimate) -> Iterator[tuple[str, str, float | None, float | None]]:
    """Domain, measure, rate and standard error, measure by measure."""
    county = estimate.county
    yield COUNTY, HEADLINE, county.rate, county.se
    for group, found in estimate.groups.items():
        yield group, HEADLINE, found.rate, found.se
    for group, found in estimate.groups.items():
        yield group, f"{HEADLINE}|unknown", found.unknown, None
    for topic, domains in estimate.topics.items():
        for domain, share in domains.items():
            yield domain, f"topic:{topic}", share.rate, share.se
    for item, domains in estimate.items.items():
        for domain, share in domains.items():
            yield domain, item, share.rate, share.se
        for domain, share in domains.items():
            yield domain, f"{item}|unknown", share.unknown, None


def _weights(survey: Survey, estimate: Estimate) -> Iterator[tuple[str, str, str, float]]:
    """How the groups' rates of a measure combine under each choice; what is hidden or not answered is left out."""
    people = {str(group): int(count) for group, count in survey.counts.population.items()}
    published = [HEADLINE, *(f"topic:{topic}" for topic in estimate.topics)]
    published += [measure for item in estimate.items for measure in (item, f"{item}|unknown")]
    answered = set(zip(survey.estimates.domain, survey.estimates.measure, strict=True))
    combinations = [
        *(("published", measure, survey.weights) for measure in published),
        *(
            (choice, HEADLINE, survey.weights)
            for choice in ("without_flagged", "without_listed", "without_full", "without_doubted", "raked")
        ),
        *weighted_choices(survey.estimates, survey.weights, people),
    ]
    for choice, measure, weights in combinations:
        for group, weight in weights.items():
            if (group, measure) in answered:
                yield choice, measure, group, weight


def _pack_texts(packs: Packs) -> Texts:
    """The packs word for word, with the standards that the standard extends."""
    lineage = [packs.standard]
    while parent := lineage[-1].extends:
        lineage.append(load_standard(parent))
    used = [
        ("rules", packs.rule.id),
        *(("papers", paper.id) for paper in packs.papers),
        *(("standards", standard.id) for standard in lineage),
    ]
    return {
        f"packs/{kind}/{name}.toml": (PACKS[kind] / f"{name}.toml").read_text(encoding="utf-8") for kind, name in used
    }


def table_records(tables: Mapping[str, pd.DataFrame]) -> dict[str, dict[str, list[Any]]]:
    """Tables by name as JSON holds them; raw figures and scores only where there are any."""
    return {name: table_record(table) for name, table in tables.items() if len(table) or not name.endswith(SPARE)}


def table_record(table: pd.DataFrame) -> dict[str, list[Any]]:
    """A table as JSON holds it: its columns and its rows, what is missing as None."""
    rows = table.astype(object).where(table.notna(), None)
    return {"columns": [str(name) for name in table], "rows": rows.to_numpy().tolist()}
