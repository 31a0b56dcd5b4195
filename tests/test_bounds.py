"""Every test ends, those of `make soak` too; docs/reliability.md names all of those and says which were run when."""

import re
import signal
import time
from datetime import date
from pathlib import Path

import pytest

from tests.bounds import MINUTES, OutOfTimeError, ended_after, seconds_for

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "reliability.md"
LONGER = re.compile(r"mark\.soak\b|engine_mostly_sqlite|ON_POSTGRESQL_IN_SOAK")


def test_what_takes_too_long_is_stopped_where_it_stands() -> None:
    left, _ = signal.getitimer(signal.ITIMER_REAL)
    with pytest.raises(OutOfTimeError), ended_after(0.1):
        time.sleep(20)
    signal.setitimer(signal.ITIMER_REAL, left)


def test_every_test_has_a_bound(request: pytest.FixtureRequest) -> None:
    left, again = signal.getitimer(signal.ITIMER_REAL)
    assert 0 < left <= seconds_for(request.node) == MINUTES * 60
    assert again > 0


@pytest.mark.parametrize("minutes", [pytest.param(7, marks=pytest.mark.soak(minutes=7))])
def test_a_marker_says_less(request: pytest.FixtureRequest, minutes: int) -> None:
    assert signal.getitimer(signal.ITIMER_REAL)[0] <= seconds_for(request.node) == minutes * 60


def test_the_page_names_every_file_with_longer_tests_and_no_other() -> None:
    rows = re.findall(r"^\| (\S+) \| .* \| (.*) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    named = [file for file, _ in rows if file.startswith("test_") or "/test_" in file]
    found = sorted(
        path.relative_to(TESTS).with_suffix("").as_posix()
        for path in TESTS.rglob("test_*.py")
        if LONGER.search(path.read_text(encoding="utf-8"))
    )
    assert sorted(named) == found
    for file, when in rows:
        if file in named and not when.startswith("not"):
            assert date.fromisoformat(when[:10]) >= date(2026, 11, 1), file
