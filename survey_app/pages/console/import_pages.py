"""Importing: what a file would change, all its problems by cell, and then the change itself."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, MultipartBody, URLEncodedBody
from pydantic import ConfigDict
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from questionnaires.rule import USUAL_RULE, load_rule
from questionnaires.school_year import SchoolYear, SchoolYearError
from reports.setting.filing import name_files
from survey_app.core.errors import NotFoundError, SurveyError
from survey_app.core.models import CountyValue, FrameRow, RawFigure, Resource, School, Score
from survey_app.frame.control_totals import control_totals
from survey_app.frame.empty_sheets import write_empty_sheet
from survey_app.frame.importing import (
    KEYS,
    OF_A_YEAR,
    Import,
    ask_import,
    mark_refused,
    read_import,
    store_import,
    sweep,
)
from survey_app.frame.sheets import Mapping, Source, Upload, load_mapping
from survey_app.frame.sheets.columns import load_kind
from survey_app.frame.sheets.mapping import list_ready
from survey_app.frame.sheets.sheet_files import read_content
from survey_app.frame.sheets.unknown_words import Questions, read_choices
from survey_app.frame.shown_rows import APART, ShownTable, name_key, show_table
from survey_app.imported_forms.waiting_files import Waiting
from survey_app.pages.console.assigning import (
    MappingText,
    Refused,
    RefusedFiles,
    download_marked,
    draw_assign,
    find_refused,
    has_places,
    read_mapping,
    say_refused,
)
from survey_app.pages.console.console_drawing import load_words
from survey_app.pages.console.console_forms import FormProblems, Line, PostedForm, one_of
from survey_app.pages.console.console_request import ConsoleRequest, Page
from survey_app.pages.console.meanwhile import Last, check_table
from survey_app.pages.console.watch_pages import XLSX
from survey_app.rounds.opening import name_schools

TOKEN = re.compile(r"[0-9a-f]{32}")
KEPT = timedelta(hours=12)
LARGEST_UPLOAD = 62 * 1024 * 1024  # one file of the largest size that is read, and a form around it
MOST_SHOWN = 60
PAGE = "/console/import"


class ImportForm(PostedForm):
    """A kind of sheet, the year of its figures, and whether what stands out was looked at."""

    kind: one_of(KEYS)  # type: ignore[valid-type]
    year: Line = ""
    checked: bool = False
    mapping: MappingText = ""

    def ask(self, files: Sequence[Source]) -> Import:
        """The import of these files; raises SurveyError where the year of a sheet that has one is none."""
        dated = self.kind in OF_A_YEAR and self.year
        try:
            year = SchoolYear.parse(self.year) if dated else None
        except SchoolYearError as error:
            raise SurveyError(str(error)) from error
        return Import(
            kind=self.kind,
            files=files,
            year=year,
            checked=self.checked,
            mapping=self.find_mapping(),
        )

    def find_mapping(self) -> Mapping:
        """How the files are to be read, as it was said before."""
        return read_mapping(self.mapping)


class ImportFiles(ImportForm):
    """Files to look at before they are imported."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    file: list[UploadFile] = []  # noqa: RUF012 - pydantic copies it for each form
    ready: one_of(("", *list_ready("schools"))) = ""  # type: ignore[valid-type]

    def find_mapping(self) -> Mapping:
        """The ready mapping that was chosen."""
        return load_mapping(Path(self.ready)) if self.ready else Mapping()


class ImportStored(ImportForm):
    """Files that were looked at, by the token of their folder."""

    token: Line = ""
    last: Last = 0


@get("/import", sync_to_thread=True)
def show(console: NamedDependency[ConsoleRequest]) -> Page:
    """What is there, and a form for more."""
    return draw_import(console, FormProblems(200))


def draw_import(console: ConsoleRequest, found: FormProblems, marked: str = "") -> Page:
    """The same with everything that was wrong with a file."""
    with console.reading() as session:
        counts = _count(session)
    return console.page(
        "import",
        422 if found.problems else 200,
        titles=load_words("sheets"),
        counts=counts,
        problems=found.problems,
        kind=found.typed.get("kind", ""),
        year=found.typed.get("year", ""),
        of_a_year=OF_A_YEAR,
        ready=list_ready("schools"),
        marked=marked,
    )


@post("/import", sync_to_thread=True, request_max_body_size=LARGEST_UPLOAD, again=draw_import)
def preview(console: NamedDependency[ConsoleRequest], data: MultipartBody[ImportFiles]) -> Page:
    """Read the files and say what they would change; they wait until somebody agrees."""
    return _preview(console, data.ask(_take(data.file)))


@post("/import/assign", sync_to_thread=True)
def assign(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[RefusedFiles]) -> Page:
    """Read files that were refused once more, with what was said of their heads and words."""
    asked = find_refused(console, data.token)
    with console.reading() as session:
        questions = ask_import(session, asked)
    said = read_choices(questions, data.heads, data.words)
    console.deps.refused.forget(data.token)
    return _preview(console, replace(asked, mapping=asked.mapping.joined(said)))


@post("/import/marked", sync_to_thread=True, status_code=200)
def marked(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[RefusedFiles]) -> Page:
    """The refused files with what is wrong marked in them."""
    with console.reading() as session:
        return download_marked(console, mark_refused(session, find_refused(console, data.token)))


