"""One small round from import to export with the program of this checkout; what came of it is printed as JSON.

Run as a program of its own (`python -m tests.round_through FOLDER --rule RULE --group GROUP`), so that a copy of the
checkout that somebody changed can be taken through a whole round without being imported here.
"""

import argparse
import csv
import io
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_bytes
from typing import Any
from zipfile import ZipFile

from litestar.testing import TestClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from questionnaires.paper import load_paper
from questionnaires.rule import load_rule
from questionnaires.vocabulary import Group
from survey_app import app
from survey_app.codes.issuing import issue_codes, issue_paper
from survey_app.core.db import connect
from survey_app.core.models import FrameRow
from survey_app.core.settings import BEIJING, Settings
from survey_app.printed_forms.transcribing import list_stacks
from survey_app.results.code_papers import pack_round_forms
from survey_app.rounds.round_rows import find_round

PEOPLE = 14
PROGRAM = [sys.executable, "-P", "-m", "survey_app.cli"]


@dataclass(frozen=True)
class Asked:
    """What the round is about."""

    folder: Path
    rule: str
    standard: str
    group: str
    language: str


def run(asked: Asked, *arguments: str, code: int = 0) -> str:
    """One command of the program, in the round's folder."""
    done = subprocess.run(
        [*PROGRAM, *arguments], cwd=asked.folder, text=True, capture_output=True, check=False, stdin=subprocess.DEVNULL
    )
    if done.returncode != code:
        raise SystemExit(f"survey {' '.join(arguments)}: {done.returncode}\n{done.stderr}")
    return done.stdout


def write_frame(asked: Asked) -> None:
    """Two units for each group of the rule, one for phones and one for printed forms, 14 people each."""
    with (asked.folder / "frame.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["group", "unit", "class", "grade", "population", "invited"])
        for group in load_rule(asked.rule).groups:
            in_class = group in {"student", "parent"}
            for unit in (f"U{group}", f"V{group}"):
                row = [group, unit, "5班" if in_class else "", 5 if in_class else "", PEOPLE, PEOPLE]
                rows.writerow(row)


def open_round(asked: Asked) -> None:
    """Import the frame and open the round."""
    write_frame(asked)
    run(asked, "import", "frame", "frame.csv")
    run(
        asked, "round", "open", "--county", "青山区", "--telephone", "023-79220000", "--organiser", "青山区教育督导室",
            "--population", "20000",
        "--population-source", "2020年人口普查", "--year", "2025-2026", "--rule", asked.rule,
        "--standard", asked.standard, "--ministry-not-near",
        "--paper-until", f"{beijing() + timedelta(days=4):%Y-%m-%d %H:%M}",
    )  # fmt: skip


def store_of(asked: Asked) -> Engine:
    """The round's store."""
    return connect(f"sqlite:///{asked.folder / 'data' / 'survey.db'}")


def beijing() -> datetime:
    """What the clock on the wall says."""
    return datetime.now(tz=BEIJING).replace(tzinfo=None)


def answer_all(asked: Asked) -> str:
    """All but one person of each unit answer with a slip of their own; returns the paper the asked group saw."""
    engine = store_of(asked)
    settings = Settings(asked.folder / "data", "", "http://testserver")
    language = {"lang": asked.language} if asked.language else {}
    seen = ""
    with TestClient(app.build(settings, engine, beijing)) as client:
        for group in load_rule(asked.rule).groups:
            with Session(engine) as session, session.begin():
                codes = issue_codes(
                    session, find_round(session), "slip", unit=f"U{group}",
                    actor="test", now=beijing(), random=token_bytes,
                )  # fmt: skip
            for person, code in enumerate(codes[:-1]):
                client.cookies.clear()
                page = client.get(f"/q/{code.code}", params=language).text
                client.post(f"/q/{code.code}", data=answers_of(asked, group, page, person))
                seen = page if group == asked.group else seen
    return seen


def answers_of(asked: Asked, group: str, page: str, person: int) -> dict[str, str]:
    """A form as a browser sends it: the hidden fields of the page, and an answer to each item."""
    paper = next(paper for paper in map(load_paper, load_rule(asked.rule).papers.value) if group in paper.groups)
    hidden = dict(re.findall(r'<input type="?hidden"? name="?([a-z_]+)"? value="?([^"> ]*)"?', page))
    return hidden | {item: "2" if person == place else "4" for place, item in enumerate(paper.item_ids)}


def print_forms(asked: Asked) -> str:
    """Printed forms for two people of the asked group; returns the name of the file they come in."""
    with Session(store_of(asked)) as session, session.begin():
        round_ = find_round(session)
        rows = session.query(FrameRow).filter(FrameRow.round_id == round_.id, FrameRow.unit == f"V{asked.group}")
        issue_paper(session, round_, rows.one().id, 2, actor="test", now=beijing(), random=token_bytes)
        _, content = pack_round_forms(round_, list_stacks(session, round_)[0])
    return " ".join(ZipFile(io.BytesIO(content)).namelist())


def run_judge(asked: Asked) -> Any:
    """What the standard says of one small school."""
    (asked.folder / "schools.csv").write_text("code,name,kind\nP01,一小,primary\n", encoding="utf-8")
    (asked.folder / "resources.csv").write_text(
        "school,stage,pupils,classes,qualified_teachers\nP01,primary,400,10,30\n", encoding="utf-8"
    )
    (asked.folder / "county.csv").write_text("indicator,stage,value,met\nG1,,,yes\n", encoding="utf-8")
    files = ["--schools", "schools.csv", "--resources", "resources.csv", "--county", "county.csv"]
    return json.loads(run(asked, "judge", "--standard", asked.standard, *files, "--json", code=1))


def take_through(asked: Asked) -> dict[str, object]:
    """The whole round; what each part said of the asked group."""
    open_round(asked)
    page = answer_all(asked)
    printed = print_forms(asked)
    run(asked, "round", "close", "--yes")
    status = json.loads(run(asked, "status", "--json"))
    run(asked, "report", "--part", "all", "--out", "report")
    formats = run(asked, "export", "--help")
    judged = run_judge(asked)
    run(asked, "export", "--out", "tables")
    exported = "".join(path.read_text(encoding="utf-8-sig") for path in (asked.folder / "tables").glob("*.csv"))
    report = " ".join(path.read_text(encoding="utf-8") for path in (asked.folder / "report").glob("*.html"))
    name = Group(asked.group).zh
    return {
        "page": page,
        "printed": name in printed,
        "status": asked.group in status["groups"],
        "forms": status["forms"],
        "report": name in report,
        "export": name in exported,
        "formats": formats,
        "resources": list(judged["dimensions"]["resources"]["indicators"]),
    }


def main() -> None:
    """Take one round through and print what came of it."""
    options = argparse.ArgumentParser()
    options.add_argument("folder", type=Path)
    options.add_argument("--rule", default="quality-2024")
    options.add_argument("--standard", default="national-2017")
    options.add_argument("--group", default="public")
    options.add_argument("--language", default="")
    given = options.parse_args()
    print(json.dumps(take_through(Asked(**vars(given))), ensure_ascii=False))


if __name__ == "__main__":
    main()
