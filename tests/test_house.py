"""The house's habits, held: see tests/house.py for how they are counted."""

import ast
import re
from collections import Counter
from enum import EnumType
from pathlib import Path

from questionnaires import vocabulary
from questionnaires.vocabulary import Term
from survey_app.core.models import Model
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


NOT_BY_NAME = {
    "psycopg": "the driver that SQLAlchemy reads for postgresql+psycopg",
    "pyarrow": "what pandas writes and reads Parquet with",
    "plotly": "its script is served to the console; charts themselves are plain JSON",
}
"""Requirements that no line of ours imports, and what needs them."""
IMPORTED_AS = {
    "argon2-cffi": "argon2",
    "pillow": "PIL",
    "prometheus-client": "prometheus_client",
    "pycryptodome": "Crypto",
    "pynacl": "nacl",
    "python-calamine": "python_calamine",
    "python-docx": "docx",
    "swagger-ui-bundle": "swagger_ui_bundle",
    "zxing-cpp": "zxingcpp",
}


def test_what_the_service_requires_is_what_it_imports() -> None:
    lines = (ROOT / "requirements.in").read_text(encoding="utf-8").splitlines()
    required = {re.split(r"[\[<>=]", line)[0] for line in lines if line and not line.startswith("#")}
    code = "\n".join(path.read_text(encoding="utf-8") for path in list_modules())
    imported = set(re.findall(r"^\s*(?:import|from) (\w+)", code, re.MULTILINE))
    assert {name for name in required - NOT_BY_NAME.keys() if IMPORTED_AS.get(name, name) not in imported} == set()
    assert required >= NOT_BY_NAME.keys()


SAYS_WHAT_OF_IT = {"drawn", "entry", "failed", "kind", "method", "reported", "row", "state", "status", "value"}
"""Words that stand beside a noun in a name and are none of their own."""


def test_the_glossary_has_the_noun_of_every_closed_list_and_of_every_table() -> None:
    lists = [
        name
        for name, found in vars(vocabulary).items()
        if isinstance(found, EnumType) and issubclass(found, Term) and found is not Term
    ]
    tables = [mapper.class_.__name__ for mapper in Model.registry.mappers]
    known = {word for row in read_glossary() for word in re.split(r"[ -]", row[0].casefold())}
    missing = {
        name
        for name in [*lists, *tables]
        for word in re.findall(r"[A-Z][a-z]+", name)
        if word.lower() not in known | SAYS_WHAT_OF_IT
    }
    assert missing == set()
