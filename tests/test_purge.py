from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from secrets import token_bytes
from typing import NamedTuple

import numpy as np
import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from questionnaires.rule import load_rule
from questionnaires.vocabulary import JobKind
from survey_app.answering import Submission, find_access, hash_code, new_number, store_forms
from survey_app.answering.code_text import hash_holder
from survey_app.closing.close import close_round
from survey_app.closing.round_tables import load_parts
from survey_app.codes.issuing import issue_codes
from survey_app.core.audit import load_audit
from survey_app.core.errors import ConflictError
from survey_app.core.models import Batch, Box, Code, DayCount, Form, FrameRow, Job, Ledger, Published, Remark, Spent
from survey_app.core.settings import Settings
from survey_app.jobs.job_rows import ask_job
from survey_app.jobs.job_work import run_job
from survey_app.results.exporting import export_round
from survey_app.results.releasing import release_bundle
from survey_app.rounds.opening import open_round
from survey_app.rounds.round_rows import find_round
from survey_app.upkeep.purge import purge_round
from tests.attacks.pairing import find_all
from tests.county import NOW, PLAN, answer, issue, open_county
from tests.keyring import keys_of
from tests.postgresql import ON_POSTGRESQL_IN_SOAK

COPIED = ("group", "unit", "class_name", "grade", "population", "invited", "stage", "locale", "township")
GONE = PLAN.closes.replace(year=PLAN.closes.year + load_rule(PLAN.rule).retention_years.value)


class Tokens(NamedTuple):
    """What people left, as it lies in files; tokens of one kind are of one length."""

    answers: list[bytes]
    hashes: list[bytes]
    remarks: list[bytes]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "data", "", "http://survey.example")


@pytest.fixture
def planted(engine: Engine) -> Tokens:
    """All that people left in a closed round: answers, remarks, hashes of codes and phones, as they lie in files."""
    open_county(engine)
    random, left = Random(7), Tokens([], [], [])
    with Session(engine) as session, session.begin():
        codes = issue_codes(session, find_round(session), "slip", actor="test", now=NOW, random=token_bytes)
        for code in codes:
            answers, remark = "".join(random.choices("12345", k=17)), f"意见{random.getrandbits(64):016x}"
            number = new_number(token_bytes)
            access = find_access(session, code.code, number, NOW)
            sent = Submission(access, number, answers, NOW, "" if code.group == "student" else remark)
            assert store_forms(session.connection(), [sent]) == ["stored"]
            left.answers.append(answers.encode())
            left.hashes.extend([hash_code(code.code), hash_holder(number)])
            left.remarks.append(remark.encode())
    return left


@pytest.fixture
def files(engine: Engine, request: pytest.FixtureRequest) -> Callable[[], Iterator[bytes]]:
    """Reads every file of the store."""
    if engine.dialect.name == "postgresql":
        folder = request.getfixturevalue("cluster").data
    else:
        folder = Path(str(engine.url.database)).parent
    return lambda: (path.read_bytes() for path in folder.rglob("*") if path.is_file())


def close(engine: Engine) -> None:
    close_round(engine, None, keys=keys_of(engine), actor="test", now=PLAN.closes)


def traces(files: Callable[[], Iterator[bytes]], left: Tokens) -> int:
    """How often anything that was left behind is in any file."""
    return sum(len(find_all(data, kind)) for data in files() if len(data) > 1 for kind in left)


def count(engine: Engine, model: type) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_after_its_retention_period_nothing_that_people_sent_is_in_any_file(
    engine: Engine, planted: Tokens, settings: Settings, files: Callable[[], Iterator[bytes]]
) -> None:
    close(engine)
    with closing(engine.raw_connection()) as connection:  # the planner samples values, as it does by itself in time
        connection.cursor().execute("ANALYZE")
        connection.commit()
    assert traces(files, planted) > 0
    with Session(engine) as session, session.begin():
        batch = session.scalars(select(Batch.id)).first()
        session.add(DayCount(batch_id=batch, since=NOW, forms=12, quarter=4))
    done = purge_round(engine, settings, None, actor="test", now=GONE)
    assert done.remains == ()
    assert [count(engine, model) for model in (Form, Remark, Spent, Code, DayCount)] == [0, 0, 0, 0, 0]
    assert traces(files, planted) == 0
    engine.dispose()
    assert traces(files, planted) == 0


