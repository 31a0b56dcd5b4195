"""What leaves the house after close for other programs: the published tables, and single forms for a purpose."""

from datetime import datetime
from pathlib import Path

import numpy as np
from sqlalchemy.orm import Session

from analysis.disclosure.forms_file import forms_to_show
from questionnaires.paper import load_paper
from questionnaires.rule import load_rule
from reports.exports.export_tables import forms_table, published_tables
from reports.exports.formats import write_export
from survey_app.closing.round_tables import load_compared, load_forms
from survey_app.core.audit import record
from survey_app.core.errors import ConflictError, Fact, SurveyError
from survey_app.core.models import Round
from survey_app.results.releasing import check_not_purged


def export_round(
    session: Session,
    round_: Round,
    out: Path,
    format_: str,
    *,
    forms: bool = False,
    purpose: str = "",
    actor: str,
    now: datetime,
    rng: np.random.Generator,
) -> list[Path]:
    """Write the published tables of a closed round, with `forms` the single forms too; the audit says what for.

    Raises SurveyError for forms without a purpose, ConflictError or NotFoundError before the round is closed.
    """
    published = load_compared(session, round_)
    if published.units is None:
        raise ConflictError(f"调查批次 {round_.name} 结束时没有公布单位结果，不能导出。")
    check_purpose(forms, purpose)
    papers = [load_paper(name) for name in round_.papers]
    tables = published_tables(published, papers)
    if forms:
        check_not_purged(session, round_)
        rule = load_rule(round_.rule)
        shown = forms_to_show(load_forms(session, round_), published.estimate, papers[0], rule, rng)
        tables.append(forms_table(shown, papers))
    about = {"format": format_, "forms": forms, "purpose": purpose.strip()}
    record(session, actor, "export", f"round {round_.name}", at=now, **about)
    return write_export(out, format_, tables, round_.closes.date())


def check_purpose(forms: bool, purpose: str) -> None:
    """Raise SurveyError for single forms without a purpose."""
    if forms and not purpose.strip():
        raise SurveyError(Fact("purpose_missing", "导出答卷须写明用途，用途会记入操作记录。"))
