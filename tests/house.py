"""What the house's habits are counted by: `python -m tests.house` prints them, tests/test_house.py holds them.

Anchors, by the same count, for 1,000 lines: string-key subscripts httpx 6, structlog 8, starlette 30; tuple packings
0.1 to 0.6; loop variables called one or each 0 %. How many expressions are of type Any is counted by mypy
(`--any-exprs-report`), which `make check` runs just before; a figure above its bound ends the command with 1.
What users read stands in templates and packs: Chinese texts in code are counted, all but those of the vocabulary.
"""

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("questionnaires", "analysis", "reports", "survey_app")
ANY_REPORT = ROOT / ".mypy_cache" / "any-expressions" / "any-exprs.txt"
BOUNDS = {"subscripts": 10.0, "tuple packings": 0.6, "faceless loops": 0.0, "any": 1.0}
"""Per 1,000 lines; `any` in percent of expressions."""
CHINESE_TEXTS = 468
"""How many there are; it may fall, never rise."""
CHINESE = re.compile("[\u4e00-\u9fff]")
VOCABULARY = ROOT / "questionnaires" / "vocabulary.py"
FACELESS = {"one", "each"}
LEFT_OUT = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc", "services", "repositories"}


def list_modules() -> list[Path]:
    """Every module of the four packages."""
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def measure_house() -> Counter[str]:
    """Lines, string-key subscripts, tuple packings, loops, and loops whose variable is called one or each."""
    counted: Counter[str] = Counter()
    for path in list_modules():
        text = path.read_text(encoding="utf-8")
        counted["lines"] += text.count("\n")
        for node in ast.walk(ast.parse(text)):
            counted.update(_habits(node))
    return counted


def _habits(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Subscript(slice=ast.Constant(value=str())):
            yield "subscripts"
        case ast.Assign(targets=[ast.Tuple()], value=ast.Tuple()):
            yield "tuple packings"
        case ast.For(target=target) | ast.comprehension(target=target):
            yield "loops"
            if FACELESS & {name.id for name in ast.walk(target) if isinstance(name, ast.Name)}:
                yield "faceless loops"


def count_chinese_texts() -> int:
    """Texts with a Chinese character in code, docstrings and the vocabulary left out; one with blanks counts once."""
    modules = [path for path in list_modules() if path != VOCABULARY]
    return sum(len(list(find_chinese(ast.parse(path.read_text(encoding="utf-8"))))) for path in modules)


def find_chinese(part: ast.AST) -> Iterator[ast.AST]:
    """The Chinese texts of a part of code."""
    for child in ast.iter_child_nodes(part):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue
        if isinstance(child, ast.Constant | ast.JoinedStr):
            texts = [node.value for node in ast.walk(child) if isinstance(node, ast.Constant)]
            if any(isinstance(text, str) and CHINESE.search(text) for text in texts):
                yield child
        else:
            yield from find_chinese(child)


def find_rates() -> dict[str, float]:
    """Each habit for 1,000 lines; `any` in percent of expressions, where mypy has reported them."""
    counted = measure_house()
    rates = {habit: 1000 * counted[habit] / counted["lines"] for habit in BOUNDS if habit != "any"}
    return rates | ({"any": read_any_share(ANY_REPORT)} if ANY_REPORT.exists() else {})


def read_any_share(report: Path) -> float:
    """Percent of the expressions whose type is Any, from the last line of mypy's report."""
    _, of_any, expressions, _ = report.read_text(encoding="utf-8").splitlines()[-1].split()
    return 100 * int(of_any) / int(expressions)


def print_measures() -> bool:
    """One line a habit, beside its bound; whether all of them are within."""
    rates = find_rates()
    print(f"{len(list_modules())} modules, {measure_house()['lines']:,} lines; for 1,000 of them, of Any in percent:")
    for habit, bound in BOUNDS.items():
        print(f"{habit:<16} {f'{rates[habit]:6.2f}' if habit in rates else '     ?'}   at most {bound:g}")
    chinese = count_chinese_texts()
    print(f"{'Chinese in code':<16} {chinese:6}   at most {CHINESE_TEXTS}, of {len(list_modules())} modules together")
    return chinese <= CHINESE_TEXTS and all(rate <= BOUNDS[habit] for habit, rate in rates.items())


if __name__ == "__main__":
    sys.exit(not print_measures())
