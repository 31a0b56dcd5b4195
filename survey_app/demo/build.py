"""The demo: one closed, reported round and one open round of an example county, through the real code."""

import csv
import secrets
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from analysis.plan import group_quotas
from analysis.standard import load_standard
from questionnaires.answers import check_answers, encode_answers
from questionnaires.paper import load_paper
from questionnaires.rule import USUAL_RULE, load_rule
from questionnaires.school_year import SchoolYear
from reports.setting.cell_texts import escape_cell
from reports.setting.typesetting import FontMissingError
from survey_app.answering import Submission, Writer, find_access, new_number
from survey_app.closing.close import close_round
from survey_app.closing.round_tables import load_published
from survey_app.codes.issuing import IssuedCode, issue_codes
from survey_app.core.db import reading
from survey_app.core.errors import ConflictError, Fact
from survey_app.core.settings import Settings, beijing_now
from survey_app.demo.county import RESIDENTS, RESIDENTS_SOURCE, ExampleCounty, example_county
from survey_app.demo.demo_accounts import add_example_accounts
from survey_app.demo.people import ExampleForm, example_answers, example_frame, example_turnout
from survey_app.frame.schools import store_county_values, store_frame, store_resources, store_schools
from survey_app.results.documents import write_report
from survey_app.rounds.opening import PAPERS, RoundPlan, open_round
from survey_app.rounds.round_rows import find_round, list_rounds
from survey_app.rounds.sampling import SampleRequest, keep_sample

ACTOR = "demo"
STANDARD = "qianjiang-2020"
SCHOOL_YEAR = SchoolYear(first=2019)
WINDOW = timedelta(days=5)
DAY = timedelta(days=1)
LONG_AGO = timedelta(days=40)
FEWEST_CODES = 2_200
RESPONSE_RATE = 0.55
UNITS_WITH_CLASS_CODES = 2
Spent = dict[str, int]


class Demo(NamedTuple):
    """What the demo leaves to look at."""

    link: str
    codes: Path
    tables: Path
    report: list[Path]
    note: str
    accounts: Path


def build_demo(settings: Settings, engine: Engine, *, forms: int, open_forms: int, seed: int) -> Demo:
    """Build the example county, or find the one built before; refuses a store with real rounds."""
    with Session(engine) as session:
        rounds = [earlier.invented for earlier in list_rounds(session)]
    if not all(rounds):
        raise ConflictError(Fact("real_rounds", "这个数据目录里有真实的调查批次。"))
    codes = settings.folder / "codes.csv"
    report = settings.folder / "report"
    accounts = settings.folder / "accounts.csv"
    if rounds and not codes.exists():
        raise ConflictError(f"上次的演示数据没有生成完，请删除目录 {settings.folder} 后再试。")
    note = ""
    if not rounds:
        rng = np.random.default_rng(seed)
        county = example_county(load_standard(STANDARD), seed)
        _store_county(engine, county, beijing_now())
        _write_tables(settings.folder / "tables", county)
        opens = beijing_now().replace(hour=8, minute=0, second=0, microsecond=0) - timedelta(days=1)
        before = Held(opens=opens - LONG_AGO, forms=forms)
        _hold_round(engine, settings.keys, county, before, rng)
        note = _publish(engine, settings.keys, opens - LONG_AGO + WINDOW, report)
        issued, spent = _hold_round(
            engine, settings.keys, county, Held(opens=opens, forms=open_forms, seed=f"{seed:08d}"), rng
        )
        with Session(engine) as session, session.begin():
            now = beijing_now()
            round_ = find_round(session)
            add_example_accounts(session, round_, accounts, actor=ACTOR, now=now, random=secrets.token_bytes)
        _write_codes(codes, issued, spent)
    _address_codes(codes, settings.public_url)
    return Demo(_first_unspent(codes), codes, settings.folder / "tables", sorted(report.iterdir()), note, accounts)


def _store_county(engine: Engine, county: ExampleCounty, now: datetime) -> None:
    with Session(engine) as session, session.begin():
        store_schools(session, county.schools, actor=ACTOR, now=now)
        store_resources(session, county.resources, SCHOOL_YEAR, actor=ACTOR, now=now)
        store_county_values(session, county.values, SCHOOL_YEAR, actor=ACTOR, now=now)


def _write_tables(folder: Path, county: ExampleCounty) -> None:
    """The county as files, for `survey judge` and as examples to look at."""
    folder.mkdir()
    for kind, table in (("schools", county.schools), ("resources", county.resources), ("county", county.values)):
        table.to_csv(folder / f"{kind}.csv", index=False)


@dataclass(frozen=True, kw_only=True)
class Held:
    """A round of the demo: when it opens, how many forms come; with a seed its sample is drawn, else invented."""

    opens: datetime
    forms: int
    seed: str = ""


