"""Published tables as files for other programs: CSV, XLSX, SPSS and Parquet, with Chinese labels and a codebook."""

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pyreadstat
import xlsxwriter

from analysis.disclosure.unit_rows import COLUMNS
from questionnaires.paper import Paper
from questionnaires.vocabulary import Group
from reports.setting.typesetting import TEMPLATES

Row = dict[str, Any]
Meanings = dict[str | int, str]
RISKY = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
TEXT_IS_TEXT = {"strings_to_formulas": False, "strings_to_urls": False}
IN_WORDS = ("level", "scope", "state")
NEWEST = "2.6"
SPSS_LETTERS = 8
PUBLISHED_OF_GROUP = ("received", "valid", "response_rate", "rate", "se", "lower", "upper", "n_eff", "unknown")


class ExportTable(NamedTuple):
    """A table to hand out: `labels` by column, and by column what its values mean."""

    name: str
    rows: pd.DataFrame
    labels: dict[str, str]
    values: dict[str, Meanings]


def published_tables(published: Mapping[str, Row], papers: Sequence[Paper]) -> list[ExportTable]:
    """Groups, items, topics and units as they were published; a rate that is not shown is missing."""
    recognition, topics = published["recognition"], {topic.id: topic.name for topic in papers[0].topics}
    shares = {"item": recognition["items"], "topic": recognition["topics"]}
    items, of_topics = ([*_shares(rows, key)] for key, rows in shares.items())
    topic_of = {item.id: item.topic for item in papers[0].items}
    named = [row | {"topic_name": topics.get(topic_of[row["item"]], "")} for row in items]
    return [
        _table("groups", ["domain", "domain_name", *PUBLISHED_OF_GROUP], _groups(recognition)),
        _table(
            "items",
            ["item", "topic_name", "domain", "domain_name", "rate", "se", "lower", "upper", "n", "unknown"],
            named,
        )._replace(values={"item": _texts(papers)}),
        _table(
            "topics",
            ["topic", "topic_name", "domain", "domain_name", "rate", "se", "lower", "upper", "n"],
            [row | {"topic_name": topics[row["topic"]]} for row in of_topics],
        ),
        _table("units", ["group", "group_name", *COLUMNS[1:]], _named(published["units"]["rows"], "group")),
    ]


def forms_table(forms: pd.DataFrame, papers: Sequence[Paper]) -> ExportTable:
    """Single forms (`disclosure.forms_to_show`) with what the questions and the options say."""
    options: Meanings = {}
    for option in (option for paper in papers for option in paper.options):
        known = options.get(option.value, option.label)
        options[option.value] = known if option.label in known.split("/") else f"{known}/{option.label}"
    options |= {int(value): meaning for value, meaning in load_export_words()["values"]["answer"].items()}
    table = _labelled("forms", forms)
    items = [item for item in papers[0].item_ids if item in forms]
    texts = _texts(papers)
    return table._replace(
        labels=table.labels | {item: texts[item] for item in items},
        values=table.values | dict.fromkeys(items, options),
    )


def write_export(folder: Path, format_: str, tables: Sequence[ExportTable], day: date) -> list[Path]:
    """Write the tables and their codebook in one of FORMATS; `day` is the date a workbook says it was made."""
    folder.mkdir(parents=True, exist_ok=True)
    return FORMATS[format_](folder, [*tables, _codebook(tables)], day)


def _groups(recognition: Row) -> list[Row]:
    county = {name: recognition["recognition"].get(name) for name in PUBLISHED_OF_GROUP}
    whole = {"received": recognition["received"], "valid": recognition["valid"]}
    rows = [{"domain": "county", **county, **whole}]
    rows += [{"domain": group, **row} for group, row in recognition["groups"].items()]
    return _named(rows, "domain")


def _shares(measures: Mapping[str, Row], key: str) -> Iterator[Row]:
    for measure, rows in measures.items():
        yield from _named([{key: measure, "domain": domain, **row} for domain, row in rows.items()], "domain")


def _named(rows: Sequence[Mapping[str, Any]], key: str) -> list[Row]:
    return [{**row, f"{key}_name": _name(row[key])} for row in rows]


def _name(group: str) -> str:
    return (
        str(load_export_words()["county"])
        if group == "county"
        else "、".join(Group(one).zh for one in group.split("+"))
    )


