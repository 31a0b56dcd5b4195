"""What the house's habits are counted by: `python -m tests.house` prints them, tests/test_house.py holds them.

Anchors, by the same count, for 1,000 lines: string-key subscripts httpx 6, structlog 8, starlette 30; tuple packings
0.1 to 0.6; loop variables called one or each 0 %.
"""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("questionnaires", "analysis", "reports", "survey_app")
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


def print_measures() -> None:
    """One line a habit, beside the bound that tests/test_house.py holds."""
    counted = measure_house()
    thousands = counted["lines"] / 1000
    print(f"{len(list_modules())} modules, {counted['lines']:,} lines")
    print(f"string-key subscripts per 1,000 lines  {counted['subscripts'] / thousands:5.1f}   at most 10")
    print(f"tuple packings per 1,000 lines         {counted['tuple packings'] / thousands:5.2f}   at most 0.6")
    print(f"loop variables called one or each      {counted['faceless loops']:5d}   none")


if __name__ == "__main__":
    print_measures()
