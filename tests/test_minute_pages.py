"""The closing minute: its sum, who closed, each key that people have to destroy, two signatures."""

import re
from collections.abc import Iterator
from pathlib import Path
from secrets import token_bytes

import docx
import pypdfium2
import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from reports.evidence.minute_record import compare_sums
from reports.report import briefing, section
from survey_app.accounts.kept_accounts import find_account
from survey_app.accounts.new_accounts import add_account
from survey_app.closing.closing_minute import verify_store
from survey_app.closing.round_tables import load_published
from survey_app.core.audit import SERVER_OWNER
from survey_app.core.errors import NotFoundError
from survey_app.core.four_eyes import agree_to
from survey_app.results.documents import write_report
from survey_app.results.edited_files import check_edited_file
from survey_app.results.minute_pages import describe_minute, write_closing_minute
from survey_app.rounds.round_rows import find_round
from tests.closed_rounds import closed_with_exported_key
from tests.county import NOW
from tests.test_closing import hold

ALONE = "本次调查的结束操作由服务器管理者单独执行。"


@pytest.fixture(scope="module")
def closed_alone(tmp_path_factory: pytest.TempPathFactory, sqlite_model: Path) -> Iterator[Session]:
    """A round that the server's owner closed alone; its key was exported, and an administrator made, before."""

    def make_administrator(session: Session) -> None:
        add_account(session, "third", "administrator", "", actor=SERVER_OWNER, now=NOW, random=token_bytes)
        for name, letter in (("fourth", "sum of a signed letter"), ("fifth", "")):
            add_account(session, name, "administrator", "", actor="third", now=NOW, random=token_bytes)
            account = find_account(session, name)
            agree_to(session, account, actor="second", now=NOW, letter=letter)

    folder = tmp_path_factory.mktemp("closed")
    with closed_with_exported_key(sqlite_model, folder, actor=SERVER_OWNER, before=make_administrator) as session:
        yield session


def test_the_minute_says_the_sum_and_that_the_servers_owner_acted_alone(closed_alone: Session) -> None:
    round_ = find_round(closed_alone)
    minute = describe_minute(closed_alone, round_)
    assert minute.closed_by == "由服务器管理者单独执行"
    assert minute.new_administrators == ("third",)
    assert minute.at_once == ("fourth（second同意，附委托书）",)
    assert (minute.boxes, minute.forms) == (12, 12)
    assert list(verify_store(closed_alone, round_, " ".join(minute.groups))) == []
    assert list(compare_sums("-".join(minute.groups), "-".join(minute.groups))) == []


@pytest.mark.parametrize("file", [section.FILE, briefing.FILE])
def test_the_report_and_its_note_for_who_signs_say_that_the_servers_owner_acted_alone_for_good(
    closed_alone: Session, tmp_path: Path, file: str
) -> None:
    round_, path = find_round(closed_alone), tmp_path / f"{file}.docx"
    published = load_published(closed_alone, round_)
    write_report(tmp_path, round_, published, ("annex", "briefing"))
    assert list(check_edited_file(path.read_bytes(), round_, published)) == []
    written = docx.Document(str(path))
    [told] = [paragraph for paragraph in written.paragraphs if ALONE in paragraph.text]
    told.text = told.text.replace(ALONE, "")
    written.save(str(path))
    [fault] = check_edited_file(path.read_bytes(), round_, published)
    assert "本次调查的结束操作由服务器管理者单独执行”被删去或者改动了" in fault


def test_the_minute_has_a_line_for_each_key_that_people_destroy(closed_alone: Session) -> None:
    minute = describe_minute(closed_alone, find_round(closed_alone))
    assert minute.keys == ("服务器上的密钥", f"admin于{NOW:%Y-%m-%d}导出的密钥文件")


def test_the_minute_is_written_for_two_signatures(closed_alone: Session, tmp_path: Path) -> None:
    paths = write_closing_minute(closed_alone, find_round(closed_alone), tmp_path / "out")
    assert [path.name for path in paths] == ["调查结束及启封记录.docx", "调查结束及启封记录.pdf"]
    tables = docx.Document(str(paths[0])).tables
    cells = [cell.text for table in tables for row in table.rows for cell in row.cells]
    assert {*describe_minute(closed_alone, find_round(closed_alone)).groups, "结束人", "监督人"} <= {*cells}


def test_the_page_that_is_signed_carries_the_sum(closed_alone: Session, tmp_path: Path) -> None:
    round_ = find_round(closed_alone)
    _, file = write_closing_minute(closed_alone, round_, tmp_path / "out")
    pages = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(file)]
    (signed,) = [re.sub(r"[^0-9A-Z]", "", page) for page in pages if "监督人" in page]
    assert "".join(describe_minute(closed_alone, round_).groups) in signed


def test_an_open_round_has_no_minute(sqlite_engine: Engine) -> None:
    hold(sqlite_engine, {"teacher": 12})
    with Session(sqlite_engine) as session, pytest.raises(NotFoundError, match="没有调查结束及启封记录"):
        describe_minute(session, find_round(session))
