"""The tally in parts, here and on a real Dask scheduler with two worker processes."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from distributed import Client
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from analysis.cells.tallying import tally
from analysis.places import partition, place_forms
from analysis.weights import design_weights
from questionnaires.paper import load_paper
from questionnaires.rule import load_rule
from survey_app.cli import survey
from survey_app.closing.close import close_round
from survey_app.closing.scaling import SUMS, FilePart, run_here, tally_parts
from survey_app.core.models import Form
from tests.county import NOW, answer, county_frame, issue, open_county
from tests.keyring import keys_of

RULE, PAPER = load_rule("quality-2024"), load_paper("social-2026")
DASK = [sys.executable, "-m", "dask"]
PROGRAM = "from survey_app.cli import main; main()"


def start(command: Sequence[str | Path]) -> "subprocess.Popen[bytes]":
    words = [str(word) for word in command]
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A scheduler and two workers, each a process of its own."""
    file = tmp_path_factory.mktemp("dask") / "scheduler.json"
    scheduler = [*DASK, "scheduler", "--port", "0", "--host", "127.0.0.1", "--no-dashboard"]
    workers = [
        *DASK,
        "worker",
        "--nworkers",
        "2",
        "--nthreads",
        "1",
        "--no-dashboard",
        "--local-directory",
        file.parent,
    ]
    started = [start([*command, "--scheduler-file", file]) for command in (scheduler, workers)]
    try:
        for _ in range(600):
            if file.exists():
                break
            time.sleep(0.1)
        address: str = json.loads(file.read_text())["address"]
        with Client(address, timeout=60, set_as_default=False) as client:  # type: ignore[no-untyped-call]
            client.wait_for_workers(2, timeout=60)  # type: ignore[no-untyped-call]
        yield address
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(30)


def draw_forms(frame: pd.DataFrame) -> pd.DataFrame:
    """Two answered forms of three for every person invited."""
    rng = np.random.default_rng(8)
    forms = frame.loc[frame.index.repeat(frame["invited"] * 2 // 3), ["group", "unit", "class"]].reset_index(drop=True)
    answers = rng.choice([0, 1, 2, 3, 4, 5, 9], (len(forms), len(PAPER.items)), p=[0.1, 0.1, 0.1, 0.2, 0.2, 0.2, 0.1])
    return pd.concat([forms, pd.DataFrame(answers.astype("uint8"), columns=list(PAPER.item_ids))], axis=1)


def write_parts(folder: Path, forms: pd.DataFrame, parts: int) -> None:
    for part in range(parts):
        forms.iloc[part::parts].to_parquet(folder / f"part-{part}.parquet")


def single_pass(frame: pd.DataFrame, forms: pd.DataFrame) -> pd.DataFrame:
    places = partition(frame, RULE)
    placed = place_forms(forms, places)
    return tally(placed, PAPER, RULE, design_weights(places, valid(placed), RULE))


def valid(forms: pd.DataFrame) -> pd.DataFrame:
    answered = (forms[list(PAPER.item_ids)] != 0).sum(axis=1)
    return forms[answered >= 12]


def in_order(cells: pd.DataFrame) -> pd.DataFrame:
    return cells.sort_values(["measure", "group", "place"], ignore_index=True)


def test_parts_come_to_the_cells_of_a_single_pass(tmp_path: Path) -> None:
    frame = county_frame()
    forms = draw_forms(frame)
    write_parts(tmp_path, forms, 3)
    found = tally_parts(
        [FilePart(str(path)) for path in sorted(tmp_path.glob("*"))], partition(frame, RULE), (PAPER,), RULE, run_here
    )
    assert (found.received, found.valid) == (len(forms), len(valid(forms)))
    pd.testing.assert_frame_equal(in_order(found.cells), in_order(single_pass(frame, forms)), check_dtype=False)


def test_parquet_on_two_workers_equals_the_single_pass_in_every_count(tmp_path: Path, scheduler: str) -> None:
    frame = county_frame()
    forms = draw_forms(frame)
    write_parts(tmp_path, forms, 4)
    names, out = tmp_path / "frame.csv", tmp_path / "cells.csv"
    frame.to_csv(names, index=False)
    command = ["tally", "--scheduler", scheduler, "--forms", str(tmp_path), "--frame", str(names), "--out", str(out)]
    result = CliRunner().invoke(survey, [*command, "--json"], catch_exceptions=False)
    assert json.loads(result.output)["received"] == len(forms)
    assert out.stat().st_mode & 0o777 == 0o600
    found, expected = in_order(pd.read_csv(out)), in_order(single_pass(frame, forms))
    assert found[["n_forms", "n"]].to_numpy().tolist() == expected[["n_forms", "n"]].to_numpy().tolist()
    np.testing.assert_allclose(found[SUMS], expected[SUMS], rtol=1e-12)


def close_county(engine: Engine) -> int:
    open_county(engine)
    with Session(engine) as session, session.begin():
        codes = [code for unit in ("P01", "P02") for code in issue(session, unit)]
        answer(session, codes[::2])
    close_round(engine, None, keys=keys_of(engine), actor="test", now=NOW)
    return len(codes[::2])


def tally_store(engine: Engine, folder: Path, *options: str) -> tuple[int, str]:
    url = engine.url.render_as_string(hide_password=False)
    environment = {"SURVEY_DATABASE_URL": url}
    result = CliRunner().invoke(survey, ["tally", "--dir", str(folder), *options], env=environment)
    return result.exit_code, result.output if result.exception is None else f"{result.output}{result.exception}"


def test_a_closed_round_counted_again_on_two_workers_is_the_same(
    postgresql_engine: Engine, tmp_path: Path, scheduler: str
) -> None:
    forms = close_county(postgresql_engine)
    code, output = tally_store(postgresql_engine, tmp_path, "--scheduler", scheduler, "--json")
    found = json.loads(re.findall(r"\{.*\}", output)[0])
    assert (code, found["received"], found["differences"]) == (0, forms, [])


def test_a_form_changed_after_close_is_found(engine: Engine, tmp_path: Path) -> None:
    close_county(engine)
    with Session(engine) as session, session.begin():
        key = session.query(Form.key).limit(1).scalar_subquery()
        session.execute(update(Form).where(Form.key == key).values(answers="1" * 17))
    code, output = tally_store(engine, tmp_path)
    assert code == 1
    assert "headline/" in output


def test_an_open_round_is_not_counted(sqlite_engine: Engine, tmp_path: Path) -> None:
    open_county(sqlite_engine)
    _, output = tally_store(sqlite_engine, tmp_path)
    assert "还没有结束" in output


def test_workers_elsewhere_cannot_read_sqlite(sqlite_engine: Engine, tmp_path: Path, scheduler: str) -> None:
    close_county(sqlite_engine)
    _, output = tally_store(sqlite_engine, tmp_path, "--scheduler", scheduler)
    assert "PostgreSQL" in output


def test_without_dask_one_sentence_says_how_to_install_it(tmp_path: Path) -> None:
    hide = f"import sys; sys.modules['distributed'] = None; {PROGRAM}"
    command = [sys.executable, "-c", hide, "tally", "--dir", str(tmp_path), "--scheduler", "tcp://127.0.0.1:1"]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"SURVEY_DATABASE_URL": ""})
    assert done.returncode == 2
    assert done.stderr.strip().splitlines() == [
        "分到几台机器上计算需要 Dask，这里没有安装。不装 Dask 请去掉 --scheduler；"
        "要装请运行 .venv/bin/pip install --require-hashes -r requirements-scale.txt。"
    ]
