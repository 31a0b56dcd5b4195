"""What a release costs: the rules of a close on the example county with 8,720 forms, and its whole audit."""

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.recognition.describing import describe_survey
from analysis.release import release_survey
from questionnaires.vocabulary import RoundState
from reports.evidence.bundle import published_texts
from reports.evidence.bundle_check import read_sealed
from survey_app.closing.closing_minute import EVIDENCE
from survey_app.closing.round_tables import load_parts, load_published
from survey_app.core.db import connect
from survey_app.core.models import Published, Round
from survey_app.results.release_audit import audit_round
from tests.bench.machine import run
from tests.bench.table import Line, hand_in

FORMS = 8_720
SECONDS = 60
PROGRAM = [sys.executable, "-c", "from survey_app.cli import main; main()"]


def main() -> int:
    """Build the county, release it again from its evidence, attack every hidden count; 1 if the budget is exceeded."""
    os.environ["SURVEY_DATABASE_URL"] = ""
    with TemporaryDirectory() as folder:
        if run([*PROGRAM, "demo", "--dir", folder, "--forms", str(FORMS), "--no-serve"]).code:
            return 1
        with Session(connect(f"sqlite:///{Path(folder, 'survey.db')}")) as session:
            round_ = session.scalars(select(Round).where(Round.state == RoundState.CLOSED)).one()
            rules = _release(session, round_)
            found = audit_round(session, round_, sample=0, seed=1)
    whole = rules + found.seconds
    return not hand_in(
        [
            Line(
                f"release of {FORMS} forms with an audit of {found.tried} of {found.counts} hidden counts",
                f"<= {SECONDS} s",
                f"{whole:.1f} s, of it the audit {found.seconds:.1f} s; {found.certain} certain, {found.narrow} narrow",
                whole <= SECONDS and not found.certain and not found.narrow,
            )
        ]
    )


def _release(session: Session, round_: Round) -> float:
    """The seconds that a close spends on estimates and on what may be told of them."""
    evidence = session.get_one(Published, (round_.id, EVIDENCE)).content
    units = load_published(session, round_).units
    assert units is not None
    sealed = read_sealed(evidence | published_texts(load_parts(session, round_), units))
    start = perf_counter()
    estimate = describe_survey(sealed.survey, sealed.packs.rule, *sealed.packs.papers)
    release_survey(sealed.survey, estimate, sealed.packs.rule, *sealed.packs.papers)
    return perf_counter() - start


if __name__ == "__main__":
    raise SystemExit(main())