@ON_POSTGRESQL_IN_SOAK
def test_what_was_published_and_counted_stays_and_the_audit_tells(
    engine: Engine, planted: Tokens, settings: Settings
) -> None:
    close(engine)
    with Session(engine) as session:
        before = load_parts(session, find_round(session))
    kept = [count(engine, model) for model in (Ledger, FrameRow)]
    purge_round(engine, settings, None, actor="test", now=GONE)
    with Session(engine) as session:
        assert load_parts(session, find_round(session)) == before
        assert session.get(Published, (find_round(session).id, "evidence")) is None
        last = load_audit(session)[-1]
    assert [count(engine, model) for model in (Ledger, FrameRow)] == kept
    assert (last.actor, last.action, last.subject) == ("test", "purge", "round 2025-1")
    assert last.detail["form"] == last.detail["code"] == len(planted.answers)
    assert last.detail["spent"] == 0


@ON_POSTGRESQL_IN_SOAK
def test_nothing_is_purged_while_the_round_is_open_or_its_period_runs(
    engine: Engine, planted: Tokens, settings: Settings
) -> None:
    with pytest.raises(ConflictError, match="还没有结束"):
        purge_round(engine, settings, None, actor="test", now=GONE)
    close(engine)
    with pytest.raises(ConflictError, match=f"{GONE:%Y-%m-%d}"):
        purge_round(engine, settings, None, actor="test", now=GONE - timedelta(seconds=1))
    assert count(engine, Form) == len(planted.answers)


@ON_POSTGRESQL_IN_SOAK
def test_a_purge_leaves_other_rounds_alone(engine: Engine, planted: Tokens, settings: Settings) -> None:
    close(engine)
    with Session(engine) as session, session.begin():
        for row in session.scalars(select(FrameRow)):
            session.add(FrameRow(**{c: getattr(row, c) for c in COPIED}, round_id=None, place_id=None))
    later = replace(PLAN, opens=GONE, closes=GONE + timedelta(days=4))
    with Session(engine) as session, session.begin():
        open_round(session, later, keys=keys_of(session.get_bind()), actor="test", now=GONE)
        codes = issue(session, "P01")
        answer(session, codes[:20], GONE)
    purge_round(engine, settings, "2025-1", actor="test", now=GONE + timedelta(days=1))
    assert [count(engine, model) for model in (Form, Box, Spent, Code)] == [0, 20, 20, len(codes)]


@ON_POSTGRESQL_IN_SOAK
def test_files_that_nobody_took_go_as_well(engine: Engine, planted: Tokens, settings: Settings) -> None:
    close(engine)
    with Session(engine) as session, session.begin():
        job_id = ask_job(session, JobKind.REPORT, find_round(session), actor="test", now=NOW).id
    run_job(engine, settings, job_id, lambda: NOW)
    purge_round(engine, settings, None, actor="test", now=GONE)
    assert not list((settings.folder / "jobs").iterdir())
    with Session(engine) as session:
        assert session.get_one(Job, job_id).file == ""


def test_a_purge_that_was_cut_short_is_finished_by_calling_again(
    engine: Engine, planted: Tokens, settings: Settings
) -> None:
    close(engine)
    purge_round(engine, settings, None, actor="test", now=GONE)
    assert purge_round(engine, settings, None, actor="test", now=GONE).rows["form"] == 0


@ON_POSTGRESQL_IN_SOAK
def test_after_a_purge_forms_and_evidence_are_refused_in_a_sentence(
    engine: Engine, planted: Tokens, settings: Settings, tmp_path: Path
) -> None:
    close(engine)
    purge_round(engine, settings, None, actor="test", now=GONE)
    about = {"actor": "test", "now": GONE}
    with Session(engine) as session:
        round_, rng = find_round(session), np.random.default_rng(1)
        assert export_round(session, round_, tmp_path, "csv", rng=rng, **about)
        with pytest.raises(ConflictError, match="保存期已满"):
            export_round(session, round_, tmp_path, "csv", forms=True, purpose="研究", rng=rng, **about)
        with pytest.raises(ConflictError, match="保存期已满"):
            release_bundle(session, round_, tmp_path, ["甲", "乙"], **about)
