"""The audit of what a closed round publishes, from what the store keeps of it."""

from msgspec.structs import replace
from sqlalchemy.orm import Session

from analysis.disclosure.headline_steps import PLACES
from analysis.disclosure.hidden_refusals import find_refusals
from analysis.disclosure.rounding import printed_band
from analysis.release.auditing import Attacked, AuditReport, Tell, audit_release
from analysis.release.group_release import plan_groups
from reports.evidence.bundle import published_texts
from reports.evidence.bundle_check import read_sealed
from survey_app.closing.closing_minute import EVIDENCE
from survey_app.closing.round_tables import load_compared, load_forms, load_parts
from survey_app.core.errors import NotFoundError
from survey_app.core.models import Published, Round
from survey_app.rounds.round_rows import was_purged
from survey_app.rounds.round_words import ROUND_WORDS


def audit_round(session: Session, round_: Round, *, sample: int, seed: int, tell: Tell | None = None) -> AuditReport:
    """Attack everything that a closed round publishes; `sample` counts of units, 0 for all.

    `tell` hears after each count how many of how many are done.

    Raises NotFoundError before the round is closed, where it was closed before releases were audited, and where forms
    and evidence are gone.
    """
    published = load_compared(session, round_)
    evidence = session.get(Published, (round_.id, EVIDENCE))
    if evidence is None or published.release is None or published.units is None or was_purged(session, round_):
        raise NotFoundError(ROUND_WORDS.no_release.format(round=round_.name))
    sealed = read_sealed(evidence.content | published_texts(load_parts(session, round_), published.units))
    paper = sealed.packs.papers[0]
    rule = sealed.packs.rule
    survey = sealed.survey._replace(sent_in=published.release.sent_in or {})
    rate = published.estimate.county.rate
    county = (0.0, 1.0) if rate is None else printed_band(rate, PLACES[published.release.county_step])
    attacked = Attacked(
        survey=survey,
        forms=load_forms(session, round_),
        plans=plan_groups(survey, rule, paper, published.release.taken_back),
        county=county,
        rule=rule,
        paper=paper,
    )
    hidden = find_refusals(
        published.status, published.estimate.groups, published.units.rows, published.release, rule.smallest
    )
    known = tuple(refusals for refusals in hidden if refusals.is_certain)
    return replace(audit_release(attacked, sample=sample, seed=seed, tell=tell), refusals=known)
