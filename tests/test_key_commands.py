"""A round whose key three holders share, from the command line: opened, tried, closed; and every wrong sheet."""

import json
from collections.abc import Sequence
from pathlib import Path
from secrets import token_bytes
from typing import NamedTuple

import pypdfium2
import pytest
from click.testing import CliRunner
from sqlalchemy.orm import Session

from questionnaires.bad_input import BadInputError
from reports.handouts.key_sheets import render_key_sheet
from survey_app.cli import survey
from survey_app.codes.issuing import issue_codes
from survey_app.core.db import connect
from survey_app.core.settings import beijing_now
from survey_app.results.sheet_pages import page_of
from survey_app.rounds.given_sheets import read_sheet_file
from survey_app.rounds.keys import split_seed
from survey_app.rounds.round_rows import find_round
from survey_app.rounds.sheet_text import write_sheet
from tests.county import answer
from tests.test_console_rounds import SCHOOLS, whole_frame

OPEN = (
    *(
        "round",
        "open",
        "--county",
        "青山区",
        "--telephone",
        "023-79220000",
        "--organiser",
        "青山区政府教育督导室",
        "--population",
        "20000",
    ),
    *("--population-source", "2020年人口普查", "--year", "2025-2026", "--ministry-not-near"),
)


class Done(NamedTuple):
    """How a command ended, and the last line it said."""

    code: int
    line: str


class Sheets(NamedTuple):
    """A store whose round waits for three sheets, and their files."""

    folder: Path
    paths: Sequence[Path]

    def run(self, *arguments: object) -> Done:
        return run(self.folder, *arguments)

    def state(self) -> str:
        return str(json.loads(self.run("round", "show", "--json").line)["state"])

    def words(self, number: int) -> str:
        return write_sheet(read_sheet_file(self.paths[number - 1]))


def run(folder: Path, *arguments: object) -> Done:
    """As `survey_app.cli.main` does, in this process: bad input is told and ends with 2."""
    command = [*map(str, arguments), "--dir", str(folder / "data")]
    done = CliRunner().invoke(survey, command, env={"SURVEY_DATABASE_URL": ""})
    if isinstance(done.exception, BadInputError):
        return Done(2, str(done.exception))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return Done(done.exit_code, done.output.strip() if "--json" in command else done.output.strip().split("\n")[-1])


@pytest.fixture
def sheets(tmp_path: Path) -> Sheets:
    for kind, text in {"schools": SCHOOLS, "frame": whole_frame()}.items():
        (tmp_path / f"{kind}.csv").write_text(text, encoding="utf-8")
        assert run(tmp_path, "import", kind, tmp_path / f"{kind}.csv").code == 0
    opened = run(tmp_path, *OPEN, "--custody", "shared", "--key-sheets", tmp_path / "sheets")
    assert (opened.code, "三张都试用后才开始答题" in opened.line) == (0, True)
    return Sheets(tmp_path, sorted((tmp_path / "sheets").glob("*.pdf")))


def begin(sheets: Sheets) -> None:
    """Try all three, and let twelve people answer."""
    for path in sheets.paths:
        assert sheets.run("key", "try", path).code == 0
    let_answer(sheets)


def let_answer(sheets: Sheets) -> None:
    engine = connect(f"sqlite:///{sheets.folder / 'data' / 'survey.db'}")
    now = beijing_now()
    with Session(engine) as session, session.begin():
        codes = issue_codes(session, find_round(session), "slip", unit="P01", actor="test", now=now, random=token_bytes)
        answer(session, codes[:12], now)
    engine.dispose()


def test_three_tried_sheets_open_the_round_and_any_two_close_it_with_every_form(sheets: Sheets) -> None:
    assert [path.stat().st_mode & 0o777 for path in sheets.paths] == [0o600] * 3
    assert sheets.state() == "waiting_for_sheets"
    waits = sheets.run("round", "close", "--yes", "--key", sheets.paths[0], "--key", sheets.paths[1])
    assert (waits.code, "还在等待试用启封密钥单" in waits.line) == (2, True)
    picture = sheets.folder / "photo.png"
    pypdfium2.PdfDocument(sheets.paths[0])[0].render(scale=2).to_pil().save(picture)
    assert sheets.run("key", "try", picture) == Done(0, "第1张启封密钥单正确。还要试用：第2、3张。")
    assert sheets.run("key", "try", *sheets.words(2).split("-")) == Done(0, "第2张启封密钥单正确。还要试用：第3张。")
    assert sheets.state() == "waiting_for_sheets"
    last = sheets.run("key", "try", sheets.words(3))
    assert (last.code, last.line.endswith("开始。")) == (0, True)
    assert sheets.state() == "open"
    assert list((sheets.folder / "data").rglob("*.key")) == []
    begin(sheets)
    closed = sheets.run("round", "close", "--yes", "--key", sheets.paths[2], "--key", sheets.paths[0])
    assert closed == Done(0, "已结束。收到答卷 12 份，有效 12 份。")


