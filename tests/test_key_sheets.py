import sys
from datetime import date
from pathlib import Path
from secrets import token_bytes

import pypdfium2
import pytest

from reports.handouts.key_sheets import SheetPage, render_key_sheet, sheet_file
from survey_app.rounds.given_sheets import SheetError, read_sheet_file, read_sheet_or_file
from survey_app.rounds.sheet_text import KeySheet, write_sheet


def some_sheet() -> KeySheet:
    return KeySheet(number=2, key_mark=token_bytes(5), share=token_bytes(16))


def page_of(sheet: KeySheet) -> SheetPage:
    return SheetPage(
        county="重庆市黔江区",
        organiser="区人民政府教育督导室",
        round_name="2025-1",
        number=sheet.number,
        text=write_sheet(sheet),
        made=date(2025, 11, 20),
        closes=date(2025, 11, 25),
        invented=False,
    )


def test_a_sheet_is_one_page_with_the_same_share_as_qr_code_and_as_text(tmp_path: Path) -> None:
    sheet = some_sheet()
    path = tmp_path / sheet_file(page_of(sheet))
    path.write_bytes(render_key_sheet(page_of(sheet)))
    document = pypdfium2.PdfDocument(path)
    assert len(document) == 1
    printed = document[0].get_textpage().get_text_range()
    assert all(group in printed for group in write_sheet(sheet).split("-"))
    assert "请勿拍照、扫描或用微信、网盘传送" in printed
    assert "封签" in printed
    assert path.name.startswith("2 KEY-SHEET 2025-1")
    assert read_sheet_file(path) == sheet


def test_a_photograph_of_the_sheet_is_read(tmp_path: Path) -> None:
    sheet = some_sheet()
    picture = pypdfium2.PdfDocument(render_key_sheet(page_of(sheet)))[0].render(scale=2).to_pil()
    path = tmp_path / "photo.jpg"
    picture.rotate(4, expand=True, fillcolor="white").save(path, quality=70)
    assert read_sheet_or_file([str(path)]) == sheet


def test_a_torn_qr_code_asks_for_the_typed_groups(tmp_path: Path) -> None:
    picture = pypdfium2.PdfDocument(render_key_sheet(page_of(some_sheet())))[0].render(scale=2).to_pil()
    picture.paste("white", (0, 0, picture.width // 4, picture.height))
    path = tmp_path / "torn.png"
    picture.save(path)
    with pytest.raises(SheetError, match="请改为键入纸面上的10组字符"):
        read_sheet_file(path)


def test_typed_groups_may_come_as_one_word_or_ten_or_in_a_text_file(tmp_path: Path) -> None:
    sheet = some_sheet()
    text = write_sheet(sheet)
    path = tmp_path / "sheet.txt"
    path.write_text(f"\ufeff{text}\r\n", encoding="utf-8")
    assert read_sheet_or_file([text]) == sheet
    assert read_sheet_or_file(text.split("-")) == sheet
    assert read_sheet_or_file([str(path)]) == sheet


def test_without_a_reader_the_command_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "sheet.pdf"
    path.write_bytes(render_key_sheet(page_of(some_sheet())))
    monkeypatch.setitem(sys.modules, "zxingcpp", None)
    with pytest.raises(SheetError, match=r"没有安装.*zxing-cpp.*请键入"):
        read_sheet_file(path)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xff\xd8\xff\xe0 cut", "打不开"),
        (b"%PDF-1.7 cut", "打不开"),
        (b"ABC", "现在读到3个"),
    ],
)
def test_a_bad_file_is_one_helpful_sentence(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "given"
    path.write_bytes(content)
    with pytest.raises(SheetError, match=sentence):
        read_sheet_file(path)


def test_a_file_that_is_not_there_is_said_by_name() -> None:
    with pytest.raises(SheetError, match=r"没有 sheet\.pdf 这个文件"):
        read_sheet_or_file(["sheet.pdf"])
