"""Checking an evidence bundle: everything published is computed again from the bundle alone."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import msgspec
import numpy as np
import pandas as pd
from msgspec import ValidationError

from analysis import results
from analysis.cells.tallying import HEADLINE
from analysis.column_values import whole_by_name
from analysis.indicators.sections import TableError
from analysis.integrity.integrity_findings import Integrity, PlaceFinding
from analysis.plain import Json, JsonObject, plain
from analysis.published import ReleaseRecord
from analysis.recognition.describing import describe_survey
from analysis.recognition.measuring import NO_REVISITS, Sums, Survey, survey_of
from analysis.release import Released, release_survey
from analysis.release.told_sizes import tell_sizes
from analysis.results import Estimate, as_json
from analysis.sample.design import read_design
from analysis.standard import hold_to_standard
from analysis.standard.edition import read_standard
from analysis.verdict import Judgement, read_judgement, take_surveyed
from analysis.verdict.judged import Judged, judge_tables
from questionnaires.pack import PackError, read_pack
from questionnaires.paper import Paper
from questionnaires.rule import Rule
from reports.evidence.bundle import JOINED, PUBLISHED, read_joined_note, unit_rows
from reports.evidence.bundle_files import SealedRound, find_foreign, find_unsummed, open_bundle, seal_again
from reports.evidence.evidence_texts import (
    PACKS,
    REVISITS,
    Packs,
    Texts,
    r_tables,
    read_table,
    write_table,
)
from reports.evidence.minute_record import check_record

SAME = 1e-9
"""Relative; other versions of the packages differ in the last digits."""
RELEASE = "release"
UNROUNDED = "unrounded"
DISTURBED = (ValueError, LookupError, TypeError, AttributeError, ValidationError, PackError, TableError)


class JudgedTable(msgspec.Struct, frozen=True):
    """A table of the county as the bundle holds it."""

    columns: list[str]
    rows: list[list[str | int | float | bool | None]]


class Sealed(NamedTuple):
    """What the bundle holds, read back; `published` are its JSON objects by name."""

    survey: Survey
    packs: Packs
    judged: Judged
    about: SealedRound
    published: Mapping[str, JsonObject]


def check_bundle(content: bytes, minute: str | None = None) -> list[str]:
    """What differs between a bundle and what follows from its cells, a sentence each; empty when all is the same.

    Checksums, packs and files that the program does not write first, then every published figure: the estimates from
    the cells, the verdict from the tables, the units, and what the R script reads. Evidence that was joined at an
    upgrade says so instead. A bundle with the record of a close is compared with it, and the record with the sum on the
    `minute`, if that is given. Raises NotABundleError.
    """
    members = open_bundle(content)
    problems = [*find_unsummed(members), *_pack_problems(members)]
    if not problems and seal_again(members) != content:
        problems.append("压缩包的外壳与原来的不同。")
    problems += [f"{name}：不是本程序写入复算材料包的文件。" for name in sorted(find_foreign(members))]
    problems += check_record(members, minute)
    if JOINED in members:
        return [*problems, read_joined_note().strip()]
    try:
        texts = {name: member.decode() for name, member in members.items()}
        return problems + list(_differences(read_sealed(texts), texts))
    except DISTURBED as error:
        return [*problems, f"包内数据无法重新计算：{type(error).__name__} {error}".rstrip()]


def read_sealed(texts: Texts) -> Sealed:
    """The survey, packs, tables and published objects of a bundle."""
    about = msgspec.json.decode(texts["round.json"], type=SealedRound)
    published = {name: _read_object(texts[f"{name}.json"]) for name in PUBLISHED if f"{name}.json" in texts}
    packs = _read_packs(texts, about)
    tables = msgspec.json.decode(texts["judged.json"], type=dict[str, JudgedTable])
    judged = Judged(**{name: pd.DataFrame(table.rows, columns=table.columns) for name, table in tables.items()})
    exact = texts.get(f"{UNROUNDED}.json", texts["recognition.json"])
    estimate = msgspec.json.decode(exact, type=Estimate)
    return Sealed(
        survey=_survey(texts, estimate, packs),
        packs=packs,
        judged=judged,
        about=about,
        published=published,
    )


def _read_object(text: str) -> JsonObject:
    content: JsonObject = json.loads(text)
    return content


def _read_packs(texts: Texts, about: SealedRound) -> Packs:
    """The packs of the bundle, not those that this program ships."""
    with TemporaryDirectory() as folder:
        for name, text in texts.items():
            if name.startswith("packs/"):
                path = Path(folder, *name.split("/"))
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
        packs = Path(folder, "packs")
        standard = read_standard(packs / "standards" / f"{about.standard}.toml")
        return Packs(
            rule=hold_to_standard(read_pack(packs / "rules" / f"{about.rule}.toml", Rule), standard),
            standard=standard,
            papers=tuple(read_pack(packs / "papers" / f"{name}.toml", Paper) for name in about.papers),
        )


def _survey(texts: Texts, estimate: Estimate, packs: Packs) -> Survey:
    """The survey of the cells; which forms need a second look is told by the cells, why by the published object."""
    cells = read_table(texts["cells.csv"])
    groups = read_table(texts["groups.csv"])
    headline = cells[cells.measure == HEADLINE]
    flagged = np.repeat(headline.flagged.to_numpy(bool), headline.n_forms.to_numpy(int))
    findings = [
        PlaceFinding(group=finding.group, place=finding.place, check=finding.check, flagged=int(finding.flagged))
        for finding in estimate.integrity.findings
    ]
    integrity = Integrity(flagged, estimate.integrity.checks, findings)
    received = whole_by_name(groups.set_index("group").received)
    design = read_design(json.loads(texts["design.json"]))
    again = read_table(texts[REVISITS]) if REVISITS in texts else NO_REVISITS
    sums = Sums(cells, read_table(texts["frame.csv"]), received, integrity, design, revisits=again)
    return survey_of(sums, packs.rule, *packs.papers)


def _pack_problems(members: Mapping[str, bytes]) -> Iterator[str]:
    """A published version is frozen: where this program has a pack of that name, it must be the same."""
    for name in sorted(name for name in members if name.startswith("packs/")):
        _, kind, file = name.split("/")
        shipped = PACKS[kind] / file if kind in PACKS else None
        if shipped and shipped.exists() and shipped.read_bytes() != members[name]:
            yield f"{name}：与本程序所带的同一版本不同。"


def _differences(sealed: Sealed, texts: Texts) -> Iterator[str]:
    survey = sealed.survey
    rule = sealed.packs.rule
    estimate = describe_survey(survey, rule, *sealed.packs.papers, population=sealed.about.population)
    judged = as_json(read_judgement(sealed.published["judgement"]))
    stored: dict[str, Json] = {**sealed.published, "judgement": judged}
    tables = r_tables(survey, estimate, rule)
    if RELEASE in sealed.published:
        record = msgspec.convert(sealed.published[RELEASE], ReleaseRecord)
        survey = survey._replace(sent_in=record.sent_in or {})
        released = release_survey(survey, estimate, rule, *sealed.packs.papers, taken_back=record.taken_back)
        released = tell_sizes(released, survey, rule)
        stored[UNROUNDED] = _read_object(texts[f"{UNROUNDED}.json"])
        again = _published_again(sealed, released) | {UNROUNDED: results.as_json(estimate)}
        tables["units.csv"] = unit_rows(released.units)
    else:
        again = {
            "recognition": results.as_json(estimate),
            "judgement": as_json(_judge_again(sealed, estimate)),
        }
        tables = {name: table for name, table in tables.items() if name in texts}
    for name, content in again.items():
        yield from (f"{name}.json 的 {difference}" for difference in compare(stored[name], content))
    for name, table in tables.items():
        kept, found = (plain(read_table(text).to_numpy(object)) for text in (texts[name], write_table(table)))
        yield from (f"{name} 的第 {difference}" for difference in compare(kept, found))


def _published_again(sealed: Sealed, released: Released) -> dict[str, Json]:
    return {
        "recognition": results.as_json(released.estimate),
        "judgement": as_json(_judge_again(sealed, released.estimate)),
        "units": results.as_json(released.units),
        RELEASE: results.as_json(released.record),
    }


def _judge_again(sealed: Sealed, estimate: Estimate) -> Judgement:
    return judge_tables(sealed.packs.standard, sealed.judged, take_surveyed(estimate), as_of=sealed.about.as_of)


def compare(stored: Json, found: Json, where: str = "") -> Iterator[str]:
    """Every place in which two JSON objects differ: where, what the bundle says, what was computed.

    >>> list(compare({"rate": 0.9, "n": 3}, {"rate": 0.9 + 1e-13, "n": 4}))
    ['n：包内为 3，重新计算为 4']
    """
    if isinstance(stored, dict) and isinstance(found, dict):
        for key in sorted(set(stored) | set(found)):
            yield from compare(stored.get(key), found.get(key), f"{where}.{key}" if where else str(key))
    elif isinstance(stored, list) and isinstance(found, list) and len(stored) == len(found):
        for place, (kept, again) in enumerate(zip(stored, found, strict=True), 1):
            yield from compare(kept, again, f"{where}[{place}]")
    elif not _is_same(stored, found):
        yield f"{where or '内容'}：包内为 {stored}，重新计算为 {found}"


def _is_same(stored: Json, found: Json) -> bool:
    if isinstance(stored, bool | str | None) or isinstance(found, bool | str | None):
        return stored == found
    if isinstance(stored, dict | list) or isinstance(found, dict | list):
        return False
    return abs(stored - found) <= SAME * max(1.0, abs(found))