def test_the_servers_key_is_exported_moved_and_closes_the_round_from_its_file(tmp_path: Path) -> None:
    """Exported over no file and audited; once moved, no backup and no close is taken for having it."""
    for kind, text in {"schools": SCHOOLS, "frame": whole_frame()}.items():
        (tmp_path / f"{kind}.csv").write_text(text, encoding="utf-8")
        assert run(tmp_path, "import", kind, tmp_path / f"{kind}.csv").code == 0
    assert run(tmp_path, *OPEN).code == 0
    server = Sheets(tmp_path, ())
    let_answer(server)
    first = tmp_path / "first.key"
    assert (server.run("key", "export", first).code, first.stat().st_mode & 0o777) == (0, 0o600)
    over = server.run("key", "export", first)
    assert (over.code, "已经" in over.line) == (2, True)
    assert server.run("backup", tmp_path / "with.backup").line.startswith("备份里没有密钥")
    second = tmp_path / "second.key"
    assert server.run("key", "export", second, "--move").code == 0
    assert (list((tmp_path / "data").rglob("*.key")), second.read_bytes()) == ([], first.read_bytes())
    acts = [act["action"] for act in json.loads(server.run("audit", "--json").line)]
    assert (acts.count("export_key"), acts.count("move_key")) == (2, 1)
    without = server.run("round", "close", "--yes")
    assert (without.code, "的密钥不在这台服务器上" in without.line) == (2, True)
    closed = server.run("round", "close", "--yes", "--key", second)
    assert closed == Done(0, "已结束。收到答卷 12 份，有效 12 份。")


def test_a_sheet_that_does_not_fit_is_tried_with_one_sentence_and_opens_nothing(sheets: Sheets, tmp_path: Path) -> None:
    words = sheets.words(1)
    groups = words.split("-")
    other = split_seed(bytes(16)).sheets[0]
    other_path = tmp_path / "other.txt"
    other_path.write_text(write_sheet(other))
    torn = pypdfium2.PdfDocument(sheets.paths[0])[0].render(scale=2).to_pil()
    torn.paste("white", (0, 0, torn.width // 4, torn.height))
    torn.save(tmp_path / "torn.png")
    swapped = "-".join([groups[0], groups[2], groups[1], *groups[3:]])
    wrong_letter = words[:-1] + ("0" if words[-1] != "0" else "1")
    mixed = "-".join([*groups[:5], *sheets.words(2).split("-")[5:]])
    for given, done in {
        (write_sheet(other),): (1, "不是调查批次 2026-1 的"),
        (str(other_path),): (1, "不是调查批次 2026-1 的"),
        (wrong_letter,): (2, "第10组有字符不对"),
        (swapped,): (2, "第2、3组有字符不对"),
        (mixed,): (2, "可能把两张启封密钥单的组混在了一起"),
        (words[:20],): (2, "现在读到17个"),
        (str(tmp_path / "torn.png"),): (2, "请改为键入纸面上的10组字符"),
        (str(tmp_path / "gone.pdf"),): (2, "gone.pdf 这个文件"),
    }.items():
        tried = sheets.run("key", "try", *given)
        assert (tried.code, done[1] in tried.line.replace(str(beijing_now().year), "2026")) == (done[0], True), tried
    assert sheets.state() == "waiting_for_sheets"


def test_two_sheets_that_do_not_open_the_round_leave_it_as_it_was(sheets: Sheets, tmp_path: Path) -> None:
    begin(sheets)
    other = tmp_path / "other.txt"
    other.write_text(write_sheet(split_seed(bytes(16)).sheets[1]))
    for keys, sentence in {
        (): "打开它们需要两张不同的启封密钥单",
        (sheets.paths[0],): "只有一张启封密钥单，启封需要两张",
        (sheets.paths[0], sheets.paths[0]): "第1张启封密钥单给了两次",
        (sheets.paths[0], other): "第2张启封密钥单不是调查批次",
        (sheets.paths[0], tmp_path / "frame.csv"): "请从头核对",
    }.items():
        refused = sheets.run("round", "close", "--yes", *(part for path in keys for part in ("--key", path)))
        assert (refused.code, sentence in refused.line) == (2, True), refused
        assert sheets.state() == "open"


def test_a_lost_sheet_is_printed_anew_from_the_two_others_and_from_no_one_alone(sheets: Sheets) -> None:
    begin(sheets)
    lost = sheets.words(2)
    sheets.paths[1].unlink()
    renew = ("key", "renew", "--key-sheets", sheets.folder / "new", "--key", sheets.paths[0])
    alone = sheets.run(*renew)
    assert (alone.code, "只有一张启封密钥单" in alone.line) == (2, True)
    done = sheets.run(*renew, "--key", sheets.paths[2])
    assert (done.code, "第2张启封密钥单已重新写入" in done.line) == (0, True)
    [path] = (sheets.folder / "new").glob("*.pdf")
    assert write_sheet(read_sheet_file(path)) == lost
    assert sheets.run("key", "try", path) == Done(0, "第2张启封密钥单正确。")
    assert sheets.run("round", "close", "--yes", "--key", path, "--key", sheets.paths[0]).code == 0


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--custody", "shared"), "要用 --key-sheets 写明"),
        (("--key-sheets", "x"), "只与 --custody shared 同用"),
    ],
)
def test_sheets_have_a_folder_exactly_where_there_are_sheets(
    tmp_path: Path, options: tuple[str, ...], sentence: str
) -> None:
    refused = run(tmp_path, *OPEN, *options)
    assert (refused.code, sentence in refused.line) == (2, True)


def test_a_round_is_not_opened_over_sheets_that_lie_there(sheets: Sheets, tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{sheets.folder / 'data' / 'survey.db'}")
    with Session(engine) as session:
        page = page_of(find_round(session), split_seed(bytes(16)).sheets[0])
    engine.dispose()
    other = tmp_path / "elsewhere"
    (other / "sheets").mkdir(parents=True)
    (other / "frame.csv").write_text(whole_frame(), encoding="utf-8")
    assert run(other, "import", "frame", other / "frame.csv").code == 0
    there = other / "sheets" / sheets.paths[0].name
    there.write_bytes(render_key_sheet(page))
    refused = run(other, *OPEN, "--custody", "shared", "--key-sheets", other / "sheets")
    assert (refused.code, "请换一个目录" in refused.line) == (2, True)
    assert run(other, "round", "list").code == 0
    assert [path.name for path in (other / "sheets").iterdir()] == [there.name]
