"""Whatever is put in, every parser answers with its result or with sentences, and with nothing else."""

import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from copy import deepcopy
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qs

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from litestar.exceptions import ClientException

from analysis.standard import inheritance
from analysis.standard.edition import read_standard
from analysis.verdict import read_judgement, read_surveyed
from questionnaires.answers import check_answers, encode_answers
from questionnaires.pack import PackError, read_pack, read_toml
from questionnaires.paper import FOLDER as PAPERS
from questionnaires.paper import Paper, load_paper
from questionnaires.rule import FOLDER as RULES
from questionnaires.rule import Rule
from reports.evidence.bundle_check import check_bundle
from reports.evidence.bundle_files import NotABundleError
from survey_app.answering import clean_code
from survey_app.cli.earlier_years import read_result
from survey_app.core.errors import SurveyError
from survey_app.frame.sheets import KINDS, SheetError, read_sheet
from survey_app.pages.hosts import read_host
from survey_app.pages.posted import FORM, MOST_FIELDS, read_fields
from survey_app.rounds.draft import COUNT, read_time
from tests.survey_example import example

STANDARD = Path(__file__).parents[1] / "analysis/standards/national-2017.toml"
PAPER = load_paper("social-2026")
SOME = settings(max_examples=60)
anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@contextmanager
def file(name: str, content: bytes) -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(content)
        yield path


def spoilt(content: bytes) -> st.SearchStrategy[bytes]:
    """The content with some stretches replaced, cut out or put in."""
    places = st.tuples(st.integers(0, len(content)), st.integers(0, 40), st.binary(max_size=12) | digits)
    return st.lists(places, min_size=1, max_size=4).map(lambda cuts: _cut(content, cuts))


digits = st.sampled_from(
    [b"0", b"-1", b"99999999", b"1048577", b"XFD1048576", b"&#0;", b"<v>", b"</c>", b"\x00", b"[1]"]
)


def _cut(content: bytes, cuts: list[tuple[int, int, bytes]]) -> bytes:
    for at, length, other in cuts:
        content = content[:at] + other + content[at + length :]
    return content


