"""Who owns the server changes a closed round and its audit, and makes every sum anew: the minute on paper finds it."""

import json
import random
import shutil
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.orm import Session

from analysis.published import Units, read_published
from questionnaires.vocabulary import Group
from reports.evidence.bundle import build_bundle, published_texts
from reports.evidence.bundle_check import check_bundle
from reports.evidence.evidence_texts import digest
from reports.evidence.minute_record import MinuteRecord, check_record, minute_sum, write_record
from survey_app.cli import survey
from survey_app.closing.closing_minute import (
    EVIDENCE,
    find_changes,
    find_minute,
    sum_boxes,
    sum_forms,
    sum_parts,
    verify_store,
)
from survey_app.closing.fixed_rows import sum_rows
from survey_app.closing.round_record import describe_round
from survey_app.closing.round_tables import load_parts
from survey_app.core.audit import NO_LINK, find_breaks, next_link
from survey_app.core.db import connect
from survey_app.core.errors import ConflictError
from survey_app.core.models import Audit, AuditLink, BoxNumber, Form, FrameRow, Ledger, Place, Published, Remark, Round
from survey_app.rounds.round_rows import find_round
from tests.conftest import copy_store, drop_triggers
from tests.test_closing import close, hold
from tests.test_releasing import release

PEOPLE = {"parent": 12, "teacher": 12, "deputy": 12}
Manipulation = Callable[[Session, Round, random.Random], None]


@pytest.fixture(scope="module")
def closed_file(tmp_path_factory: pytest.TempPathFactory, sqlite_model: Path) -> Path:
    """A store with a closed round whose owner dropped all that keeps the audit as it was written, to be copied."""
    path = tmp_path_factory.mktemp("closed") / "survey.db"
    shutil.copyfile(sqlite_model, path)
    engine = connect(f"sqlite:///{path}")
    hold(engine, PEOPLE)
    close(engine)
    drop_triggers(engine)
    engine.dispose()
    return path


@pytest.fixture
def closed(closed_file: Path, tmp_path: Path) -> Iterator[Engine]:
    """That store, for one test."""
    with copy_store(closed_file, tmp_path / "data") as engine:
        yield engine


def paper(session: Session) -> str:
    """The sum that stands on the signed minute."""
    minute = find_minute(session, find_round(session))
    assert minute
    return minute_sum(write_record(minute))


def change_figure(session: Session, round_: Round, draw: random.Random) -> None:
    """Another figure somewhere in what is published."""
    row = session.get_one(Published, (round_.id, "recognition"))
    written = json.dumps(row.content)
    places = [place for place, letter in enumerate(written) if letter.isdigit() and written[place - 1] == "."]
    place = draw.choice(places)
    digit = str((int(written[place]) + draw.randrange(1, 10)) % 10)
    row.content = json.loads(written[:place] + digit + written[place + 1 :])


def change_evidence(session: Session, round_: Round, draw: random.Random) -> None:
    """Another digit somewhere in the cells."""
    row = session.get_one(Published, (round_.id, EVIDENCE))
    cells = row.content["cells.csv"]
    place = draw.choice([place for place, letter in enumerate(cells) if letter.isdigit()])
    digit = str((int(cells[place]) + draw.randrange(1, 10)) % 10)
    row.content = row.content | {"cells.csv": cells[:place] + digit + cells[place + 1 :]}


def change_answer(session: Session, round_: Round, draw: random.Random) -> None:
    """Another answer in one form."""
    form = draw.choice(session.scalars(select(Form)).all())
    place = draw.randrange(len(form.answers))
    form.answers = form.answers[:place] + draw.choice("1234") + form.answers[place + 1 :]


def drop_form(session: Session, round_: Round, draw: random.Random) -> None:
    """One form less."""
    key = draw.choice(session.scalars(select(Form.key)).all())
    session.execute(delete(Form).where(Form.key == key))


def add_box(session: Session, round_: Round, draw: random.Random) -> None:
    """A box that nobody sent."""
    number = draw.randbytes(15)
    session.info.setdefault("added", set()).add(number)
    session.execute(insert(BoxNumber).values(id=number, round_id=round_.id))


def drop_box(session: Session, round_: Round, draw: random.Random) -> None:
    """A box that somebody has the receipt of."""
    sent = [number for number in session.scalars(select(BoxNumber.id)) if number not in session.info.get("added", ())]
    number = draw.choice(sent)
    session.execute(delete(BoxNumber).where(BoxNumber.id == number))


