"""Cells (统计单元): forms in, sums out; everything after this sees cells alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, lcm
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.arrays import Flags, Numbers, Whole
from analysis.cells.owners import LATER_STAGES, SIBLINGS, read_owners
from analysis.many_rows import cut_rows, number_rows, take_rows
from questionnaires.paper import UNKNOWN, Paper
from questionnaires.rule import Rule

HEADLINE = "headline"
OVERALL = "overall"
BY_VALUE = (HEADLINE, OVERALL)
EVERY = ("", "|unknown", "|strict", "|score", "|unknown_as_not")
BY_RULE = "|by_rule"
"""The endings of the ways in which answers are counted; the last one only where a paper counts its own way."""
MARKS = ("flagged", "listed", "full", "doubted")
"""Forms that need a second look, of places that a check lists, and of full classes (where there are any)."""
SUMS = ["n_forms", "n", "total", "total_sq"]

Sums = npt.NDArray[Any]


def tally(forms: pd.DataFrame, paper: Paper, rule: Rule, places: pd.DataFrame) -> pd.DataFrame:
    """The cell table (docs/method.md, section 1): one row per (measure, group, place, flagged), valid forms only.

    `headline` and `overall` have a row for each value `y` of a form, so that what the rate would be if some had
    answered less often follows from cells; elsewhere, and where nothing was answered, y is NaN.

    `forms` has group, place, the paper's items as codes (0 blank, 9 unknown) and may have MARKS;
    `places` is `analysis.weights.design_weights`. Besides the measures named there, every item and
    `headline` have `...|unknown`: 不了解 among all who marked something. A selected place without
    forms stands with n_forms 0. Sums are integers per number of answers, so no order of rows can show.
    Groups whose paper counts other codes than the rule (`rule.count_by_papers`) are counted by the paper's, and by the
    rule's in `headline|by_rule`, which all groups have then.
    Raises ValueError naming forms whose (group, place) has no codes.

    >>> from questionnaires.paper import load_paper
    >>> from questionnaires.rule import load_rule
    >>> paper, rule = load_paper("student-2026"), load_rule("quality-2024")
    >>> places = pd.DataFrame({"group": "student", "place": ["county"], "invited": 2, "weight": 3.0, "psu": "",
    ...     "stratum": "student/county", "M_h": 6.0, "N_c": np.nan, "township": "", "locale": "", "stage": ""})
    >>> forms = pd.DataFrame({"group": "student", "place": "county", **dict.fromkeys(paper.item_ids, [5, 2])})
    >>> tally(forms, paper, rule, places).set_index("measure").loc["headline", ["n_forms", "n", "total"]].sum().tolist()
    [2.0, 2.0, 1.0]
    """
    forms = take_rows(forms, valid_forms(forms, paper, rule))
    if not rule.counting.own:
        return _tally(forms, paper, rule, rule.counting.satisfied.value, places)
    counted = {str(group): rule.counting.codes_of(str(group)) for group in places.group.unique()}
    ways = sorted(set(counted.values()), key=sorted)
    parts = [
        _tally(forms[forms.group.isin(chosen)], paper, rule, codes, places[places.group.isin(chosen)])
        for codes, chosen in ((codes, [group for group, own in counted.items() if own == codes]) for codes in ways)
    ]
    return pd.concat(parts, ignore_index=True)


def _tally(
    forms: pd.DataFrame, paper: Paper, rule: Rule, satisfied: frozenset[int], places: pd.DataFrame
) -> pd.DataFrame:
    """The cells of groups in which the same codes count."""
    keys = [key for key in ("group", "place", *MARKS) if key in forms]
    cell, seen = number_rows(forms, keys)
    owners = read_owners(seen, places)
    n_forms = np.bincount(cell, minlength=len(owners))
    ways = _ways(rule, satisfied)
    parts = [
        part
        for name, items, endings in _measures(paper, (*EVERY, *([BY_RULE] if rule.counting.own else [])))
        for part in _parts(name, [forms[item] for item in items], {end: ways[end] for end in endings}, cell, n_forms)
    ]
    table = _rows(parts, owners)
    shown = ["measure", "group", "stratum", "psu", "place", "weight", "stratum_psus", "psu_size", "y", *SUMS]
    optional = [column for column in (*MARKS, *SIBLINGS, *LATER_STAGES, "probability") if column in owners]
    return table[shown + optional]


def add_cells(*tables: pd.DataFrame) -> pd.DataFrame:
    """The cells of all forms together: tally(a + b) = add_cells(tally(a), tally(b)) with the same places.

    >>> cells = pd.DataFrame({"measure": ["overall"], "n_forms": 3, "n": 2, "total": 1.0, "total_sq": 1.0})
    >>> add_cells(cells, cells).to_numpy().tolist()
    [['overall', 6, 4, 2.0, 2.0]]
    """
    together = pd.concat(tables, ignore_index=True)
    keys = [column for column in together if column not in SUMS]
    table = together.groupby(keys, dropna=False, sort=True, as_index=False)[SUMS].sum()[list(together)]
    forms = table.groupby([key for key in keys if key != "y"], dropna=False).n_forms.transform("sum")
    return table[(table.n_forms > 0) | (forms == 0)].reset_index(drop=True)


def valid_forms(forms: pd.DataFrame, paper: Paper, rule: Rule) -> Flags:
    """Which forms answered at least `rule.valid_form` of the paper's items; 不了解 counts as answered.

    >>> from questionnaires.paper import load_paper
    >>> from questionnaires.rule import load_rule
    >>> paper = load_paper("student-2026")    # 17 items, so 12 are two thirds
    >>> forms = pd.DataFrame([[9] * marked + [0] * (17 - marked) for marked in (11, 12)], columns=paper.item_ids)
    >>> valid_forms(forms, paper, load_rule("quality-2024")).tolist()
    [False, True]
    """
    answered = sum((forms[item].to_numpy() != 0).astype(np.int16) for item in paper.item_ids)
    return np.asarray(answered >= fewest_answers(paper, rule))


def fewest_answers(paper: Paper, rule: Rule) -> int:
    """How many items a valid form answered at least."""
    return ceil(rule.valid_form.value * len(paper.item_ids))


def joint_items(papers: tuple[Paper, ...]) -> Paper:
    """The paper whose items stand for all of a round's; raises ValueError unless all ask by the same ids.

    >>> from questionnaires.paper import load_paper
    >>> joint_items((load_paper("social-2026"), load_paper("student-2026"))).id
    'social-2026'
    """
    if len({tuple((item.id, item.topic) for item in paper.items) for paper in papers}) != 1:
        raise ValueError("同一批次的几份问卷，题目编号和方面必须一致。")
    return papers[0]


class _Way(NamedTuple):
    """A way of counting: what each code 0..9 is worth, in parts of `unit`, and whether it counts at all."""

    points: Whole
    counted: Whole
    unit: int = 1


def _ways(rule: Rule, codes: frozenset[int]) -> dict[str, _Way]:
    """The ways of counting by the ending of the measure's name."""
    shares = {option: Fraction(str(share)) for option, share in rule.counting.score.value.items()}
    unit = lcm(*(share.denominator for share in shares.values()))
    satisfied = _by_code(dict.fromkeys(codes, 1))
    answered = _by_code(dict.fromkeys(shares, 1))
    unknown = _by_code({UNKNOWN: 1})
    return {
        "": _Way(satisfied, answered),
        "|unknown": _Way(unknown, answered + unknown),
        "|strict": _Way(_by_code(dict.fromkeys(rule.counting.strict.value & codes, 1)), answered),
        "|score": _Way(_by_code({option: int(share * unit) for option, share in shares.items()}), answered, unit),
        "|unknown_as_not": _Way(satisfied, answered + unknown),
        BY_RULE: _Way(_by_code(dict.fromkeys(rule.counting.satisfied.value, 1)), answered),
    }


