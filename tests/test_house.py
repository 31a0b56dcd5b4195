"""The house's habits, held: see tests/house.py for how they are counted."""

import ast
import re
from collections import Counter
from pathlib import Path

from tests.house import (
    BOUNDS,
    CHINESE_TEXTS,
    LEFT_OUT,
    ROOT,
    count_chinese_texts,
    find_chinese,
    find_rates,
    list_modules,
    read_any_share,
)

GLOSSARY = ROOT / "docs" / "glossary.md"
RIDDLES = {
    "Booth",
    "Desk",
    "Door",
    "Fate",
    "Gate",
    "Kept",
    "Office",
    "Pulse",
    "Beat",
    "KNOCK",
    "find_door",
    "read_fate",
    "read_gate",
    "say_beside",
}


def read_glossary() -> list[list[str]]:
    rows = re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \|$", GLOSSARY.read_text(encoding="utf-8"), re.MULTILINE)
    return [list(row) for row in rows if row[0] != "English"]


def test_no_two_modules_share_a_name() -> None:
    names = Counter(path.stem for path in list_modules() if path.stem not in {"__init__", "__main__"})
    assert [name for name, times in names.items() if times > 1] == []


def test_no_module_or_folder_is_named_by_what_it_is_not() -> None:
    named = {part for path in list_modules() for part in path.relative_to(ROOT).with_suffix("").parts}
    assert named & LEFT_OUT == set()


def test_each_noun_of_the_glossary_stands_once_with_a_word_and_a_meaning() -> None:
    rows = read_glossary()
    assert len(rows) > 60
    for column in (0, 1):
        words = Counter(row[column] for row in rows)
        assert [word for word, times in words.items() if times > 1] == []
    assert [row[0] for row in rows] == sorted((row[0] for row in rows), key=str.casefold)


def test_no_module_is_longer_than_three_hundred_lines() -> None:
    lengths = {path: path.read_text(encoding="utf-8").count("\n") for path in list_modules()}
    assert [str(path.relative_to(ROOT)) for path, lines in lengths.items() if lines > 300] == []


def test_riddles_are_named_by_what_they_are() -> None:
    defined = {
        node.name
        for path in list_modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
    }
    assert defined & RIDDLES == set()


def test_habits_stay_within_their_bounds() -> None:
    assert {habit: rate for habit, rate in find_rates().items() if habit != "any" and rate > BOUNDS[habit]} == {}


def test_chinese_leaves_the_code_and_does_not_come_back() -> None:
    assert count_chinese_texts() <= CHINESE_TEXTS


def test_a_chinese_text_counts_once_with_its_blanks_and_a_docstring_does_not() -> None:
    code = 'def say(n):\n    """数一数。"""\n    return f"共{n}份，{n:>3}张", "plain", ["是"]\n'
    assert len(list(find_chinese(ast.parse(code)))) == 2


def test_the_share_of_any_is_read_from_the_last_line_of_the_report(tmp_path: Path) -> None:
    report = tmp_path / "any-exprs.txt"
    report.write_text("Name Anys Exprs Coverage\n----\n analysis.plan 3 100 97.00%\n----\n Total 5 400 98.75%\n")
    assert read_any_share(report) == 1.25


def test_the_page_of_the_house_names_every_room() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = {path.parent.relative_to(ROOT) for path in list_modules()}
    lone = {path for path in list_modules() if path.parent.parent == ROOT and path.stem not in {"__init__", "__main__"}}
    named = {f"`{room.name}/`" for room in rooms} | {f"`{path.name}`" for path in lone} | {"`stubs/`"}
    assert sorted(name for name in named if name not in page) == []
