"""A county whose round is open, and as many forms of it as asked for, put straight into the tables."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from secrets import token_bytes
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.orm import Session

from analysis.arrays import Whole
from questionnaires.paper import load_paper
from questionnaires.school_year import SchoolYear
from questionnaires.vocabulary import Group
from survey_app.answering import hash_code, new_code
from survey_app.answering.box import BOX, NUMBER
from survey_app.core.ledger_slots import five_minutes
from survey_app.core.models import Batch, Code, FrameRow, School
from survey_app.core.settings import beijing_now
from survey_app.frame.schools import store_frame
from survey_app.rounds.opening import PAPERS, RoundPlan, open_round
from tests.keyring import keys_of

SCHOOLS, CLASSES, TOWNSHIPS = 94, 20, 30
IN_CLASSES = ("student", "parent")
WITH_SLIPS = "parent"  # the load generator sends in their slips; all others have codes that many share
SLOTS = 3 * 288  # five minutes in three days
PART = 500_000
SHARES = (0.01, 0.03, 0.06, 0.3, 0.56, 0.04)  # of the codes 1 to 5 and 9
CODES = np.array([*b"123459"], np.uint8)
SEED = 20251120


class Opened(NamedTuple):
    """A round with one batch for each row of its frame: batches, places and papers of the rows, people invited."""

    batches: Whole
    places: Whole
    papers: list[str]
    invited: Whole


def frame_of(people: int) -> pd.DataFrame:
    """94 schools, 7 groups: classes of pupils and of parents, everyone else by school; so many invited in all."""
    rows = [
        (group, f"P{school:03}", name, 3.0 + number % 7 if name else np.nan, school)
        for school in range(SCHOOLS)
        for group in Group
        for number, name in enumerate(
            [f"{class_number + 1}班" for class_number in range(CLASSES)] if group in IN_CLASSES else [""]
        )
    ]
    frame = pd.DataFrame(rows, columns=["group", "unit", "class", "grade", "school"])
    school = frame.pop("school")
    each = max(20, round(people / len(frame)))
    return frame.assign(
        population=each,
        invited=each,
        stage=np.where(school % 2, "junior", "primary"),
        locale=np.array(["city", "town", "village"])[school % 3],
        township=[f"{number % TOWNSHIPS + 1:02}镇" for number in school],
    )


def open_bench_round(engine: Engine, people: int) -> Opened:
    """Open a round whose codes were all handed over; none is known yet."""
    now = beijing_now()
    plan = RoundPlan(
        county="青山区", organiser="青山区政府教育督导室", population=500_000, population_source="2020年人口普查",
        school_year=SchoolYear(2025), standard="national-2017", rule="quality-2024", papers=PAPERS,
        opens=now - timedelta(days=3), closes=now + timedelta(days=2), invented=True,
    )  # fmt: skip
    with Session(engine) as session, session.begin():
        for number in range(SCHOOLS):
            session.add(School(code=f"P{number:03}", name=f"第{number + 1}学校", kind="primary", built_year=None))
        store_frame(session, frame_of(people), actor="bench", now=now)
        open_round(session, plan, keys=keys_of(session.get_bind()), actor="bench", now=now)
        frame = session.scalars(select(FrameRow).order_by(FrameRow.id)).all()
        about = {"state": "handed_over", "codes": 1, "made_at": now}
        kinds = ["slip" if row.group == WITH_SLIPS else "class" for row in frame]
        made = [
            {"frame_row_id": row.id, "kind": kind, "issued": row.invited, **about}
            for row, kind in zip(frame, kinds, strict=True)
        ]
        session.execute(insert(Batch), made)
        batches = session.scalars(select(Batch.id).order_by(Batch.frame_row_id)).all()
        paper_of = {group: name for name in PAPERS for group in load_paper(name).groups}
        return Opened(
            np.array(batches),
            np.array([row.place_id for row in frame]),
            [paper_of[row.group] for row in frame],
            np.array([row.invited for row in frame]),
        )


def make_slips(engine: Engine, number: int) -> list[str]:
    """So many slips, shared among all classes of parents."""
    codes = [new_code(token_bytes) for _ in range(number)]
    with engine.begin() as connection:
        batches = connection.scalars(select(Batch.id).where(Batch.kind == "slip")).all()
        rows = [{"digest": hash_code(code), "batch_id": batches[at % len(batches)]} for at, code in enumerate(codes)]
        connection.execute(insert(Code), rows)
    return codes


def load_bulk(engine: Engine, opened: Opened, number: int, *, sealed: bool = False) -> None:
    """Add so many forms as a close writes them or, `sealed`, boxes nobody opens; spent tickets and counts."""
    rng = np.random.default_rng([SEED, number])
    now = five_minutes(beijing_now()) - SLOTS
    ledger = Counter[tuple[int, int]]()
    with engine.begin() as connection:
        for part, size in _parts(number):
            row = rng.choice(len(opened.batches), size, p=opened.invited / opened.invited.sum())
            forms = zip(
                _keys(rng, size, part, number),
                opened.places[row].tolist(),
                [opened.papers[mark] for mark in row],
                _answers(rng, size),
                strict=True,
            )
            batches = opened.batches[row].tolist()
            spent = zip(_keys(rng, size, part, number), [b"h" * 16] * size, batches, strict=True)
            slots = pd.Series(rng.integers(0, SLOTS, size) + now)
            counts = slots.groupby([opened.batches[row], slots]).size()
            ledger.update({(int(batch), int(slot)): int(n) for (batch, slot), n in counts.items()})
            if sealed:
                _fill(connection, "box", ((key[:NUMBER], rng.bytes(BOX)) for key in _keys(rng, size, part, number)))
            else:
                _fill(connection, "form", forms)
            _fill(connection, "spent", spent)
        _fill(connection, "ledger", ((batch, slot, n) for (batch, slot), n in sorted(ledger.items())))


def _fill(connection: Connection, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Rows straight into a table: by COPY, or by SQLite's own statement."""
    cursor = connection.connection.cursor()
    if connection.dialect.name == "postgresql":
        with cursor.copy(f"COPY {table} FROM STDIN") as copy:  # type: ignore[attr-defined]
            for row in rows:
                copy.write_row(row)
        return
    found = list(rows)
    cursor.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(found[0]))})", found)  # type: ignore[arg-type]


def _parts(number: int) -> Iterator[tuple[int, int]]:
    for first in range(0, number, PART):
        yield first, min(PART, number - first)


def _keys(rng: np.random.Generator, size: int, first: int, number: int) -> list[bytes]:
    """Random keys in their order, of this part's share of all keys: the table then grows at its end."""
    low, high = (int(share / number * 2**64) for share in (first, first + size))
    heads = np.sort(rng.integers(low, max(low + 1, high - 1), size, dtype=np.uint64, endpoint=True))
    tails = rng.integers(0, 2**64 - 1, size, dtype=np.uint64)
    content = np.stack([heads, tails], axis=1).astype(">u8").tobytes()
    return [content[at : at + 16] for at in range(0, len(content), 16)]


def _answers(rng: np.random.Generator, size: int) -> list[str]:
    items = len(load_paper(PAPERS[0]).item_ids)
    digits: bytes = rng.choice(CODES, (size, items), p=SHARES).tobytes()
    text = digits.decode("ascii")
    return [text[at : at + items] for at in range(0, len(text), items)]