def _by_code(worth: dict[int, int]) -> Whole:
    table = np.zeros(UNKNOWN + 1, np.int64)
    table[list(worth)] = list(worth.values())
    return table


def _measures(paper: Paper, of_headline: tuple[str, ...]) -> Iterator[tuple[str, list[str], tuple[str, ...]]]:
    """Every measure: its name, the items it is the form's mean of, the ways it is counted."""
    for item in paper.item_ids:
        yield item, [item], EVERY if item == OVERALL else EVERY[:2]
    for topic in paper.topics:
        yield f"topic:{topic.id}", [item.id for item in paper.items if item.topic == topic.id], EVERY[:1]
    yield HEADLINE, [item.id for item in paper.items if item.topic], of_headline


@dataclass(frozen=True, kw_only=True)
class _Part:
    """The rows of one measure: the owner of each by its number, the value of its forms, SUMS."""

    measure: str
    owner: Whole
    y: Sums
    n_forms: Whole
    n: Whole
    total: Sums
    total_sq: Sums


def _rows(parts: list[_Part], owners: pd.DataFrame) -> pd.DataFrame:
    """The parts below one another, each row with the columns of its owner."""
    table = owners.iloc[np.concatenate([part.owner for part in parts])].reset_index(drop=True)
    return table.assign(
        measure=np.repeat([part.measure for part in parts], [len(part.owner) for part in parts]),
        y=np.concatenate([part.y for part in parts]),
        n_forms=np.concatenate([part.n_forms for part in parts]),
        n=np.concatenate([part.n for part in parts]),
        total=np.concatenate([part.total for part in parts]),
        total_sq=np.concatenate([part.total_sq for part in parts]),
    )