def change_actor(session: Session, round_: Round, draw: random.Random) -> None:
    """Somebody else did something before the close."""
    acts = select(Audit.id).where(Audit.id < select(Audit.id).where(Audit.action == "open_boxes").scalar_subquery())
    session.execute(update(Audit).where(Audit.id == draw.choice(session.scalars(acts).all())).values(actor="nobody"))


def drop_act(session: Session, round_: Round, draw: random.Random) -> None:
    """Something that was done before the close was not done."""
    acts = select(Audit.id).where(Audit.id < select(Audit.id).where(Audit.action == "open_boxes").scalar_subquery())
    number = draw.choice(session.scalars(acts).all())
    session.execute(delete(Audit).where(Audit.id == number))
    session.execute(delete(AuditLink).where(AuditLink.audit_id == number))


def change_about(session: Session, round_: Round, draw: random.Random) -> None:
    """The round was another one: not invented, of another office, held in other days."""
    changes = {
        "invented": not round_.invented,
        "organiser": f"{round_.organiser}{draw.randrange(9)}",
        "population_source": "另一来源",
        "approver": f"{draw.randrange(9)}局",
        "document": f"{draw.randrange(9)}号",
        "telephone": f"{draw.randrange(10**8)}",
        "population": round_.population + draw.randrange(1, 1000),
        "opens": round_.opens - timedelta(days=draw.randrange(1, 9)),
        "custody": "shared",
    }
    name = draw.choice(sorted(changes))
    setattr(round_, name, changes[name])


def change_group(session: Session, round_: Round, draw: random.Random) -> None:
    """The forms of a place are another group's."""
    place = draw.choice(session.scalars(select(Place).order_by(Place.id)).all())
    place.group = draw.choice([group.value for group in Group if group not in PEOPLE])


def change_frame(session: Session, round_: Round, draw: random.Random) -> None:
    """More people in a row of the frame than there were."""
    row = draw.choice(session.scalars(select(FrameRow).order_by(FrameRow.id)).all())
    row.population += draw.randrange(1, 100)


def change_ledger(session: Session, round_: Round, draw: random.Random) -> None:
    """More forms than came."""
    row = draw.choice(session.scalars(select(Ledger).order_by(Ledger.batch_id, Ledger.five_minutes)).all())
    row.n += draw.randrange(1, 9)


def add_remark(session: Session, round_: Round, draw: random.Random) -> None:
    """What nobody wrote."""
    session.add(Remark(key=draw.randbytes(16), round_id=round_.id, group="parent", text="很满意。"))


MANIPULATIONS: tuple[Manipulation, ...] = (
    change_figure, change_evidence, change_answer, drop_form, add_box, drop_box, change_actor, drop_act,
    change_about, change_group, change_frame, change_ledger, add_remark,
)  # fmt: skip


def cover_up(session: Session, round_: Round) -> None:
    """Make every sum in the store anew, so that it agrees with itself: those of the close, and the chain."""
    parts = dict(session.execute(select(Published.name, Published.content)).all())
    evidence = parts.pop(EVIDENCE)
    texts = evidence | published_texts(parts, read_published(parts).units or Units())
    seal = session.scalars(select(Audit).where(Audit.action == "seal")).one()
    publish = session.scalars(select(Audit).where(Audit.action == "publish")).one()
    publish.detail = {"sha256": {name: digest(content) for name, content in texts.items()}}
    seal.detail = seal.detail | dict(zip(("boxes", "boxes_sum"), sum_boxes(session, round_), strict=True))
    seal.detail = seal.detail | dict(zip(("forms", "forms_sum"), sum_forms(session, round_), strict=True))
    seal.detail = seal.detail | {"sha256": sum_parts(parts), "sums": sum_rows(session, round_)}
    rows = session.scalars(select(Audit).order_by(Audit.id)).all()
    session.execute(delete(AuditLink))
    link = NO_LINK
    links = {}
    for position, row in enumerate(rows, 1):
        if row is seal:
            before = position - 1 - (publish.id < seal.id) - 1
            seal.detail = seal.detail | {"audit_rows": before, "audit_link": links[before].hex()}
        link = next_link(link, row)
        links[position] = link
        session.add(AuditLink(position=position, audit_id=row.id, link=link))
    session.flush()