@cache
def workbook() -> dict[str, bytes]:
    """The parts of a sound workbook."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        sheet, percent = book.add_worksheet(), book.add_format({"num_format": "0%"})
        sheet.write_row(0, 0, ["code", "name", "kind", "built_year"])
        sheet.write_row(1, 0, ["P01", "一小", "小学", 1998])
        sheet.write(2, 3, 0.5, percent)
        sheet.write_formula(3, 3, "=1/0", None, "#DIV/0!")
        sheet.write(4, 0, datetime(2025, 1, 1), book.add_format({"num_format": "m-d"}))
    with zipfile.ZipFile(stream) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pack(parts: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def read_or_refuse(name: str, content: bytes, kind: str = "schools") -> None:
    with file(name, content) as path, suppress(SheetError):
        read_sheet(kind, path, items=PAPER.item_ids)


@SOME
@given(content=st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode("utf-16", "replace")))
@pytest.mark.parametrize("kind", KINDS)
def test_any_bytes_are_a_table_or_a_sentence(kind: str, content: bytes) -> None:
    read_or_refuse("s.csv", content, kind)


rows = st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=6), max_size=6), max_size=5)


@SOME
@given(rows=rows, encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16", "big5"]))
def test_any_cells_under_a_header_are_a_table_or_sentences(rows: list[list[str]], encoding: str) -> None:
    lines = "\n".join(["code,name,kind,built_year", *(",".join(row) for row in rows)])
    read_or_refuse("s.csv", lines.encode(encoding, "replace"))


@SOME
@given(data=st.data())
@pytest.mark.parametrize(
    "part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml"]
)
def test_a_spoilt_part_of_a_workbook_is_read_or_refused(part: str, data: st.DataObject) -> None:
    read_or_refuse("s.xlsx", pack(workbook() | {part: data.draw(spoilt(workbook()[part]))}))


@SOME
@given(data=st.data())
def test_a_spoilt_archive_is_read_or_refused(data: st.DataObject) -> None:
    read_or_refuse("s.xlsx", data.draw(spoilt(pack(workbook()))))


@SOME
@given(data=st.data())
@pytest.mark.parametrize("kind", ["paper", "rule", "standard"])
def test_a_spoilt_pack_is_read_or_refused_with_its_problems(kind: str, data: st.DataObject) -> None:
    source = {"paper": PAPERS / "social-2026.toml", "rule": RULES / "quality-2024.toml", "standard": STANDARD}[kind]
    with file(source.name, data.draw(spoilt(source.read_bytes()))) as path, suppress(PackError):
        if kind == "standard":
            read_standard(path)
        else:
            read_pack(path, Paper if kind == "paper" else Rule)


WRONG = (
    *(3, True, "x", "", "../x", [], [3], [[1]], ["x"], {}, {"x": 3}, {"x": {"x": 3}}),
    *([{"indicator": [1]}], [{"about": 3}]),
)
"""What stands in a pack where something else belongs."""


@SOME
@given(data=st.data())
@pytest.mark.parametrize("spoilt_file", ["national-2017", "qianjiang-2020"])
def test_a_standard_with_a_value_of_the_wrong_kind_is_read_or_refused_with_its_problems(
    spoilt_file: str, data: st.DataObject
) -> None:
    """In itself, or in what it extends."""
    content = deepcopy(read_toml(STANDARD.with_name(f"{spoilt_file}.toml")))
    holder, key = data.draw(st.sampled_from([*places(content)]))
    holder[key] = data.draw(st.sampled_from(WRONG))
    with given_content(spoilt_file, content), suppress(PackError):
        read_standard(STANDARD.with_name("qianjiang-2020.toml"))


@pytest.mark.parametrize(
    ("spoilt_file", "place", "wrong", "said"),
    [
        ("qianjiang-2020", ("extends",), "../national-2017", "extends: '../national-2017' is no name of a standard"),
        ("qianjiang-2020", ("extends",), ["national-2017"], "extends: ['national-2017'] is no name of a standard"),
        ("national-2017", ("indicators", "R1", "requires", "x"), "y", "indicators.R1.requires.x: "),
        ("national-2017", ("indicators", "R1"), "y", "indicators.R1: "),
        ("national-2017", ("indicators",), 3, "indicators.G9: the standard it extends has none to override"),
        ("national-2017", ("contradictions",), "x", "contradictions: "),
        ("qianjiang-2020", ("duties",), ["x"], "duties.0: "),
        ("qianjiang-2020", ("duties",), [{"about": 3}], "duties.0.about: "),
        ("qianjiang-2020", ("split_indicators",), {"value": [[1]]}, "split_indicators.value.0: "),
    ],
)
def test_a_value_of_the_wrong_kind_in_a_standard_is_named(
    spoilt_file: str, place: tuple[str, ...], wrong: Any, said: str
) -> None:
    content = deepcopy(read_toml(STANDARD.with_name(f"{spoilt_file}.toml")))
    holder = content
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = wrong
    with given_content(spoilt_file, content), pytest.raises(PackError, match=re.escape(said)):
        read_standard(STANDARD.with_name("qianjiang-2020.toml"))


def places(content: Any) -> Iterator[tuple[Any, Any]]:
    """Whatever holds values, with each key of it."""
    for key, value in [*content.items()] if isinstance(content, dict) else [*enumerate(content)]:
        yield content, key
        if isinstance(value, dict | list):
            yield from places(value)


@contextmanager
def given_content(name: str, content: dict[str, Any]) -> Iterator[None]:
    """The file of this name holds that."""
    with pytest.MonkeyPatch.context() as patch:
        read = inheritance.read_toml
        patch.setattr(inheritance, "read_toml", lambda path: content if path.stem == name else read(path))
        yield


texts = st.text(max_size=12) | st.sampled_from(["1", "5", "9", "0", "6", "５", "\u0664"])


@given(st.dictionaries(st.sampled_from([*PAPER.item_ids, "remark", "version", "blank_ok"]) | texts, st.lists(texts)))
def test_any_fields_are_answers_or_problems(fields: dict[str, list[str]]) -> None:
    checked = check_answers(PAPER, fields)
    assert checked.problems or len(encode_answers(checked.answers)) == len(PAPER.items)


@given(st.sampled_from([FORM, "", "text/plain"]), st.binary(max_size=80))
def test_any_body_is_a_form_or_refused(content_type: str, body: bytes) -> None:
    with suppress(ClientException):
        fields = read_fields(content_type, body)
        assert all(isinstance(value, str) for values in fields.values() for value in values)


@given(st.text(st.sampled_from("ab4=&;%+ "), max_size=30))
def test_a_form_is_read_as_the_library_reads_it_whether_or_not_anything_in_it_is_coded(text: str) -> None:
    try:
        wanted = parse_qs(text, keep_blank_values=True, errors="strict")
    except ValueError:
        with pytest.raises(ClientException):
            read_fields(FORM, text.encode())
    else:
        assert read_fields(FORM, text.encode()) == wanted


@pytest.mark.parametrize("value", ["1", "%31"])
def test_a_form_of_more_fields_than_any_of_ours_is_refused(value: str) -> None:
    body = "&".join([f"a={value}"] * MOST_FIELDS)
    assert read_fields(FORM, body.encode()) == {"a": ["1"] * MOST_FIELDS}
    with pytest.raises(ClientException):
        read_fields(FORM, f"{body}&a=1".encode())


@given(st.text())
def test_any_text_is_a_code_a_name_a_number_a_moment_or_nothing(text: str) -> None:
    assert len(clean_code(text)) in (0, 8, 9, 16, 20)
    assert clean_code(clean_code(text)) == clean_code(text)
    assert read_host(text).isascii()
    assert not COUNT.fullmatch(text) or int(text) > 0
    moment = read_time(text)
    assert moment is None or moment.tzinfo is None


@SOME
@given(anything)
def test_any_json_in_place_of_a_result_is_one_sentence(content: Any) -> None:
    for command, read in (("estimate", read_surveyed), ("judge", read_judgement)):
        with file("r.json", json.dumps(content).encode()) as path, pytest.raises(SurveyError, match="打不开"):
            read_result(path, command, read)


@settings(max_examples=2)
@given(data=st.data())
def test_a_spoilt_bundle_differs_or_is_none(data: st.DataObject) -> None:
    with zipfile.ZipFile(io.BytesIO(example().bundle())) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = data.draw(st.sampled_from(sorted(parts)))
    whole = data.draw(st.booleans())
    content = spoilt(example().bundle()) if whole else spoilt(parts[name]).map(lambda part: pack(parts | {name: part}))
    with suppress(NotABundleError):
        check_bundle(data.draw(content))
