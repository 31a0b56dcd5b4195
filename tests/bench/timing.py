"""The budgets of the analysis, beside R's survey package, the Python package svy and plain pandas, in one table."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from tests.bench.machine import Run, run
from tests.bench.table import Line, hand_in

BENCH = Path(__file__).parent
SVY = BENCH.parents[1] / ".venv" / "bench" / "bin" / "python"
MILLION, LARGE, SMALL = "1000000", "100000", "10000"
MEASURES, FEW = "9", "2"
TALLY, MEGABYTES, ESTIMATE = 1.5, 500, 0.3  # seconds, MB, seconds
SAME = 1e-10
NO_R = "R or its survey package is not installed"
NO_SVY = "the package svy could not be installed"


class Other(NamedTuple):
    """What another package took and found; `failed` says why there is nothing."""

    name: str
    seconds: float = 0.0
    megabytes: float = 0.0
    figures: dict[str, list[float]] | None = None
    failed: str = ""

    def took(self) -> str:
        return self.failed or f"{self.name}: {self.seconds:.2f} s, {self.megabytes:.0f} MB"

    def equality(self, forms: int, ours: dict[str, list[float]], design: str = "one-stage") -> Line:
        """The largest relative difference of any estimate and of any standard error."""
        if self.figures is None:
            return Line(f"the same numbers, {forms:,} forms", f"<= {SAME:.0e}", "-", None, self.failed)
        pairs = [(ours[at], self.figures[at]) for at in self.figures]
        estimate, se = (max(abs(a[i] / b[i] - 1) for a, b in pairs if b[i]) for i in (0, 1))
        what = f"largest relative difference, {design} design, {len(pairs)} estimates and SEs of {forms:,} forms"
        return Line(what, f"<= {SAME:.0e}", f"{estimate:.0e}, {se:.0e}", max(estimate, se) <= SAME, self.name)


def lines() -> list[Line]:
    """Every line of the table, in the order it is printed."""
    big, plain = _job("ours", MILLION), _job("naive", LARGE)
    scaled = plain["seconds"] * big["forms"] / plain["forms"]
    table = [
        Line(
            f"tally {big['forms']:,} forms to {big['cells']:,} cells ({big['places']:,} places)",
            f"<= {TALLY} s, <= {MEGABYTES} MB",
            f"{_took(big['tally'])}, {big['megabytes']:.0f} MB",
            big["tally"][0] <= TALLY and big["megabytes"] <= MEGABYTES,
            f"pandas, long table and groupby: {plain['seconds']:.2f} s for {plain['forms']:,}, scaled {scaled:.1f} s",
        ),
        Line(
            f"estimate {big['measures']} measures x {big['domains']} domains from these cells",
            f"<= {ESTIMATE} s",
            _took(big["estimate"]),
            big["estimate"][0] <= ESTIMATE,
            "the packages estimate from forms, next lines",
        ),
    ]
    for size in (SMALL, LARGE):
        table += _beside_others(size)
    return table


def _beside_others(size: str) -> list[Line]:
    ours = _job("ours", size)
    with TemporaryDirectory() as folder:
        path = str(Path(folder) / "forms.csv")
        found = _job("write_forms", size, path)
        r = _other("R survey", _r(path, "1", MEASURES), NO_R)
        svy = _other("svy", lambda: run([SVY, BENCH / "svy_package.py", path]), NO_SVY)
        two_stage = [_other("R survey", _r(path, "2", FEW), NO_R)] if size == SMALL else []
    forms = ours["forms"]
    what = f"{forms:,} forms to {ours['measures']} measures x {ours['domains']} domains; others {MEASURES} measures"
    both = [sum(pair) for pair in zip(ours["tally"], ours["estimate"], strict=True)]
    return [
        Line(what, "", f"{_took(both)}, {ours['megabytes']:.0f} MB", None, f"{r.took()}; {svy.took()}"),
        *(other.equality(forms, found["one_stage"]) for other in (r, svy)),
        *(other.equality(forms, found["two_stage"], "two-stage") for other in two_stage),
    ]


def _took(seconds: list[float]) -> str:
    wall, cpu = seconds
    return f"{wall:.2f} s ({cpu:.2f} s CPU)"


def _r(forms: str, stages: str, measures: str) -> Callable[[], Run]:
    return lambda: run(["Rscript", BENCH / "r_survey.R", forms, stages, measures])


def _job(*arguments: str) -> dict[str, Any]:
    done = run([sys.executable, "-m", "tests.bench.jobs", *arguments])
    if done.code:
        raise SystemExit(f"job {' '.join(arguments)} failed")
    answer: dict[str, Any] = json.loads(done.printed)
    return answer


def _other(name: str, work: Callable[[], Run], absent: str) -> Other:
    try:
        done = work()
    except FileNotFoundError:
        return Other(name, failed=absent)
    if done.code:
        return Other(name, failed=f"{name} failed, see above")
    answer = json.loads(done.printed)
    return Other(f"{name} {answer['version']}", answer["seconds"], done.megabytes, answer["figures"])


def main() -> int:
    """Measure and hand in; 1 if a budget is exceeded."""
    return not hand_in(lines())


if __name__ == "__main__":
    raise SystemExit(main())
