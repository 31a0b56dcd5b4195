"""What `make bench` makes of its lines."""

from pathlib import Path

import pytest

from tests.bench.table import BEGIN, END, KEPT, Line, hand_in, put_into_page, write_table


def test_lines_of_a_run_come_into_one_table_that_says_what_was_not_met(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEPT, str(tmp_path / "lines"))
    assert hand_in([Line("slips", "<= 20 s", "7 s", True)])
    assert not hand_in([Line("page", "<= 60 KB", "61 KB", False), Line("judge", "", "9 s", None, "svy 60 s")])
    assert write_table(tmp_path / "lines").splitlines()[-3:] == [
        "| slips | <= 20 s | 7 s | met |  |",
        "| page | <= 60 KB | 61 KB | **not met** |  |",
        "| judge |  | 9 s |  | svy 60 s |",
    ]


def test_a_new_table_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    put_into_page(page, "new")
    assert page.read_text(encoding="utf-8") == f"before\n{BEGIN}\nnew\n{END}\nafter\n"
