"""What a release costs: the rules of a close on the example county with 8,720 forms, and its whole audit."""

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.disclosure.units import SHOWN
from analysis.recognition.describing import describe_survey
from analysis.release import Told, secure_release
from analysis.release.auditing import AuditReport, audit_release
from analysis.release.group_counts import count_groups
from analysis.release.publishing import Released
from analysis.release.securing import attack
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
METHOD = Path(__file__).parents[2] / "docs" / "method.md"
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
            first = audit_release(attack(told), sample=0)
            start = perf_counter()
            busy = process_time()
            released = secure_release(told)
            whole = perf_counter() - start
            busy = process_time() - busy
            found = audit_round(session, round_, sample=0, seed=1)
    return not hand_in(
        [
            Line(
                f"release of {FORMS} forms, {found.counts} hidden counts audited",
                f"<= {SECONDS} s",
                f"{whole:.1f} s ({busy:.1f} s CPU), audit {found.seconds:.1f} s; "
                f"{found.certain} certain, {found.narrow} narrow; "
                f"{len(released.record.taken_back)} of {released.record.summary.rows} rows taken back, "
                f"the narrowest open by {found.narrowest} at least",
                whole <= SECONDS and not found.certain and not found.narrow,
            ),
            _rows_told(told, released),
            _figures_in_method(first, found, released),
            Line("items without weights, in standard errors", "-", _cost_of_no_weights(told), True),
        ]
    )


def _rows_told(told: Told, released: Released) -> Line:
    """The rows of units told, statements included, beside those that the first version can have shown at most."""
    inside = sum(row.state == SHOWN for plan in attack(told).plans.values() for row in plan.sums)
    said = sum((row.rate, row.at_least, row.at_most) != (None, None, None) for row in released.units.rows)
    return Line("rows of units told", f">= {inside} inside the first version's bounds", f"{said}", said >= inside)


def _figures_in_method(first: AuditReport, found: AuditReport, released: Released) -> Line:
    """Whether docs/method.md says of the example county what came out now."""
    summary = released.record.summary
    said = " ".join(METHOD.read_text(encoding="utf-8").split())
    figures = (
        f"{found.counts:,} counts are tried, {found.programs} of them by more than swaps",
        f"the rules for cells alone leave {first.narrow} too narrow",
        f"with {len(released.record.taken_back)} of {summary.rows} rows taken back none is",
        f"stays open by {100 * (found.narrowest or 0):.0f} points at least",
    )
    missing = [figure for figure in figures if figure not in said]
    return Line(
        "figures of the example county in docs/method.md", "as they are", "; ".join(missing or ("all",)), not missing
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
