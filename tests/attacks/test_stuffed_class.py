"""One phone fills a class with exactly as many forms as it has people, with varied answers."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_bytes

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from analysis.published import Published
from questionnaires.frozen import find_frozen
from questionnaires.integrity_limits import FULL_CHECKS
from questionnaires.pack import read_pack
from questionnaires.rule import FOLDER, Rule
from questionnaires.school_year import SchoolYear
from reports.checking.checker import check_document, check_written
from reports.checking.document_reading import Written
from reports.checking.published_round import PublishedRound
from reports.checking.tightening import tighten
from reports.document.web import render_html
from reports.evidence.bundle_check import check_bundle
from reports.report.section import section
from reports.screen.rows import tell_findings
from reports.screen.views import results_of
from survey_app.answering import DayCounts, Submission, find_access, new_number, store_forms
from survey_app.closing import evaluation
from survey_app.closing.close import close_round
from survey_app.codes.issuing import issue_codes
from survey_app.frame.schools import store_frame
from survey_app.results.documents import facts_of
from survey_app.results.releasing import release_bundle
from survey_app.rounds.opening import PAPERS, RoundPlan, open_round
from survey_app.rounds.round_rows import find_round
from tests.keyring import keys_of

OPENS = datetime(2025, 11, 20, 8)
CLOSES = OPENS + timedelta(days=4)
RELEASED = CLOSES + timedelta(days=3)
PEOPLE, CAME = 40, 18
CLASSES = [(unit, f"{grade}年级{number}班") for unit in ("P01", "P02", "P03") for grade in "三四" for number in "12"]
STUFFED = "class/P01/三年级1班"
SHIPPED = "5dafaeea3899f38c20e6e3fdb4d8627d3ef92a269e771beea6e2f15cb7a84271"
"""quality-2024 as the release before shipped it."""


def hold(engine: Engine, network: str | None, sent: int = PEOPLE) -> None:
    """Every class answers as people do, over three days and from networks of their own, but the first.

    `network`: whence the `sent` forms of it came in one evening; "": they come as those of the others; None: it
    answers as the others do.
    """
    frame = pd.DataFrame(CLASSES, columns=["unit", "class"])
    frame = frame.assign(
        group="parent", grade=3.0, stage="primary", population=PEOPLE, invited=PEOPLE, locale="town", township=""
    )
    plan = RoundPlan(
        county="青山区", organiser="督导室", population=40_000, population_source="普查", school_year=SchoolYear(2025),
        standard="national-2017", rule="quality-2024", papers=PAPERS, opens=OPENS, closes=CLOSES,
    )  # fmt: skip
    counts = DayCounts(OPENS)
    drawn = np.random.default_rng(20)
    with Session(engine) as session, session.begin():
        store_frame(session, frame, actor="test", now=OPENS)
        round_ = open_round(session, plan, keys=keys_of(engine), actor="test", now=OPENS)
        codes = issue_codes(session, round_, "class", actor="test", now=OPENS, random=token_bytes)
        for code in codes:
            stuffed = network is not None and f"class/{code.unit}/{code.class_name}" == STUFFED
            forms = sent if stuffed else CAME
            varied = np.clip(np.round(4 + drawn.normal(0, 0.9, (forms, 1)) + drawn.normal(0, 0.8, (forms, 17))), 1, 5)
            for number, answers in enumerate(varied.astype(int).tolist()):
                at = OPENS + (
                    timedelta(minutes=600 + number // 2) if stuffed and network else timedelta(hours=2 * number)
                )
                came_from = network if stuffed and network else f"10.{code.unit}.{number}"
                phone = new_number(token_bytes)
                access = find_access(session, code.code, phone, at)
                form = Submission(access, phone, "".join(map(str, answers)), at)
                assert store_forms(session.connection(), [form]) == ["stored"]
                counts.count(access.batch_id, str(came_from), at)
    counts.end(CLOSES)
    counts.store(engine, CLOSES - timedelta(minutes=1))


def close(engine: Engine) -> Published:
    return close_round(engine, None, keys=keys_of(engine), actor="test", now=CLOSES).published


def evaluate_by(digest: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Close by the rule whose file once had these bytes."""
    shipped = find_frozen(FOLDER, digest)
    assert shipped
    named = Path(shutil.copy(shipped, folder / "quality-2024.toml"))
    monkeypatch.setattr(evaluation, "load_rule", lambda _: read_pack(named, Rule))


def read_back(engine: Engine, folder: Path, published: Published, told: str, *, findings: int) -> None:
    """The bundle verifies; the report says `told` where there are findings; a wrong count in it is noticed."""
    with Session(engine) as session:
        bundle = release_bundle(session, find_round(session), folder, ["甲", "乙"], actor="test", now=RELEASED)
        facts = facts_of(find_round(session))
    assert check_bundle(bundle.read_bytes()) == []

    page = folder / "page.html"
    page.write_text(render_html(section(facts, results_of(published))), encoding="utf-8")
    assert (told in tighten(page.read_text(encoding="utf-8"))) == bool(findings)
    round_ = PublishedRound(facts=facts, published=published)
    assert check_document(page, round_) == []
    assert [shown.name for shown in tell_findings(published.estimate, {})] == ["P01 三年级1班"] * findings
    assert len(list(check_written(Written([told.replace("1", "2", 1)], []), round_))) == 1


@pytest.mark.parametrize(("way", "found"), [("old", []), ("new", list(FULL_CHECKS))])
def test_a_class_filled_to_its_size_by_one_phone_showed_nowhere_the_old_way_and_is_listed_the_new(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str, found: list[str]
) -> None:
    if way == "old":
        evaluate_by(SHIPPED, tmp_path, monkeypatch)
    hold(sqlite_engine, "203.0.113")
    published = close(sqlite_engine)
    outcome = published.estimate.integrity
    assert [row.check for row in outcome.findings if row.place == STUFFED] == found
    assert {row.place for row in outcome.findings} <= {STUFFED}
    assert (outcome.flagged, published.estimate.received) == (0, PEOPLE + 11 * CAME)
    assert [outcome.checks[name].listed_forms for name in found] == [PEOPLE] * len(found)
    choices = [choice.name for choice in published.estimate.sensitivity]
    assert ("without_full" in choices) == bool(found)
    told = "有1个班几乎人人有答卷，并且集中在短时间内、来自少数网络或远多于同校其他班，列出备查"
    read_back(sqlite_engine, tmp_path, published, told, findings=len(found))
