"""A worksheet that is only searched tells what a parser would tell of it; whatever only a parser can tell is parsed."""

import io
import zipfile

import pytest

from survey_app.frame.sheets import worksheet_extent
from survey_app.frame.sheets.workbook_reading import Scan
from survey_app.frame.sheets.worksheet_extent import Extent, find_extent

BEGIN = b'<?xml version="1.0" encoding="UTF-8"?>\n<worksheet><cols><col min="1" max="1"/></cols><sheetData>'
END = b"</sheetData></worksheet>"
PLAIN = b'<row r="1"><c r="A1"><v>1</v></c><c r="AB1" t="inlineStr"><is><t>x</t></is></c></row><row r="7" spans="1:2"/>'
TOLD = [
    b'<row r="2" hidden="1"><c r="A2"><v>1</v></c></row>',
    b"<row r=\"2\" hidden = '1'/>",
    b'<row r="2"><c r="A2" t="e"><v>#N/A</v></c></row>',
    b'<row r="2"><c r="A2" t = \'e\'><v>#N/A</v></c></row>',
    b'<row r="2"><c r="A2"><f>1+1</f><v>2</v></c></row>',
    b'<row r="2"><c r="A2"><f t="shared" si="0"/><v>2</v></c></row>',
    b"<row><c><v>1</v></c></row>",
    b'<row r="2"><c\tr="A2"><v>1</v></c></row>',
    b'<row spans="1:2" r="2"><c s="1" r="A2"><v>1</v></c></row>',
    b'<x:row r="2"><x:c r="A2"><x:v>1</x:v></x:c></x:row>',
    b"<row r='2'><c r='A2'><v>1</v></c></row>",
]


def scan(sheet: bytes) -> Extent | None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("sheet.xml", sheet)
    with zipfile.ZipFile(packed) as archive:
        return find_extent(archive, "sheet.xml")


def parse(sheet: bytes) -> Scan:
    found = Scan(set())
    found.parser.Parse(sheet, True)
    return found


@pytest.mark.parametrize("piece", [90, 200, 1 << 20])
def test_a_plain_worksheet_reaches_as_far_as_its_parser_says(monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    monkeypatch.setattr(worksheet_extent, "LOOKED_AT", piece)
    searched = scan(BEGIN + PLAIN + END)
    parsed = parse(BEGIN + PLAIN + END)
    assert searched is not None
    assert searched.columns == parsed.columns == 28
    assert searched.rows >= parsed.rows
    assert (parsed.said, parsed.hidden_rows, parsed.hidden_columns) == ({}, set(), set())


@pytest.mark.parametrize("told", TOLD)
@pytest.mark.parametrize("piece", [1, 7, 1 << 20])
def test_what_only_a_parser_can_tell_is_parsed(monkeypatch: pytest.MonkeyPatch, told: bytes, piece: int) -> None:
    monkeypatch.setattr(worksheet_extent, "LOOKED_AT", piece)
    assert scan(BEGIN + PLAIN + told + END) is None


@pytest.mark.parametrize("begin", [b"", b'<?xml version="1.0" encoding="UTF-16"?><worksheet>', b"<!DOCTYPE a>"])
def test_a_worksheet_that_may_be_written_otherwise_is_parsed(begin: bytes) -> None:
    assert scan(begin + PLAIN + END) is None
