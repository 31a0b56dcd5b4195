"""What a cell table must satisfy before anything is estimated from it."""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from analysis.arrays import Codes, Flags, Floats
from analysis.cells.coding import first_rows, no_text
from questionnaires.vocabulary import Group

TEXT = ("measure", "group", "stratum", "psu")
NUMBERS = ("weight", "stratum_psus", "psu_size", "n_forms", "n", "total", "total_sq")
ROUNDING = 1e-9


class CellError(ValueError):
    """A malformed cell table: every problem, each with the rows it is in."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


def check_cells(cells: pd.DataFrame) -> None:
    """Raise CellError naming every problem and its rows, unless the table is a sound cell table.

    A row without forms needs no weight. Persons sampled one by one may outnumber their frame (a code can
    be shared); classes may not. Groups may be joined: "principal+teacher".

    >>> check_cells(pd.DataFrame({"measure": ["overall"], "group": "public", "stratum": "a", "psu": "",
    ...     "weight": 1.0, "stratum_psus": 9, "psu_size": 1, "n_forms": 2, "n": 3, "total": 1, "total_sq": 1}))
    Traceback (most recent call last):
    analysis.cells.cell_check.CellError: n exceeds n_forms: row 0
    """
    problems = list(_shape_problems(cells)) or list(_row_problems(cells))
    if problems:
        raise CellError(problems)


def _shape_problems(cells: pd.DataFrame) -> Iterator[str]:
    missing = [name for name in TEXT + NUMBERS if name not in cells]
    if missing:
        yield f"missing columns: {', '.join(missing)}"
    for name in NUMBERS:
        if name in cells and not pd.api.types.is_numeric_dtype(cells[name]):
            yield f"{name} is not numeric"
    if cells.empty:
        yield "the table has no rows"


def _row_problems(cells: pd.DataFrame) -> Iterator[str]:
    values = {name: cells[name].to_numpy(float) for name in NUMBERS}
    rules: dict[str, Callable[[], Flags]] = {
        f"group is none of {', '.join(Group)}, nor some of them joined by +": lambda: (
            ~cells.group.isin(_known_groups(cells.group)).to_numpy()
        ),
        "measure or stratum is empty": lambda: no_text(cells.measure) | no_text(cells.stratum),
        **_number_rules(values),
        **_design_rules(cells, values),
    }
    for problem, broken in rules.items():
        rows = cells.index[broken()]
        if len(rows):
            yield f"{problem}: {_named(rows)}"


def _known_groups(column: pd.Series) -> list[str]:
    return [name for name in column.dropna().unique() if set(str(name).split("+")) <= set(Group)]


def _number_rules(values: dict[str, Floats]) -> dict[str, Callable[[], Flags]]:
    weight, M, N, n_forms, n, total, total_sq = (values[name] for name in NUMBERS)
    slack = ROUNDING * (n + 1)
    return {
        "n_forms, n, total or total_sq is missing or not finite": lambda: ~np.isfinite(n_forms + n + total + total_sq),
        "weight is not a positive number": lambda: (n_forms > 0) & ~((weight > 0) & np.isfinite(weight)),
        "n_forms, n, total or total_sq is negative": lambda: np.minimum.reduce([n_forms, n, total, total_sq]) < 0,
        "n exceeds n_forms": lambda: n > n_forms,
        "total exceeds n": lambda: total > n + slack,
        "total_sq is impossible with this n and total": lambda: (
            (total_sq > total + slack) | (total**2 > n * total_sq + n * slack)
        ),
        "stratum_psus is not positive": lambda: M <= 0,
        "psu_size is not positive": lambda: N <= 0,
    }


def _design_rules(cells: pd.DataFrame, values: dict[str, Floats]) -> dict[str, Callable[[], Flags]]:
    stratum, psu = (pd.factorize(cells[name], use_na_sentinel=False)[0] for name in ("stratum", "psu"))
    person = no_text(cells.psu)
    cluster = pd.factorize(stratum * (int(psu.max()) + 1) + psu)[0]
    group = pd.factorize(cells.group, use_na_sentinel=False)[0]
    part = pd.factorize(cluster * (int(group.max()) + 1) + group)[0]
    return {
        "stratum holds both classes and single persons": lambda: _differs(person.astype(float), stratum),
        "stratum_psus differs inside a stratum": lambda: _differs(values["stratum_psus"], stratum),
        "psu_size differs inside a class": lambda: _differs(values["psu_size"], part) & ~person,
        "stratum has more classes than stratum_psus": lambda: (
            (_classes(cluster, stratum)[stratum] > values["stratum_psus"]) & ~person
        ),
    }


def _differs(values: Floats, block: Codes) -> Flags:
    """Rows of the blocks in which a value, missing counted as one, is not constant."""
    filled = np.where(np.isnan(values), -1.0, values)
    odd = np.bincount(block, filled != filled[first_rows(block)][block]) > 0
    return odd[block]


def _classes(cluster: Codes, stratum: Codes) -> Codes:
    return np.bincount(stratum[first_rows(cluster)], minlength=int(stratum.max()) + 1)


def _named(rows: pd.Index, shown: int = 10) -> str:
    more = f" and {len(rows) - shown} more" if len(rows) > shown else ""
    return f"row {', '.join(str(row) for row in rows[:shown])}{more}"