def _table(name: str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> ExportTable:
    return _labelled(name, pd.DataFrame(list(rows), columns=list(columns)))


def _labelled(name: str, rows: pd.DataFrame) -> ExportTable:
    words, columns = load_export_words(), list(map(str, rows))
    labels = {column: words["columns"].get(column, column) for column in columns}
    values = {column: dict(words["values"][column]) for column in columns if column in words["values"]}
    return ExportTable(name, rows, labels, values)


def _texts(papers: Sequence[Paper]) -> Meanings:
    """Item -> its wording on each paper."""
    texts: dict[str, dict[str, None]] = {}
    for item in (item for paper in papers for item in paper.items):
        texts.setdefault(item.id, {})[item.text] = None
    return {item: " / ".join(wordings) for item, wordings in texts.items()}


def _codebook(tables: Sequence[ExportTable]) -> ExportTable:
    words = load_export_words()
    rows = [
        {"table": words["tables"][table.name], "variable": column, "label": label, "value": value, "meaning": meaning}
        for table in tables
        for column, label in table.labels.items()
        for value, meaning in {"": "", **table.values.get(column, {})}.items()
    ]
    labels = dict(words["codebook_columns"])
    return ExportTable("codebook", pd.DataFrame(rows, columns=list(labels)), labels, {})


def _title(table: ExportTable) -> str:
    words = load_export_words()
    return str(words["codebook"] if table.name == "codebook" else words["tables"][table.name])


def _write_csv(folder: Path, tables: Sequence[ExportTable], day: date) -> list[Path]:
    paths = [folder / f"{_title(table)}.csv" for table in tables]
    for path, table in zip(paths, tables, strict=True):
        safe = _in_words(table).map(escape_cell)
        safe.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\r\n")
    return paths


def escape_cell(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula, made a text again; anything else as it is.

    >>> escape_cell("=1+1"), escape_cell("第一小学"), escape_cell(-0.5)
    ("'=1+1", '第一小学', -0.5)
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(RISKY) else value


def _in_words(table: ExportTable) -> pd.DataFrame:
    """The rows as people read them; of single forms the items keep their ids, their wording is in the codebook."""
    words = {name: table.rows[name].map(table.values[name]) for name in IN_WORDS if name in table.rows}
    headers = load_export_words()["columns"] if table.name == "forms" else table.labels
    return table.rows.assign(**words).rename(columns=headers)


def _write_xlsx(folder: Path, tables: Sequence[ExportTable], day: date) -> list[Path]:
    path = folder / f"{load_export_words()['workbook']}.xlsx"
    with xlsxwriter.Workbook(path, TEXT_IS_TEXT) as book:
        book.set_properties({"created": datetime.combine(day, time.min)})
        for table in tables:
            sheet = book.add_worksheet(_title(table))
            sheet.freeze_panes(1, 0)
            rows = _in_words(table)
            sheet.write_row(0, 0, list(rows))
            for place, row in enumerate(_plain_rows(rows), 1):
                sheet.write_row(place, 0, row)
    return [path]


def _write_sav(folder: Path, tables: Sequence[ExportTable], day: date) -> list[Path]:
    *data, codebook = tables
    paths = [folder / f"{_title(table)}.sav" for table in data]
    for path, table in zip(paths, data, strict=True):
        labels: dict[str, str | None] = {**table.labels}
        values: dict[str, Any] = {name: table.values[name] for name in _fitting(table)}
        pyreadstat.write_sav(table.rows, path, column_labels=labels, variable_value_labels=values)
    return [*paths, *_write_csv(folder, [codebook], day)]


def _fitting(table: ExportTable) -> set[str]:
    """Columns whose values SPSS can label: numbers, or texts of at most eight letters."""
    return {
        name
        for name, values in table.values.items()
        if all(isinstance(value, int) or len(value) <= SPSS_LETTERS for value in values)
    }


def _write_parquet(folder: Path, tables: Sequence[ExportTable], day: date) -> list[Path]:
    *data, codebook = tables
    paths = [folder / f"{_title(table)}.parquet" for table in data]
    for path, table in zip(paths, data, strict=True):
        table.rows.to_parquet(path, engine="pyarrow", index=False, version=NEWEST)
    return [*paths, *_write_csv(folder, [codebook], day)]


def _plain_rows(frame: pd.DataFrame) -> list[list[Any]]:
    rows: list[list[Any]] = frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
    return rows


@cache
def load_export_words() -> dict[str, Any]:
    """What tables, columns and values are called."""
    return tomllib.loads((TEMPLATES / "export.toml").read_text(encoding="utf-8"))


FORMATS: dict[str, Callable[[Path, Sequence[ExportTable], date], list[Path]]] = {
    "csv": _write_csv,
    "xlsx": _write_xlsx,
    "sav": _write_sav,
    "parquet": _write_parquet,
}
