"""The memory of a close from its opened boxes on: checks, cells, estimates and what is told of them.

.venv/bin/python -m tests.bench.closing [--forms 10000000]

Opening has a line of its own (`opening`), and so has the audit of the release (`release`).
"""

import argparse
import resource
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from analysis.cells.tallying import fewest_answers
from analysis.many_rows import cut_rows
from analysis.recognition.describing import describe_survey
from analysis.recognition.measuring import measure_survey
from questionnaires.vocabulary import Group
from survey_app.answering.box import SealedForm
from survey_app.closing.evaluation import load_packs
from survey_app.closing.opened_forms import OpenedForms
from survey_app.closing.round_tables import load_bursts, tabulate_forms
from survey_app.core.db import connect, upgrade
from survey_app.core.ledger_slots import five_minutes
from survey_app.core.settings import beijing_now
from survey_app.rounds.frame_rows import load_frame
from survey_app.rounds.round_rows import find_round
from survey_app.rounds.sampling import find_design
from tests.bench.bulk import CODES, SEED, SHARES, SLOTS, Opened, open_bench_round
from tests.bench.table import Line, hand_in

FORMS = 200_000
MANY = 10_000_000
MEGABYTES = 1_000
ITEMS = 17
LEFT_BLANK = 0.02
PART = 100_000


def draw_forms(engine: Engine, opened: Opened, number: int) -> OpenedForms:
    """So many forms as they come out of their boxes, a few left blank for the most part; and the ledger of them."""
    rng = np.random.default_rng(SEED)
    forms = OpenedForms(ITEMS)
    came = np.zeros(len(opened.batches) * SLOTS, np.int64)
    for first in range(0, number, PART):
        size = min(PART, number - first)
        row = rng.choice(len(opened.batches), size, p=opened.invited / opened.invited.sum())
        came += np.bincount(row * SLOTS + rng.integers(0, SLOTS, size), minlength=len(came))
        codes = rng.choice(CODES, (size, ITEMS), p=SHARES)
        codes[rng.random(size) < LEFT_BLANK, 3:] = ord("0")
        text = codes.tobytes().decode("ascii")
        for at, of in enumerate(row.tolist()):
            answers = text[at * ITEMS : (at + 1) * ITEMS]
            place = int(opened.places[of])
            forms.add(SealedForm(group=Group.PARENT, place=place, paper=opened.papers[of], answers=answers))
    key = np.flatnonzero(came)
    start = five_minutes(beijing_now()) - SLOTS
    with engine.begin() as connection:
        for part in cut_rows(len(key)):
            batch, slot = np.divmod(key[part], SLOTS)
            rows = zip(opened.batches[batch].tolist(), (slot + start).tolist(), came[key[part]].tolist(), strict=True)
            connection.exec_driver_sql("INSERT INTO ledger (batch_id, five_minutes, n) VALUES (?, ?, ?)", list(rows))
    return forms


def measure(number: int) -> float:
    """The peak megabytes of this process, which drew the forms too."""
    with TemporaryDirectory() as folder:
        engine = connect(f"sqlite:///{Path(folder, 'survey.db')}")
        upgrade(engine)
        forms = draw_forms(engine, open_bench_round(engine, int(1.1 * number)), number)
        with Session(engine) as session:
            round_ = find_round(session)
            packs = load_packs(round_)
            forms.put_first(fewest_answers(packs.papers[0], packs.rule))
            survey = measure_survey(
                tabulate_forms(session, round_, forms.as_codes()),
                load_frame(session, round_),
                packs.rule,
                *packs.papers,
                bursts=load_bursts(session, round_),
                design=find_design(round_),
                join=True,
            )
            describe_survey(survey, packs.rule, *packs.papers, population=round_.population)
        engine.dispose()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Measure and hand in the line; 1 if the budget is exceeded."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--forms", type=int, default=FORMS)
    number = arguments.parse_args().forms
    megabytes = measure(number)
    return not hand_in(
        [
            Line(
                f"close of {number:,} forms in 4,324 places, from opened boxes to estimates, release not audited",
                f"<= {MEGABYTES:,} MB with {MANY:,}",
                f"{megabytes:,.0f} MB",
                megabytes <= MEGABYTES if number >= MANY else None,
            )
        ]
    )


if __name__ == "__main__":
    raise SystemExit(main())
