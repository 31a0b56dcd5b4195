"""What a release costs: the rules of a close on the example county with 8,720 forms, and its whole audit."""

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.recognition.describing import describe_survey
from analysis.release import Told, secure_release
from analysis.release.group_counts import count_groups
from questionnaires.vocabulary import RoundState
from reports.evidence.bundle import published_texts
from reports.evidence.bundle_check import read_sealed
from survey_app.closing.closing_minute import EVIDENCE
from survey_app.closing.round_tables import load_forms, load_parts, load_published
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
            told = _told(session, round_)
            start = perf_counter()
            released = secure_release(told)
            whole = perf_counter() - start
            found = audit_round(session, round_, sample=0, seed=1)
    return not hand_in(
        [
            Line(
                f"release of {FORMS} forms, {found.counts} hidden counts audited",
                f"<= {SECONDS} s",
                f"{whole:.1f} s, audit {found.seconds:.1f} s; {found.certain} certain, {found.narrow} narrow; "
                f"{len(released.record.taken_back)} of {released.record.summary.rows} rows taken back, "
                f"the narrowest open by {found.narrowest} at least",
                whole <= SECONDS and not found.certain and not found.narrow,
            ),
            Line("items without weights, in standard errors", "-", _cost_of_no_weights(told), True),
        ]
    )


def _told(session: Session, round_: Round) -> Told:
    """The closed round as its close had it, from the evidence."""
    evidence = session.get_one(Published, (round_.id, EVIDENCE)).content
    units = load_published(session, round_).units
    assert units is not None
    sealed = read_sealed(evidence | published_texts(load_parts(session, round_), units))
    rule = sealed.packs.rule
    estimate = describe_survey(sealed.survey, rule, *sealed.packs.papers)
    return Told(sealed.survey, load_forms(session, round_), estimate, rule, sealed.packs.papers)


def _cost_of_no_weights(told: Told) -> str:
    """How far an item's rate is from the weighted one, in its standard errors, over all groups."""
    estimates = told.survey.estimates
    groups = count_groups(told.survey, told.rule)
    items = estimates[
        estimates.measure.isin(told.papers[0].item_ids) & estimates.domain.isin(groups) & (estimates.se > 0)
    ]
    apart = [
        abs(estimate - groups[group].answers[item].satisfied / groups[group].answers[item].answered) / error
        for group, item, estimate, error in zip(items.domain, items.measure, items.estimate, items.se, strict=True)
    ]
    half, most = np.quantile(apart, [0.5, 0.9])
    return f"median {half:.2f}, ninth tenth {most:.2f}, at most {max(apart):.2f} over {len(apart)} items of groups"


if __name__ == "__main__":
    raise SystemExit(main())