def _parts(
    name: str, answers: Sequence[pd.Series], ways: dict[str, _Way], cell: Numbers, n_forms: Whole
) -> Iterator[_Part]:
    """The rows of one measure, counted in each of these ways."""
    marked = _marked(answers[0], cell, len(n_forms)) if len(answers) == 1 else None
    for ending, way in ways.items():
        if name in BY_VALUE and not ending:
            yield _by_value(answers, way, cell, len(n_forms), name)
        elif marked is not None:
            yield _sums_of_item(marked, way, n_forms, name + ending)
        else:
            yield _sums(answers, way, cell, n_forms, name + ending)


def _marked(answers: pd.Series, cell: Numbers, cells: int) -> Whole:
    """How many forms of each cell (rows) marked each code (columns) of one item."""
    codes = UNKNOWN + 1
    forms = np.zeros(cells * codes, np.int64)
    for part in cut_rows(len(cell)):
        forms += np.bincount(cell[part] * np.int64(codes) + answers.to_numpy(np.uint8)[part], minlength=len(forms))
    return forms.reshape(cells, codes)


def _sums_of_item(marked: Whole, way: _Way, n_forms: Whole, name: str) -> _Part:
    """One row a cell, from how many of its forms marked each code."""
    points = way.points * way.counted
    return _Part(
        measure=name,
        owner=np.arange(len(n_forms)),
        y=np.full(len(n_forms), np.nan),
        n_forms=n_forms,
        n=marked @ way.counted,
        total=marked @ points / float(way.unit),
        total_sq=marked @ points**2 / float(way.unit) ** 2,
    )


def _sums(answers: Sequence[pd.Series], way: _Way, cell: Numbers, n_forms: Whole, name: str) -> _Part:
    """One row a cell: whole points summed by number of answers, and only then divided."""
    cells = len(n_forms)
    most = len(answers) + 1
    n = np.zeros(cells * most, np.int64)
    total = np.zeros(cells * most)
    total_sq = np.zeros(cells * most)
    for part in cut_rows(len(cell)):
        points, counted = _points(answers, way, part)
        bins = cell[part].astype(np.int64) * most + counted
        n += np.bincount(bins, minlength=len(n))
        total += np.bincount(bins, points, minlength=len(n))
        total_sq += np.bincount(bins, points**2, minlength=len(n))
    whole = np.arange(1, most) * float(way.unit)

    def answered(sums: Sums) -> Sums:
        return sums.reshape(cells, most)[:, 1:]

    return _Part(
        measure=name,
        owner=np.arange(cells),
        y=np.full(cells, np.nan),
        n_forms=n_forms,
        n=answered(n).sum(axis=1),
        total=(answered(total) / whole).sum(axis=1),
        total_sq=(answered(total_sq) / whole**2).sum(axis=1),
    )


def _points(answers: Sequence[pd.Series], way: _Way, part: slice) -> tuple[Whole, Whole]:
    """The points of some of the forms, and how many of their answers count."""
    both = way.points + (way.counted << 32)  # two numbers in one: one look-up an answer
    codes = [answer.to_numpy(np.uint8)[part] for answer in answers]
    added = sum((both[code] for code in codes), np.zeros(len(codes[0]), np.int64))
    return added & 0xFFFF_FFFF, added >> 32


def _by_value(answers: Sequence[pd.Series], way: _Way, cell: Numbers, cells: int, name: str) -> _Part:
    """For each cell a row for each value that forms of it have, one without a value where none came; total = n y."""
    most = len(answers) + 1
    forms = np.zeros(cells * most**2, np.int64)
    for part in cut_rows(len(cell)):
        points, counted = _points(answers, way, part)
        forms += np.bincount((cell[part].astype(np.int64) * most + counted) * most + points, minlength=len(forms))
    key = np.flatnonzero(forms)
    silent = np.setdiff1d(np.arange(cells), cell)
    owner = np.concatenate([key // most**2, silent])
    of = np.concatenate([key // most % most, np.zeros(len(silent), np.int64)])
    worth = np.concatenate([key % most, np.zeros(len(silent), np.int64)])
    came = np.concatenate([forms[key], np.zeros(len(silent), np.int64)])
    y = np.divide(worth, of, out=np.full(len(of), np.nan), where=of > 0)
    order = np.lexsort((y, owner))
    opens = np.ones(len(order), dtype=bool)
    opens[1:] = (np.diff(owner[order]) != 0) | (np.diff(y[order]) != 0)
    first = np.flatnonzero(opens)
    level = y[order][first]
    n = np.add.reduceat(np.where(of > 0, came, 0)[order], first)
    return _Part(
        measure=name,
        owner=owner[order][first],
        y=level,
        n_forms=np.add.reduceat(came[order], first),
        n=n,
        total=np.nan_to_num(n * level),
        total_sq=np.nan_to_num(n * level**2),
    )