def bundle_of(session: Session, round_: Round) -> bytes:
    """The bundle that this store gives, whatever the program would say to it."""
    parts = dict(session.execute(select(Published.name, Published.content)).all())
    evidence = parts.pop(EVIDENCE)
    texts = published_texts(parts, read_published(parts).units or Units())
    return build_bundle(evidence, texts, describe_round(round_), find_minute(session, round_))


def members_of(bundle: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(bundle)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def unfound(engine: Engine, seeds: range) -> Iterator[tuple[int, str]]:
    """The manipulations that neither the store nor its bundle gives away, by their seed."""
    with Session(engine) as session:
        sum_ = paper(session)
        for seed in seeds:
            draw = random.Random(seed)
            round_ = find_round(session)
            chosen = draw.sample(MANIPULATIONS, draw.choice((1, 1, 2, 3)))
            for manipulate in chosen:
                manipulate(session, round_, draw)
            session.flush()
            covered = draw.random() < 0.7
            if covered:
                cover_up(session, round_)
                assert list(find_breaks(session)) == []
                minute = find_minute(session, round_)
                assert minute
                assert list(find_changes(session, round_, minute)) == []
            found = [*find_breaks(session), *verify_store(session, round_, sum_)]
            told = [*check_record(members_of(bundle_of(session, round_)), sum_)] if covered else ["not released"]
            if not found or not told:
                yield seed, " ".join(manipulate.__name__ for manipulate in chosen)
            session.rollback()


def test_forty_manipulations_that_agree_with_themselves_do_not_agree_with_the_minute(closed: Engine) -> None:
    assert list(unfound(closed, range(40))) == []


@pytest.mark.soak
def test_a_thousand_manipulations_by_the_servers_owner_are_all_found(closed: Engine) -> None:
    assert list(unfound(closed, range(1000))) == []


def test_as_it_was_closed_nothing_is_found(closed: Engine) -> None:
    with Session(closed) as session:
        round_ = find_round(session)
        assert list(verify_store(session, round_, paper(session).lower().replace("-", " "))) == []
        assert check_bundle(bundle_of(session, round_), paper(session)) == []


def test_a_bundle_computed_from_changed_answers_fails_with_the_minute_and_passes_without(closed: Engine) -> None:
    with Session(closed) as session:
        sum_ = paper(session)
        round_ = find_round(session)
        row = session.scalars(select(Audit).where(Audit.action == "seal")).one()
        row.detail = row.detail | {"forms_sum": "0" * 64}
        session.flush()
        forged = bundle_of(session, round_)
    assert list(check_record(members_of(forged), None)) == []
    assert list(check_record(members_of(forged), sum_)) == ["调查结束及启封记录的校验值不同：这不是结束时的那一份。"]


def test_a_changed_store_shows_and_releases_nothing(closed: Engine, tmp_path: Path) -> None:
    with Session(closed) as session, session.begin():
        change_evidence(session, find_round(session), random.Random(1))
    with pytest.raises(ConflictError, match="复算用的数据"):
        release(closed, tmp_path, "张三", "李四")
    with Session(closed) as session, session.begin():
        change_figure(session, find_round(session), random.Random(1))
    with Session(closed) as session, pytest.raises(ConflictError, match="与结束时登记的不同"):
        load_parts(session, find_round(session))


def test_the_commands_take_the_sum_and_end_with_1_for_another(closed: Engine, tmp_path: Path) -> None:
    folder = str(Path(closed.url.database or "").parent)
    bundle = str(release(closed, tmp_path, "张三", "李四"))
    with Session(closed) as session:
        sum_ = paper(session)
    slip = ("1" if sum_[0] != "1" else "2") + sum_[1:]
    environment = {"SURVEY_DATABASE_URL": ""}
    answers = (
        (sum_, 0, "一致"),
        (slip, 1, "第1组不同"),
        ("A" * 40, 1, "不是结束时"),
        ("A", 1, "应为8组"),
        ("", 1, "应为8组"),
    )
    asked = [(["audit", "--dir", folder, "--minute", typed], code, said) for typed, code, said in answers]
    for command, code, said in [*asked, (["verify", bundle, "--minute", slip], 1, "第1组不同")]:
        done = CliRunner().invoke(survey, command, env=environment)
        assert (done.exit_code, said in done.output) == (code, True), done.output


def test_a_record_reads_back_as_it_was_written(closed: Engine) -> None:
    with Session(closed) as session:
        minute = find_minute(session, find_round(session))
    assert isinstance(minute, MinuteRecord)
    assert (minute.boxes, minute.forms, minute.closed_by) == (36, 36, "test")
