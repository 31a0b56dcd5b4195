"""Proposing and drawing the sample of a county: 94 schools, 7 groups, 20 classes.

    .venv/bin/python -m tests.bench.sampling

The frame has a row for each school, group and class; only proposal, draw and design are timed.
"""

from itertools import product
from time import perf_counter

import pandas as pd

from analysis.plan.proposing import propose_sample
from analysis.sample import write_design
from analysis.sample.drawing import draw_sample
from questionnaires.rule import load_rule
from questionnaires.vocabulary import Group, Locale
from tests.bench.table import Line, hand_in

SCHOOLS, CLASSES = 94, 20
BUDGET = 5.0


def make_frame() -> pd.DataFrame:
    """A row for each school, group and class, of 30 to 49 people."""
    locales = [locale.value for locale in Locale]
    rows = [
        (
            group.value,
            f"S{school:03d}",
            f"{number}班",
            number % 9 + 1.0,
            30 + (school + number) % 15,
            locales[school % 3],
        )
        for school, group, number in product(range(SCHOOLS), Group, range(CLASSES))
    ]
    frame = pd.DataFrame(rows, columns=["group", "unit", "class", "grade", "population", "locale"])
    return frame.assign(stage="", township="", invited=frame.population)


def main() -> None:
    """Draw once and hand in the line."""
    frame = make_frame()
    start = perf_counter()
    plan = propose_sample(load_rule("quality-2024"), frame, 445_012)
    write_design(draw_sample(frame, plan, "20261127").design)
    spent = perf_counter() - start
    what = f"sample for {SCHOOLS} schools x {len(Group)} groups x {CLASSES} classes"
    if not hand_in([Line(what, "<= 5 s", f"{spent:.1f} s", spent <= BUDGET)]):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