@post("/import/store", sync_to_thread=True)
def store(console: NamedDependency[ConsoleRequest], data: URLEncodedBody[ImportStored]) -> Page:
    """Import what was looked at, whole or not at all."""
    files = _find_waiting(console, data.token)
    with console.writing() as session:
        check_table(session, data.last, data.kind)
        store_import(session, data.ask(files), **console.act)
    _drop(files[0].parent)
    return console.go(PAGE, done="imported")


@get("/template/{kind:str}", sync_to_thread=True)
def template(console: NamedDependency[ConsoleRequest], kind: FromPath[str]) -> Page:
    """An empty sheet to fill in."""
    titles = load_words("sheets")
    if kind not in titles:
        raise NotFoundError("没有这种表。")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "template.xlsx"
        write_empty_sheet(kind, path, load_rule(USUAL_RULE))
        return console.download(f"{titles[kind]}.xlsx", path.read_bytes(), XLSX)


def _preview(console: ConsoleRequest, asked: Import) -> Page:
    """What the files would change; of files that are refused, what can be said or marked."""
    with console.reading() as session:
        try:
            incoming = read_import(session, asked)
        except SurveyError as error:
            return _refuse(console, asked, error, ask_import(session, asked))
        names = name_schools(session)
    waiting = _waiting(console)
    sweep(waiting, console.now - KEPT)
    token = secrets.token_hex(16)
    _keep(asked.files, waiting / token)
    return console.page(
        "preview",
        kind=asked.kind,
        title=load_words("sheets")[asked.kind],
        year=asked.year or "",
        hidden=_carried(asked) | {"token": token},
        sheet=incoming.sheet,
        changes=incoming.changes,
        totals=control_totals(incoming.sheet),
        heads={name: column.label for name, column in load_kind(asked.kind).columns.items()},
        added=_show(asked.kind, incoming.sheet.table, incoming.changes.added, names),
        removed=_show(asked.kind, incoming.before, incoming.changes.removed, names),
        names=names,
        most=MOST_SHOWN,
    )


def _show(kind: str, table: pd.DataFrame, keys: Sequence[tuple[str, ...]], names: dict[str, str]) -> ShownTable:
    """The first of the rows with these keys, with all that stands in them."""
    wanted = {APART.join(key) for key in keys[:MOST_SHOWN]}
    chosen = [name_key(row, KEYS[kind]) in wanted for row in table.to_dict("records")]
    return show_table(kind, table[chosen], KEYS[kind], names)


def _carried(asked: Import) -> dict[str, str]:
    """What the page of a preview sends back with its files."""
    return {
        "kind": asked.kind,
        "year": str(asked.year or ""),
        "checked": "1" if asked.checked else "",
        "mapping": asked.mapping.model_dump_json(exclude_defaults=True),
    }


def _refuse(console: ConsoleRequest, asked: Import, error: SurveyError, questions: Questions) -> Page:
    """The page that asks, or the page of the form; both offer marked copies. Raises the error where none can be had."""
    if not (questions.any or has_places(error)):
        raise error
    waiting = Waiting(asked=asked, owner=console.person.name, since=console.now)
    token = console.deps.refused.hold(waiting, lambda: secrets.token_hex(16))
    if questions.any:
        return draw_assign(console, Refused(kind=asked.kind, error=error, questions=questions, token=token))
    typed = {"kind": asked.kind, "year": str(asked.year or "")}
    return draw_import(console, FormProblems(error.status, above=say_refused(error), typed=typed), marked=token)


def _find_waiting(console: ConsoleRequest, token: str) -> list[Path]:
    """The files that were sent with this token; raises NotFoundError where they are gone."""
    files = sorted((_waiting(console) / (token if TOKEN.fullmatch(token) else "none")).glob("*"))
    if not files:
        raise NotFoundError("这份文件已经导入过，或者放得太久。请重新选择文件。")
    return files


def _count(session: Session) -> dict[str, str]:
    """What is there of each kind, in words."""
    schools = session.scalar(select(func.count()).select_from(School))
    waiting = session.scalar(select(func.count()).where(FrameRow.round_id.is_(None)))
    return {
        "schools": f"{schools}所" if schools else "",
        "frame": f"{waiting}行，等待下一个批次使用" if waiting else "",
        "resources": _count_years(session, Resource),
        "county": _count_years(session, CountyValue),
        "figures": _count_years(session, RawFigure),
        "scores": _count_years(session, Score),
        "problems": "",
    }


def _count_years(session: Session, table: type[Resource | CountyValue | RawFigure | Score]) -> str:
    counted = session.execute(select(table.school_year, func.count()).group_by(table.school_year))
    return "，".join(f"{year}学年{n}行" for year, n in counted)


def _waiting(console: ConsoleRequest) -> Path:
    return console.deps.settings.folder / "uploads"


def _take(files: Sequence[UploadFile]) -> list[Upload]:
    """The chosen files in memory, under names that every file system takes."""
    chosen = [file for file in files if file.filename]
    if not chosen:
        raise SurveyError("请选择文件。")
    names = name_files(file.filename for file in chosen)
    return [Upload(name=name, content=file.file.read()) for name, file in zip(names, chosen, strict=True)]


def _keep(files: Sequence[Source], folder: Path) -> None:
    """Put files that were read aside until somebody agrees."""
    folder.mkdir(mode=0o700, parents=True)
    for file in files:
        (folder / file.name).write_bytes(read_content(file))


def _drop(folder: Path) -> None:
    for file in folder.glob("*"):
        file.unlink()
    if folder.exists():
        folder.rmdir()


HANDLERS = [show, preview, assign, marked, store, template]
