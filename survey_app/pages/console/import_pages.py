"""Importing: what a file would change, all its problems by cell, and then the change itself."""

import re
import secrets
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from questionnaires.paper import load_paper
from reports.setting.filing import name_files
from survey_app.core.errors import NotFoundError, SurveyError
from survey_app.core.models import CountyValue, FrameRow, Resource, School
from survey_app.frame.importing import KEYS, OF_A_YEAR, compare, load_stored, read_files, store_sheet, sweep
from survey_app.frame.sheets import write_template
from survey_app.frame.sheets.columns import load_kind
from survey_app.pages.console.console_request import Desk, Page
from survey_app.pages.console.watch_pages import XLSX
from survey_app.rounds.opening import PAPERS

TITLES = {"schools": "学校名单", "frame": "调查对象名册", "resources": "办学条件", "county": "县级数据"}
TOKEN = re.compile(r"[0-9a-f]{32}")
YEAR = re.compile(r"20\d\d-20\d\d")
KEPT = timedelta(hours=12)
LARGEST_UPLOAD = 32 * 1024 * 1024  # one file of the largest size that is read, and a form around it
MOST_SHOWN = 60
PAGE = "/console/import"


@get("/import", sync_to_thread=True)
def show(desk: NamedDependency[Desk]) -> Page:
    """What is there, and a form for more."""
    return _show(desk)


@post("/import", sync_to_thread=True, request_max_body_size=LARGEST_UPLOAD)
def preview(desk: NamedDependency[Desk]) -> Page:
    """Read the files and say what they would change; they wait until somebody agrees."""
    kind, year = _read_kind(desk)
    waiting = _waiting(desk)
    sweep(waiting, (desk.now - KEPT).timestamp())
    token = secrets.token_hex(16)
    try:
        files = _keep(desk.files("file"), waiting / token)
        with desk.reading() as session:
            sheet = read_files(session, kind, files, year, checked=bool(desk.text("checked")))
            changes = compare(load_stored(session, kind, year), sheet.table, KEYS[kind])
    except SurveyError as error:
        _drop(waiting / token)
        return _show(desk, error.problems, kind, year or "", status=422)
    return desk.page(
        "preview",
        kind=kind,
        title=TITLES[kind],
        year=year or "",
        upload=token,
        checked=desk.text("checked"),
        sheet=sheet,
        changes=changes,
        heads={name: column.label for name, column in load_kind(kind).columns.items()},
        most=MOST_SHOWN,
    )


@post("/import/store", sync_to_thread=True)
def store(desk: NamedDependency[Desk]) -> Page:
    """Import what was looked at, whole or not at all."""
    kind, year = _read_kind(desk)
    folder = _waiting(desk) / (desk.text("token") if TOKEN.fullmatch(desk.text("token")) else "none")
    files = sorted(folder.glob("*"))
    if not files:
        raise NotFoundError("这份文件已经导入过，或者放得太久。请重新选择文件。")
    checked = bool(desk.text("checked"))
    with desk.writing() as session:
        sheet = read_files(session, kind, files, year, checked=checked)
        store_sheet(session, sheet, year, checked=checked, actor=desk.person.name)
    _drop(folder)
    return desk.go(PAGE, done="imported")


@get("/template/{kind:str}", sync_to_thread=True)
def template(desk: NamedDependency[Desk], kind: FromPath[str]) -> Page:
    """An empty sheet to fill in."""
    if kind not in TITLES:
        raise NotFoundError("没有这种表。")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "template.xlsx"
        write_template(kind, path, items=load_paper(PAPERS[0]).item_ids)
        return desk.download(f"{TITLES[kind]}.xlsx", path.read_bytes(), XLSX)


def _show(desk: Desk, problems: tuple[str, ...] = (), kind: str = "", year: str = "", *, status: int = 200) -> Page:
    with desk.reading() as session:
        counts = _count(session)
    return desk.page(
        "import", status, titles=TITLES, counts=counts, problems=problems, kind=kind, year=year, of_a_year=OF_A_YEAR
    )


def _count(session: Session) -> dict[str, str]:
    """What is there of each kind, in words."""
    schools = session.scalar(select(func.count()).select_from(School))
    waiting = session.scalar(select(func.count()).where(FrameRow.round_id.is_(None)))
    years = {
        "resources": session.execute(select(Resource.school_year, func.count()).group_by(Resource.school_year)).all(),
        "county": session.execute(
            select(CountyValue.school_year, func.count()).group_by(CountyValue.school_year)
        ).all(),
    }
    said = {kind: "，".join(f"{year}学年{n}行" for year, n in rows) for kind, rows in years.items()}
    return {
        "schools": f"{schools}所" if schools else "",
        "frame": f"{waiting}行，等待下一个批次使用" if waiting else "",
    } | said


def _read_kind(desk: Desk) -> tuple[str, str | None]:
    kind, year = desk.text("kind"), desk.text("year")
    if kind not in TITLES:
        raise SurveyError("请选择表的种类。")
    if kind in OF_A_YEAR and not YEAR.fullmatch(year):
        raise SurveyError("请写明学年，例如 2025-2026。")
    return kind, year if kind in OF_A_YEAR else None


def _waiting(desk: Desk) -> Path:
    return desk.office.settings.folder / "uploads"


def _keep(files: list[UploadFile], folder: Path) -> list[Path]:
    """Put the files aside under names that every file system takes."""
    if not files:
        raise SurveyError("请选择文件。")
    folder.mkdir(mode=0o700, parents=True)
    paths = [folder / name for name in name_files(file.filename for file in files)]
    for path, file in zip(paths, files, strict=True):
        path.write_bytes(file.file.read())
    return paths


def _drop(folder: Path) -> None:
    for file in folder.glob("*"):
        file.unlink()
    if folder.exists():
        folder.rmdir()


HANDLERS = [show, preview, store, template]