def _hold_round(
    engine: Engine, keys: Path, county: ExampleCounty, held: Held, rng: np.random.Generator
) -> tuple[list[IssuedCode], Spent]:
    """Open a round, issue its codes and let invented people answer; returns the codes and the forms of each."""
    opens = held.opens
    invited = max(FEWEST_CODES, int(held.forms / RESPONSE_RATE))
    everyone = example_frame(county, load_rule(USUAL_RULE), rng, invited_total=invited)
    with Session(engine) as session, session.begin():
        frame = _bring_frame(session, everyone, held)
        families = frame[(frame["class"] != "") & (frame.invited > 0)]
        with_class_codes = families.unit.unique()[:UNITS_WITH_CLASS_CODES].tolist()
        round_ = open_round(session, _plan(opens), keys=keys, actor=ACTOR, now=opens)
        issue = partial(issue_codes, session, round_, actor=ACTOR, now=opens, random=secrets.token_bytes)
        issued = [code for unit in with_class_codes for code in issue("class", unit=unit)] + issue("slip")
    turnout = example_turnout(frame, held.forms, rng)
    answered = [(name, form) for name in PAPERS for form in example_answers(turnout, load_paper(name), rng)]
    return issued, _answer(engine, issued, answered, opens, rng)


def _bring_frame(session: Session, frame: pd.DataFrame, held: Held) -> pd.DataFrame:
    """Store the frame and, where there is a seed, draw its sample: as many as so many forms need to come from."""
    store_frame(session, frame, actor=ACTOR, now=held.opens)
    if not held.seed:
        return frame
    rule = load_rule(USUAL_RULE)
    asked = sum(group_quotas(rule, RESIDENTS).values())
    rate = min(rule.planning.return_rate.value, asked * RESPONSE_RATE / max(held.forms, 1))
    request = SampleRequest(rule=rule.id, population=RESIDENTS, seed=held.seed, return_rate=rate)
    sample = keep_sample(session, request, actor=ACTOR, now=held.opens)
    return frame.assign(invited=sample.frame.invited.to_numpy())


def _plan(opens: datetime) -> RoundPlan:
    return RoundPlan(
        county="重庆市黔江区",
        organiser="区人民政府教育督导室",
        telephone="000-12345678",
        population=RESIDENTS,
        population_source=RESIDENTS_SOURCE,
        school_year=SCHOOL_YEAR,
        standard=STANDARD,
        rule=USUAL_RULE,
        papers=PAPERS,
        opens=opens,
        closes=opens + WINDOW,
        invented=True,
        paper_until=opens + WINDOW - DAY,
    )


def _answer(
    engine: Engine,
    issued: list[IssuedCode],
    answered: list[tuple[str, ExampleForm]],
    opens: datetime,
    rng: np.random.Generator,
) -> Spent:
    """Post every form with a code of its class, as a browser would; returns how many forms each code brought."""
    waiting: dict[tuple[str, str, str], list[IssuedCode]] = defaultdict(list)
    for code in issued:
        waiting[code.group, code.unit, code.class_name].append(code)
    spent: Spent = defaultdict(int)
    elapsed = min(WINDOW, beijing_now() - opens)
    writer = Writer(engine)
    futures = []
    with Session(reading(engine)) as session:
        for name, form in answered:
            mine = waiting[form.group, form.unit, form.class_name]
            code = mine[0] if mine[0].kind == "class" else mine.pop()
            number = new_number(secrets.token_bytes)
            now = opens + float(rng.random()) * elapsed
            answers = encode_answers(check_answers(load_paper(name), form.fields).answers)
            futures.append(
                writer.submit(Submission(find_access(session, code.code, number, now), number, answers, now))
            )
            spent[code.code] += 1
    writer.stop()
    refused = [future.result() for future in futures if future.result() != "stored"]
    if refused:
        raise RuntimeError(f"{len(refused)} invented forms were not stored: {set(refused)}")
    return spent


def _publish(engine: Engine, keys: Path, now: datetime, report: Path) -> str:
    """Close the round and write its documents; returns what could not be written."""
    close_round(engine, None, keys=keys, actor=ACTOR, now=now)
    with Session(engine) as session:
        round_ = find_round(session)
        try:
            write_report(report, round_, load_published(session, round_))
        except FontMissingError as missing:
            return str(missing)
    return ""


def _write_codes(path: Path, issued: list[IssuedCode], spent: Spent) -> None:
    path.touch(mode=0o600)
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["code", "url", "group", "unit", "class", "kind", "spent"])
        rows.writerows(
            [
                code.code,
                "",
                code.group,
                escape_cell(code.unit),
                escape_cell(code.class_name),
                code.kind,
                spent[code.code],
            ]
            for code in issued
        )


def _address_codes(path: Path, public_url: str) -> None:
    """Write the address of each code anew: the county may have been built for another port."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table["url"] = f"{public_url}/q/" + table["code"]
    table.to_csv(path, index=False, lineterminator="\r\n")


def _first_unspent(codes: Path) -> str:
    with codes.open(encoding="utf-8", newline="") as file:
        return next(row["url"] for row in csv.DictReader(file) if row["group"] == "parent" and row["spent"] == "0")
