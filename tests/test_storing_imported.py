"""Answers from files into an open round: sealed, whole or not at all, never twice, and nothing kept that tells them."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import blake2b, md5, sha1, sha256
from multiprocessing import get_context
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from analysis.sample.design import read_design, write_design
from questionnaires.paper import load_paper
from questionnaires.vocabulary import CodeKind, Mode
from survey_app.closing.close import close_round
from survey_app.closing.evaluation import with_modes
from survey_app.closing.round_tables import load_bursts
from survey_app.codes.issuing import void_batches
from survey_app.core.audit import load_audit
from survey_app.core.db import connect
from survey_app.core.errors import ConflictError, SurveyError
from survey_app.core.models import Batch, Box, Ledger, RemarkBox, Round, Spent
from survey_app.frame.sheets import Mapping, Upload
from survey_app.imported_forms.form_files import FormFiles
from survey_app.imported_forms.intake_lines import intake_lines, unit_lines
from survey_app.imported_forms.row_sums import sums_path
from survey_app.imported_forms.storing_imported import Intake, look_at_forms, store_imported
from survey_app.rounds.opening import set_paused
from survey_app.rounds.round_rows import find_round
from survey_app.watching.status import load_status
from tests.county import NOW, PLAN, answer, issue, open_county
from tests.keyring import keys_of, open_own
from tests.postgresql import engine_mostly_sqlite

__all__ = ["engine_mostly_sqlite"]

ITEMS = load_paper("social-2026").item_ids
HEADS = ("序号", "调查对象", "单位", "班级", *ITEMS)
WORDS = {"5": "非常满意", "4": "满意", "3": "基本满意", "2": "不满意", "1": "非常不满意", "9": "不了解", "0": ""}
ANSWERS = "54321954321954325"
CLASS = ("家长", "P01", "三年级1班")
Row = Sequence[object]


@pytest.fixture
def store(engine: Engine) -> Engine:
    open_county(engine, replace(PLAN, remarks=True))
    return engine


def row(number: object, answers: str = ANSWERS, place: Sequence[str] = CLASS) -> list[object]:
    return [number, *place, *(WORDS[digit] for digit in answers)]


def upload(*rows: Row, name: str = "答卷.csv", heads: Row = HEADS) -> Upload:
    lines = [",".join(map(str, line)) for line in (heads, *rows)]
    return Upload(name=name, content="\n".join(lines).encode())


def take(store: Engine, *files: Upload, now=NOW, mapping: Mapping | None = None) -> Intake:
    asked = FormFiles(files=files, mapping=mapping or Mapping())
    return store_imported(store, asked, keys=keys_of(store), actor="王", now=now)


def count(store: Engine, *tables: type) -> list[int]:
    with Session(store) as session:
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def opened(store: Engine) -> Counter[str]:
    return Counter(form.answers for form in open_own(store))


def test_every_row_is_a_box_like_any_other_with_its_mode_inside(store: Engine) -> None:
    intake = take(store, upload(row(1), row(2, "4" * 17), row(1, place=("教师", "P02", ""))))
    assert intake.fresh.total() == 3
    forms = open_own(store)
    assert Counter(form.answers for form in forms) == {ANSWERS: 2, "4" * 17: 1}
    assert {form.mode for form in forms} == {Mode.IMPORTED}
    assert {form.paper for form in forms} == {"social-2026", "staff-2026"}
    assert count(store, Box, RemarkBox) == [3, 3]


def test_imported_forms_have_a_kind_of_batch_of_their_own(store: Engine) -> None:
    take(store, upload(row(1), row(2)))
    take(store, upload(row(3), name="第二批.csv"))
    with Session(store) as session:
        [batch] = session.scalars(select(Batch))
        assert (batch.kind, batch.codes, batch.issued) == (CodeKind.IMPORTED, 3, 3)
        assert session.scalar(select(func.sum(Ledger.n)).where(Ledger.batch_id == batch.id)) == 3
        assert load_status(session, find_round(session), now=PLAN.closes).forms == 3


def test_who_has_a_code_is_not_counted_as_issued_twice(store: Engine) -> None:
    with Session(store) as session, session.begin():
        issue(session, "P01", "class")
    take(store, upload(row(1), row(2, place=("教师", "P01", ""))))
    with Session(store) as session:
        batches = session.scalars(select(Batch).where(Batch.kind == CodeKind.IMPORTED).order_by(Batch.id))
        assert sorted(batch.issued for batch in batches) == [0, 1]


def test_voiding_codes_leaves_imported_forms_and_they_are_no_burst(store: Engine) -> None:
    take(store, upload(*(row(number) for number in range(1, 12))))
    with Session(store) as session, session.begin():
        [batch] = session.scalars(select(Batch))
        assert load_bursts(session, find_round(session)).empty
        void_batches(session, [batch.frame_row_id], actor="王", now=NOW)
        assert batch.state != "void"
        codes = issue(session, "P01", now=NOW)
        assert {code.group for code in codes} == {"parent", "student", "teacher"}


def test_the_same_row_of_a_platform_comes_in_once_however_often_its_file_does(store: Engine) -> None:
    take(store, upload(row(1), row(2)))
    again = take(store, upload(row(1), row(2), row(3), name="又一次下载.csv"))
    assert (again.fresh.total(), again.known.total()) == (1, 2)
    assert any("以前已导入、没有再读入的2份：家长2份" in line for line in intake_lines(again))
    assert count(store, Box) == [3]


def test_the_same_file_is_refused_under_another_name_also_without_numbers(store: Engine) -> None:
    plain = upload(row("")[1:], row("", "4" * 17)[1:], heads=HEADS[1:])
    take(store, plain)
    with pytest.raises(ConflictError, match="以前已经导入过"):
        take(store, replace(plain, name="答卷(1).csv"))
    assert count(store, Box) == [2]


def test_two_files_of_one_upload_with_the_same_bytes_are_one(store: Engine) -> None:
    one = upload(row(1), row(2))
    intake = take(store, one, replace(one, name="答卷(1).csv"))
    assert intake.fresh.total() == 2
    assert any("是同一份，只用一次" in line for line in intake_lines(intake))


def test_a_row_in_two_files_of_one_upload_is_used_once_and_one_number_for_two_forms_is_asked(store: Engine) -> None:
    intake = take(store, upload(row(1), row(2)), upload(row(2), row(3), name="二.csv"))
    assert (intake.fresh.total(), len(intake.read.twins)) == (3, 1)
    with pytest.raises(SurveyError, match="内容却不同") as refused:
        take(store, upload(row(7), row(7, "4" * 17), name="三.csv"))
    assert not any(word in str(refused.value) for word in WORDS.values() if word)
    assert count(store, Box) == [3]


def test_two_surveys_that_number_alike_are_told_apart_by_their_source(store: Engine) -> None:
    take(store, upload(row(1)), mapping=Mapping(source="家长会"))
    assert take(store, upload(row(1), row(2), name="二.csv"), mapping=Mapping(source="家访")).fresh.total() == 2


def test_rows_without_a_number_are_compared_inside_the_upload_and_only_told(store: Engine) -> None:
    intake = take(store, upload(row(""), row(""), row("", "4" * 17)))
    assert (intake.fresh.total(), intake.read.alike) == (3, 1)
    assert any("有1行与另一行各项都相同，照数计入" in line for line in intake_lines(intake))


def test_rows_in_are_rows_stored_and_rows_left_out_by_name(store: Engine) -> None:
    take(store, upload(row(1)))
    intake = take(store, upload(row(1), row(2), row(2), row(3, "0" * 17), name="二.csv"))
    parts = (intake.fresh.total(), intake.known.total(), len(intake.read.twins), len(intake.read.blank))
    assert (intake.read.rows, parts) == (4, (1, 1, 1, 1))
    assert [line for line in intake_lines(intake) if "第5行" in line and "一题也没有作答" in line]


def test_more_forms_than_a_class_has_people_are_refused_also_over_two_files(store: Engine) -> None:
    take(store, upload(*(row(number) for number in range(30))))
    with pytest.raises(ConflictError, match="共40人，以前导入过30份，这次又有11份"):
        take(store, upload(*(row(number) for number in range(30, 41)), name="二.csv"))
    assert count(store, Box) == [30]


def test_what_is_told_of_answers_are_counts_and_never_an_answer_or_a_sum(store: Engine) -> None:
    intake = take(store, upload(row(1), row(2, "1" * 17), row(3, place=("人大代表", "甲镇代表团", ""))))
    told = "\n".join((*intake_lines(intake), *unit_lines(intake)))
    assert "家长2份、人大代表1份" in told
    assert "家长　P01　2份" in told
    assert not any(word in told for word in WORDS.values() if word)
    with pytest.raises(SurveyError) as refused:
        take(store, upload(row(4), [5, *CLASS, *["好极了"] * 17], name="三.csv"))
    assert "好极了" not in str(refused.value)
    assert "E列“virtue_1”等17列：" in str(refused.value)
    assert "17处，第3行" in str(refused.value)
    with pytest.raises(SurveyError, match="“家长 P09”不在可以收答卷的范围内"):
        take(store, upload(row(6, place=("家长", "P09", "")), name="四.csv"))


def test_a_school_by_its_full_name_is_its_code_and_a_short_name_is_asked_for(store: Engine) -> None:
    intake = take(store, upload(row(1, place=("家长", "第一小学", "三年级1班"))))
    assert any("第一小学（P01）" in note for note in intake.read.notes)
    short = upload(row(2, place=("家长", "一小", "三年级1班")), name="二.csv")
    with pytest.raises(SurveyError, match="“一小”是不是“第一小学”（P01）？"):
        take(store, short)
    confirmed = Mapping(values={"unit": {"一小": "P01"}})
    assert take(store, short, mapping=confirmed).fresh.total() == 1
    again = upload(row(2, place=("家长", "P01", "三年级1班")), row(3), name="三.csv")
    assert take(store, again).known.total() == 1


@pytest.mark.parametrize("when", [PLAN.opens - timedelta(minutes=1), PLAN.closes])
def test_only_an_open_round_takes_answers(store: Engine, when) -> None:
    with pytest.raises(ConflictError, match="现在不收答卷"):
        take(store, upload(row(1)), now=when)


def test_a_paused_round_takes_none_and_nothing_is_left(store: Engine) -> None:
    with Session(store) as session, session.begin():
        set_paused(session, find_round(session), True, actor="王", now=NOW)
    with pytest.raises(ConflictError):
        take(store, upload(row(1)))
    assert count(store, Box, Spent, Batch, Ledger) == [0, 0, 0, 0]


def test_looking_at_a_file_writes_nothing_and_tells_the_same(store: Engine) -> None:
    take(store, upload(row(1)))
    before = count(store, Box, Spent, Batch, Ledger)
    file = upload(row(1), row(2), name="二.csv")
    with Session(store) as session:
        asked = FormFiles(files=[file], mapping=Mapping())
        seen = look_at_forms(session, asked, keys=keys_of(store), now=NOW)
    assert count(store, Box, Spent, Batch, Ledger) == before
    assert list(intake_lines(seen)) == list(intake_lines(take(store, file)))


def test_without_the_key_of_earlier_imports_nothing_is_taken_that_might_be_there(store: Engine) -> None:
    take(store, upload(row(1)))
    with Session(store) as session:
        path = sums_path(keys_of(store), find_round(session).public_key or b"")
    path.rename(path.with_suffix(".away"))
    with pytest.raises(ConflictError, match=path.name):
        take(store, upload(row(2), name="二.csv"))
    path.with_suffix(".away").rename(path)


def test_the_key_goes_when_the_round_is_closed_and_the_forms_are_counted(store: Engine) -> None:
    with Session(store) as session, session.begin():
        answer(session, [code for code in issue(session, "P02") if code.group == "parent"][:20])
    take(store, upload(*(row(number) for number in range(12))))
    with Session(store) as session:
        path = sums_path(keys_of(store), find_round(session).public_key or b"")
    assert path.exists()
    closed = close_round(store, None, keys=keys_of(store), actor="test", now=PLAN.closes)
    assert not path.exists()
    assert closed.remains == ()
    assert closed.published.estimate.received == 32
    assert (closed.published.status.imported, closed.published.status.codings) == (12, ("text",))
    with Session(store) as session:
        round_ = session.scalars(select(Round)).one()
        design = with_modes(round_, closed.published.status, None)
    assert design
    assert design.modes == (Mode.IMPORTED,)
    assert read_design(write_design(design)) == design
    assert count(store, Spent) == [0]


def test_the_audit_tells_how_many_and_not_from_where(store: Engine) -> None:
    take(store, upload(row(1), row(2)))
    with Session(store) as session:
        last = load_audit(session)[-1]
    assert (last.action, last.detail) == ("import_forms", {"forms": 2, "known": 0, "files": 1, "coding": "text"})


def digests(content: bytes) -> list[bytes]:
    return [
        *(make(content).digest() for make in (md5, sha1, sha256)),
        *(blake2b(content, digest_size=size).digest() for size in (15, 16, 20, 32, 64)),
    ]


@pytest.fixture
def files(store: Engine, request: pytest.FixtureRequest) -> Callable[[], list[bytes]]:
    """Everything on disk that was written from now on: tables, write-ahead files, and the keys of the store."""
    folder = Path(str(store.url.database)).parent
    if store.dialect.name == "postgresql":
        folder = request.getfixturevalue("cluster").data
    began = time.time() - 1

    def read() -> list[bytes]:
        if store.dialect.name == "postgresql":
            with store.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("CHECKPOINT")
        paths = [path for home in {folder, keys_of(store)} for path in home.rglob("*") if path.is_file()]
        return [path.read_bytes() for path in paths if path.stat().st_mtime >= began]

    return read


def test_neither_answers_nor_a_digest_of_row_form_or_body_are_in_the_stores_files(
    store: Engine, files: Callable[[], list[bytes]]
) -> None:
    kept = upload(row(1, "15243152431524315"))
    with store.begin() as connection:  # what the search finds
        connection.execute(update(Round).values(document=f"{sha256(kept.content).hexdigest()}15243152431524315"))
    given = ("13524135241352413", "51423514235142351")
    file = upload(row(1, given[0]), row(2, given[1]))
    take(store, file)
    found = files()
    assert any(sha256(kept.content).hexdigest().encode() in data for data in found)
    assert any(b"15243152431524315" in data for data in found)
    assert any(b"import_forms" in data for data in found)
    secrets = [*(answers.encode() for answers in given), *file.content.splitlines()[1:], file.content]
    sums = [digest for secret in secrets for digest in digests(secret)]
    wanted = [*secrets, *sums, *(digest.hex().encode() for digest in sums)]
    assert not [secret for secret in wanted if any(secret in data for data in found)]


def import_in_a_child(url: str, asked: FormFiles, keys: Path) -> None:
    """Import in whatever process this is."""
    engine = connect(url)
    store_imported(engine, asked, keys=keys, actor="王", now=NOW)
    engine.dispose()


@pytest.mark.parametrize("times", [4, pytest.param(40, marks=pytest.mark.soak)])
def test_an_import_that_is_killed_leaves_all_of_a_file_or_nothing(store: Engine, times: int) -> None:
    url = store.url.render_as_string(hide_password=False)
    random = Random(3)
    whole = 0
    for attempt in range(times):
        places = [("家长", "P01", "三年级1班"), ("家长", "P02", "七年级1班"), ("教师", "P01", "")]
        rows = [row(f"{attempt}-{n}", place=places[n % 3]) for n in range(6)]
        asked = FormFiles(files=[upload(*rows, name=f"{attempt}.csv")], mapping=Mapping())
        store.dispose()
        child = get_context("fork").Process(target=import_in_a_child, args=(url, asked, keys_of(store)))
        child.start()
        child.join(random.uniform(0, 0.5))
        child.kill()
        child.join()
        boxes, remarks, spent = count(store, Box, RemarkBox, Spent)
        whole = boxes // len(rows)
        assert (boxes, remarks, spent) == (whole * 6, whole * 6, whole * 7)
        with Session(store) as session:
            assert (session.scalar(select(func.sum(Ledger.n))) or 0) == boxes
            assert (session.scalar(select(func.sum(Batch.codes))) or 0) == boxes
    asked = FormFiles(files=[upload(row("after"), name="after.csv")], mapping=Mapping())
    import_in_a_child(url, asked, keys_of(store))
    assert count(store, Box) == [whole * 6 + 1]


def test_pupils_words_are_read_by_the_paper_of_the_round(engine: Engine) -> None:
    open_county(engine, replace(PLAN, papers=("social-2027", "staff-2027", "student-2027")))
    words = dict(zip("543219", ("完全是", "是", "差不多是", "不太是", "不是", "不清楚"), strict=True))
    pupil = [1, "学生", *CLASS[1:], *(words[digit] for digit in ANSWERS)]
    take(engine, upload(pupil, row(2)))
    assert opened(engine) == {ANSWERS: 2}
